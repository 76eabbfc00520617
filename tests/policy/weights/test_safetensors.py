"""The strict safetensors reader: what it accepts, what it refuses and why, against the reference."""

from __future__ import annotations

import random
import struct

import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.weights import CODES, BytesSource
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.safetensors import BITS, FileHeader, read_safetensors
from tests.policy.weights.build import raw_safetensors, safetensors_bytes

TENSOR = '"dtype":"F32","shape":[2],"data_offsets":[0,8]'


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

REJECTED = {
    "empty file": (b"", "truncated"),
    "seven bytes": (bytes(7), "truncated"),
    "header beyond the file": (struct.pack("<Q", 100) + b"{}", "truncated"),
    "header above the limit": (struct.pack("<Q", 100_000_001) + b"{}", "header-too-large"),
    "header of 2^64-1": (b"\xff" * 8 + b"{}", "header-too-large"),
    "a zip archive": (b"PK\x03\x04\0\0\0\0{}", "content-mismatch"),
    "a GGUF file": (b"GGUF\3\0\0\0{}", "content-mismatch"),
    "leading space": (raw_safetensors(f' {{"a":{{{TENSOR}}}}}', 8), "invalid-start"),
    "byte-order mark": (raw_safetensors("\ufeff{}"), "invalid-start"),
    "list": (raw_safetensors("[]"), "invalid-start"),
    "not UTF-8": (raw_safetensors(b'{"\xff":{}}'), "invalid-json"),
    "trailing comma": (raw_safetensors(f'{{"a":{{{TENSOR}}},}}', 8), "invalid-json"),
    "trailing comma after metadata": (raw_safetensors('{"__metadata__":{},}'), "invalid-json"),
    "trailing object": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}{{}}', 8), "invalid-json"),
    "lone surrogate": (raw_safetensors(f'{{"\\ud800":{{{TENSOR}}}}}', 8), "invalid-json"),
    "NaN": (raw_safetensors('{"a":NaN}'), "invalid-json"),
    "nested lists": (raw_safetensors('{"a\\n":' + "[" * 100_000), "invalid-json"),
    "duplicate name": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"a":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "duplicate name by escape": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"\\u0061":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "duplicate shape": (raw_safetensors(f'{{"a":{{"shape":[1],{TENSOR}}}}}', 8), "duplicate-key"),
    "duplicate dtype": (raw_safetensors(f'{{"a":{{{TENSOR},"dtype":"F32"}}}}', 8), "duplicate-key"),
    "duplicate metadata": (
        raw_safetensors(f'{{"__metadata__":{{}},"a":{{{TENSOR}}},"__metadata__":{{}}}}', 8),
        "duplicate-key",
    ),
    "duplicate key in metadata": (
        raw_safetensors(f'{{"__metadata__":{{"x":"1","x":"2"}},"a":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "metadata of numbers": (raw_safetensors('{"__metadata__":{"x":1}}'), "invalid-metadata"),
    "metadata null": (raw_safetensors('{"__metadata__":null}'), "invalid-metadata"),
    "further field": (raw_safetensors(f'{{"a":{{{TENSOR},"x":1}}}}', 8), "invalid-entry"),
    "missing field": (raw_safetensors('{"a":{"dtype":"F32","shape":[]}}', 4), "invalid-entry"),
    "entry as a list": (raw_safetensors('{"a":["F32",[2],[0,8]]}', 8), "invalid-entry"),
    "three offsets": (
        raw_safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', 1),
        "invalid-entry",
    ),
    "negative extent": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 8),
        "invalid-entry",
    ),
    "minus zero": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}', 8),
        "invalid-json",
    ),
    "extent as a float": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}', 8),
        "invalid-entry",
    ),
    "extent as true": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,8]}}', 8),
        "invalid-entry",
    ),
    "unknown dtype": (
        raw_safetensors('{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}', 16),
        "unknown-dtype",
    ),
    "lower-case dtype": (
        raw_safetensors('{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}', 8),
        "unknown-dtype",
    ),
    "shape above the bytes": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2000000000],"data_offsets":[0,8]}}', 8),
        "size-mismatch",
    ),
    "shape that overflows to the bytes": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}', 8),
        "invalid-shape",
    ),
    "a nibble short": (
        raw_safetensors('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}', 1),
        "size-mismatch",
    ),
    "end before begin": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', 8),
        "size-mismatch",
    ),
    "data too short": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}', 7), "truncated"),
    "data too long": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}', 9), "trailing-bytes"),
    "no tensors but data": (raw_safetensors("{}", 1), "trailing-bytes"),
    "gap at the start": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', 12),
        "uncovered-bytes",
    ),
    "aliased tensors": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"b":{{{TENSOR}}}}}', 8),
        "overlapping-tensors",
    ),
    "seventeen dimensions": (
        raw_safetensors(f'{{"a":{{"dtype":"U8","shape":{[1] * 17},"data_offsets":[0,1]}}}}', 1),
        "invalid-shape",
    ),
    "empty name": (raw_safetensors(f'{{"":{{{TENSOR}}}}}', 8), "invalid-name"),
    "long name": (raw_safetensors(f'{{"{"a" * 513}":{{{TENSOR}}}}}', 8), "invalid-name"),
    "name with a line end": (raw_safetensors(f'{{"a\\nb":{{{TENSOR}}}}}', 8), "invalid-name"),
    "name with DEL": (raw_safetensors(f'{{"a\x7fb":{{{TENSOR}}}}}', 8), "invalid-name"),
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
        match rng.randrange(4):
            case 0:
                header[place : place + 1] = bytes([rng.choice(b'{}[]:,"\\0123456789-+.eE abFU8nu\x00\xff\t')])
            case 1:
                del header[place : place + rng.randint(1, 3)]
            case 2:
                header[place:place] = bytes([rng.choice(b'{}[]:,"\\0123456789-+.eE abFU8nu\x00\xff\t')])
            case 3:
                start = rng.randrange(len(header) + 1)
                header[place:place] = header[start : start + rng.randint(1, 60)]
    return struct.pack("<Q", len(header)) + bytes(header) + data[8 + length :]


def test_nothing_that_the_reference_rejects_is_accepted() -> None:
    rng = random.Random(20)
    accepted = 0
    for _ in range(6000):
        data = mutated(rng.choice(SEEDS), rng)
        try:
            file = read(data)
        except Refusal as refused:
            assert refused.code in CODES
            assert not reference_accepts(data) or CODES[refused.code].stricter.get("safetensors"), (
                data,
                refused,
            )
            continue
        accepted += 1
        reference = {name: (item["dtype"], item["shape"]) for name, item in safetensors.deserialize(data)}
        ours = {tensor.name: (tensor.dtype, list(tensor.shape)) for tensor in file.tensors}
        assert ours == {name: item for name, item in reference.items() if name not in file.empty}, data
    assert accepted > 100


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_crash_the_reader(data: bytes, framed: bool) -> None:
    source = BytesSource(raw_safetensors(data) if framed else data, "x.safetensors")
    try:
        read_safetensors(source)
    except Refusal as refused:
        assert refused.code in CODES
