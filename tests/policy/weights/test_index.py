"""The shard index: whatever is accepted says the same to a plain JSON parser, and no key is in it twice."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from namegate_policy.weights import CODES, BytesSource
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.shards import ShardIndex, read_index

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES = [f"model-{number:05d}-of-00003.safetensors" for number in (1, 2, 3)]
MAP = {f"layers.{number}.weight": FILES[number % 3] for number in range(6)}

ACCEPTED: dict[str, str] = {
    "as transformers writes it": json.dumps({"metadata": {"total_size": 96}, "weight_map": MAP}, indent=2),
    "without white space": json.dumps({"weight_map": MAP, "metadata": {}}, separators=(",", ":")),
    "without metadata": json.dumps({"weight_map": MAP}),
    "metadata null": json.dumps({"metadata": None, "weight_map": MAP}),
    "metadata of all kinds": json.dumps({"metadata": {"a": 1.5, "b": "x", "c": [1, {}]}, "weight_map": MAP}),
    "a further key": json.dumps({"weight_map": MAP, "version": 1}),
    "a name with a colon": json.dumps({"weight_map": MAP | {"layer:0": FILES[0]}}),
    "a name beyond ASCII": json.dumps({"weight_map": MAP | {"größe": FILES[0]}}, ensure_ascii=False),
    "an escaped name": json.dumps({"weight_map": MAP | {"größe": FILES[0]}}),
    "nothing": '{"weight_map":{}}',
}
REJECTED: dict[str, tuple[str, str]] = {
    "empty": ("", "invalid-index"),
    "list": ("[]", "invalid-index"),
    "no map": ("{}", "invalid-index"),
    "map of numbers": ('{"weight_map":{"a":1}}', "invalid-index"),
    "a name twice": ('{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}', "duplicate-key"),
    "a name twice by escape": ('{"weight_map":{"a":"x","\\u0061":"y"}}', "duplicate-key"),
    "two maps": ('{"weight_map":{"a":"x"},"weight_map":{"b":"x"}}', "duplicate-key"),
    "two metadata": ('{"metadata":{"a":1},"metadata":{},"weight_map":{}}', "duplicate-key"),
    "a key of metadata twice": ('{"metadata":{"a":1,"a":1},"weight_map":{}}', "duplicate-key"),
    "a key within metadata twice": ('{"metadata":{"a":{"b":1,"b":1}},"weight_map":{}}', "duplicate-key"),
    "minus zero": ('{"metadata":{"a":-0},"weight_map":{}}', "invalid-json"),
    "minus zero in a list": ('{"metadata":{"a":[-0]},"weight_map":{}}', "invalid-json"),
    "a folder": ('{"weight_map":{"a":"b/c"}}', "unsafe-path"),
    "the folder above": ('{"weight_map":{"a":".."}}', "unsafe-path"),
    "no file": ('{"weight_map":{"a":""}}', "unsafe-path"),
}


def read(text: bytes, beside: Sequence[str] = ()) -> ShardIndex:
    return read_index(BytesSource(text, "model.safetensors.index.json"), beside)


def read_in_all_ways(text: bytes) -> dict[str, str]:
    """Read an index with and without the names of the files beside it, which must make no difference."""
    alone, large = read(text), read(text + LARGE, FILES)
    assert (alone.weight_map, alone.metadata) == (large.weight_map, large.metadata)
    return alone.weight_map


LARGE = b" " * (1 << 20)
"""Behind an index, so that it is read as large ones are."""


def strict(text: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(text: str) -> None:
    assert read_in_all_ways(text.encode()) == json.loads(text)["weight_map"]


@pytest.mark.parametrize(("text", "code"), REJECTED.values(), ids=REJECTED)
def test_rejected(text: str, code: str) -> None:
    for raw, beside in ((text.encode(), []), (text.encode() + LARGE, FILES)):
        with pytest.raises(Refusal) as caught:
            read(raw, beside)
        assert caught.value.code == code


def mutated(rng: random.Random) -> bytes:
    text = bytearray(rng.choice(list(ACCEPTED.values())).encode())
    for _ in range(rng.randint(1, 3)):
        place, start = rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)
        match rng.randrange(3):
            case 0:
                text[place : place + rng.randint(0, 2)] = bytes([rng.choice(b'{}[]:,"\\0-1en au\xc3\n')])
            case 1:
                text[place:place] = text[start : start + rng.randint(1, 90)]
            case 2:
                del text[place : place + rng.randint(1, 60)]
    return bytes(text)


def agrees(text: bytes) -> bool:
    """Compare one index with the plain parser; returns whether it was accepted."""
    try:
        found = read_in_all_ways(text)
    except Refusal as refused:
        assert refused.code in CODES
        return False
    assert strict(text)["weight_map"] == found, text
    return True


def test_nothing_that_has_two_meanings_is_accepted() -> None:
    rng = random.Random(29)
    assert sum(agrees(mutated(rng)) for _ in range(1500)) > 50
