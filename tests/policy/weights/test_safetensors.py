"""The strict safetensors reader: what it accepts, what it refuses and why, against the reference."""

from __future__ import annotations

import random
import re
import struct

import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.weights import CODES, BytesSource
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.safetensors import BITS, FileHeader, read_safetensors
from tests.policy.weights.build import raw_safetensors, safetensors_bytes
from tests.policy.weights.hostile.safetensors import REJECTED, TENSOR


def read(data: bytes) -> FileHeader:
    return read_safetensors(BytesSource(data, "model.safetensors"))


def refusal(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code in CODES
    return caught.value


def reference_accepts(data: bytes) -> bool:
    try:
        safetensors.deserialize(data)
    except safetensors.SafetensorError:
        return False
    return True


ACCEPTED = {
    "nothing stored": raw_safetensors("{}"),
    "metadata only": raw_safetensors('{"__metadata__":{"format":"pt"}}'),
    "one tensor": raw_safetensors(f'{{"a":{{{TENSOR}}}}}', 8),
    "metadata first": raw_safetensors(f'{{"__metadata__":{{"format":"pt"}},"a":{{{TENSOR}}}}}', 8),
    "metadata last": raw_safetensors(f'{{"a":{{{TENSOR}}},"__metadata__":{{"format":"pt"}}}}', 8),
    "metadata with braces": raw_safetensors(f'{{"__metadata__":{{"x":"{{}}"}},"a":{{{TENSOR}}}}}', 8),
    "metadata with escapes": raw_safetensors(
        f'{{"__metadata__":{{"x":"{{\\"y\\":1}}"}},"a":{{{TENSOR}}}}}', 8
    ),
    "metadata that speaks of fields": raw_safetensors(
        f'{{"__metadata__":{{"dtype":"shape"}},"a":{{{TENSOR}}}}}', 8
    ),
    "a tensor called dtype": raw_safetensors(f'{{"dtype":{{{TENSOR}}}}}', 8),
    "a name beyond ASCII": raw_safetensors(f'{{"größe":{{{TENSOR}}}}}', 8),
    "an escaped name": raw_safetensors(f'{{"gr\\u00f6\\u00dfe":{{{TENSOR}}}}}', 8),
    "a name with minus zero": raw_safetensors(f'{{"block-0":{{{TENSOR}}}}}', 8),
    "spaces behind": raw_safetensors(f'{{"a":{{{TENSOR}}}}}   ', 8),
    "spaces between": raw_safetensors('{ "a" : { "dtype":"F32", "shape":[ 2 ], "data_offsets":[0, 8] } }', 8),
    "offsets out of order": raw_safetensors(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        2,
    ),
    "a scalar": raw_safetensors('{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}', 8),
    "four bits": raw_safetensors('{"a":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]}}', 3),
    "six bits": raw_safetensors('{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}', 3),
}


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(data: bytes) -> None:
    assert reference_accepts(data)
    reference = {
        name: (item["dtype"], tuple(item["shape"]), len(item["data"]))
        for name, item in safetensors.deserialize(data)
    }
    assert {
        tensor.name: (tensor.dtype, tensor.shape, tensor.stored) for tensor in read(data).tensors
    } == reference


@pytest.mark.parametrize(("data", "code"), REJECTED.values(), ids=REJECTED)
def test_rejected(data: bytes, code: str) -> None:
    assert refusal(data).code == code
    if reference_accepts(data):
        assert CODES[code].stricter["safetensors"]


def test_known_dtypes_are_the_reference_s() -> None:
    with pytest.raises(safetensors.SafetensorError) as caught:
        safetensors.deserialize(raw_safetensors('{"a":{"dtype":"?","shape":[],"data_offsets":[0,0]}}'))
    assert [dtype for dtype in BITS if f"`{dtype}`" not in str(caught.value)] == []
    assert str(caught.value).count("`") == 2 * (len(BITS) + 1)


def test_empty_tensors_do_not_count() -> None:
    data = safetensors_bytes({"a": ("F32", (2,)), "b": ("F32", (0, 4096))})
    file = read(data)
    assert [tensor.name for tensor in file.tensors] == ["a"]
    assert file.empty == ["b"]


SEEDS = [
    *ACCEPTED.values(),
    safetensors_bytes({f"h.{n}.w": ("BF16", (2, n + 1)) for n in range(5)}, {"a": "b"}),
]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Change some bytes of the header, and fix the length so that the change is reached."""
    length = int.from_bytes(data[:8], "little")
    header = bytearray(data[8 : 8 + length])
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(header) + 1)
        match rng.randrange(5):
            case 0:
                header[place : place + 1] = bytes([rng.choice(b'{}[]:,"\\0123456789-+.eE abFU8nu\x00\xff\t')])
            case 1:
                del header[place : place + rng.randint(1, 3)]
            case 2:
                header[place:place] = bytes([rng.choice(b'{}[]:,"\\0123456789-+.eE abFU8nu\x00\xff\t')])
            case 3:
                start = rng.randrange(len(header) + 1)
                header[place:place] = header[start : start + rng.randint(1, 60)]
            case 4 if numbers := list(re.finditer(rb"-?[0-9]+", header)):
                number = rng.choice(numbers)
                other = int(rng.choice(numbers)[0])
                changed = rng.choice([-1, 0, 1, other, -other, 1 << 63, 1 << 64, int(number[0]) - other])
                header[number.start() : number.end()] = str(changed).encode()
    return struct.pack("<Q", len(header)) + bytes(header) + data[8 + length :]


def agrees(data: bytes) -> bool:
    """Compare one file with the reference; returns whether it was accepted."""
    try:
        file = read(data)
    except Refusal as refused:
        assert refused.code in CODES
        assert "safetensors" in CODES[refused.code].stricter or not reference_accepts(data), (data, refused)
        return False
    reference = {name: (item["dtype"], item["shape"]) for name, item in safetensors.deserialize(data)}
    ours = {tensor.name: (tensor.dtype, list(tensor.shape)) for tensor in file.tensors}
    assert ours == {name: item for name, item in reference.items() if name not in file.empty}, data
    return True


def test_nothing_that_the_reference_rejects_is_accepted() -> None:
    rng = random.Random(20)
    assert sum(agrees(mutated(rng.choice(SEEDS), rng)) for _ in range(6000)) > 100


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_crash_the_reader(data: bytes, framed: bool) -> None:
    source = BytesSource(raw_safetensors(data) if framed else data, "x.safetensors")
    try:
        read_safetensors(source)
    except Refusal as refused:
        assert refused.code in CODES
