"""The strict GGUF reader against tables, and against the `gguf` package."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGUFReader, GGUFWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.weights import CODES, ArrayOf, BytesSource, read_sources, read_weights
from namegate_policy.weights.ggml import TYPES
from namegate_policy.weights.gguf import read_gguf
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.window import Window
from tests.policy.weights.build_gguf import ARRAY, BOOL, F32, STRING, U8, U32, U64, build, text
from tests.policy.weights.hostile.gguf import ONE, REJECTED, nested

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.weights.header import FileHeader


def read(data: bytes, name: str = "model.gguf") -> FileHeader:
    return read_gguf(BytesSource(data, name))


ACCEPTED: dict[str, bytes] = {
    "nothing": build(),
    "one tensor": build([], ONE),
    "version 2": build([], ONE, version=2),
    "big-endian": build([], ONE, order=">"),
    "two tensors": build([], [("a", (3,), 0, 0), ("b", (5, 1), 1, 32)]),
    "a scalar": build([], [("a", (), 0, 0)]),
    "alignment of 8": build(
        [("general.alignment", U32, struct.pack("<I", 8))],
        [("a", (3,), 0, 0), ("b", (1,), 0, 16)],
        alignment=8,
    ),
    "every kind of value": build(
        [
            ("a", U8, b"\x01"),
            ("b", BOOL, b"\x01"),
            ("c", F32, struct.pack("<f", 0.5)),
            ("d", U64, struct.pack("<Q", 1 << 63)),
            ("e", STRING, text("größe")),
            ("f", ARRAY, struct.pack("<IQ", U32, 2) + struct.pack("<II", 1, 2)),
            ("g", ARRAY, struct.pack("<IQ", STRING, 2) + text("x") + text("")),
            ("h", ARRAY, struct.pack("<IQ", F32, 0)),
        ],
        ONE,
    ),
    "without the last padding": build([], [("a", (3,), 0, 0)])[:-20],
}


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(data: bytes, tmp_path: Path) -> None:
    assert tensors(read(data)) == reference(data, tmp_path)


@pytest.mark.parametrize(("data", "code"), REJECTED.values(), ids=REJECTED)
def test_rejected(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code == code
    assert code in CODES


def tensors(header: FileHeader) -> list[tuple[str, str, tuple[int, ...], int]]:
    found = [(tensor.name, tensor.dtype, tensor.shape, tensor.stored) for tensor in header.tensors]
    return sorted(found + [(name, "", (), 0) for name in header.empty])


def reference(data: bytes, folder: Path) -> list[tuple[str, str, tuple[int, ...], int]]:
    path = folder / "reference.gguf"
    path.write_bytes(data)
    return sorted(
        (item.name, item.tensor_type.name, tuple(int(n) for n in reversed(item.shape)), int(item.n_bytes))
        if item.n_bytes
        else (item.name, "", (), 0)
        for item in GGUFReader(path).tensors
    )


def test_types_are_the_reference_s() -> None:
    ours = {number: (known.name, known.block, known.size) for number, known in TYPES.items()}
    theirs = {kind.value: (kind.name, *size) for kind, size in GGML_QUANT_SIZES.items()}
    assert set(theirs) - set(ours) == {9}  # Q8_1
    assert ours == {number: theirs[number] for number in ours}


def test_metadata() -> None:
    long = "x" * 70_000
    data = build(
        [
            ("general.architecture", STRING, text("llama")),
            ("long", STRING, text(long)),
            ("tokens", ARRAY, struct.pack("<IQ", STRING, 3) + text("a") + text("bc") + text(long)),
            ("small", ARRAY, struct.pack("<IQ", U32, 2) + struct.pack("<II", 7, 8)),
            ("large", ARRAY, struct.pack("<IQ", U8, 2000) + bytes(2000)),
            ("nested", ARRAY, nested(4)),
            ("after", U8, b"\7"),
        ],
        ONE,
    )
    header = read(data)
    assert header.metadata == {
        "general.architecture": "llama",
        "long": ArrayOf("character", 70_000),
        "tokens": ArrayOf("string", 3),
        "small": (7, 8),
        "large": ArrayOf("uint8", 2000),
        "nested": ArrayOf("array", 1),
        "after": 7,
    }
    assert header.tensors[0].shape == (2, 32)


def test_a_real_writer_s_file(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_token_list([f"token {number}" for number in range(40_000)])
    writer.add_token_scores([0.5] * 40_000)
    writer.add_tensor("a", np.zeros((3, 5), np.float32))
    writer.add_tensor("b", np.zeros((4, 34), np.uint8), raw_dtype=8)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = read_weights(path)
    assert header.verifiable
    assert [(tensor.name, tensor.dtype, tensor.shape) for tensor in header.tensors] == [
        ("a", "F32", (3, 5)),
        ("b", "Q8_0", (4, 32)),
    ]
    assert header.metadata["tokenizer.ggml.tokens"] == ArrayOf("string", 40_000)
    assert header.metadata["llama.block_count"] == 2


def part(number: int, count: int, total: int, names: list[str]) -> BytesSource:
    pairs = [
        ("split.no", U32, struct.pack("<I", number)),
        ("split.count", U32, struct.pack("<I", count)),
        ("split.tensors.count", U32, struct.pack("<I", total)),
    ]
    data = build(pairs, [(name, (8,), 0, 32 * place) for place, name in enumerate(names)])
    return BytesSource(data, f"m-{number + 1:05d}-of-{count:05d}.gguf")


def test_split_files() -> None:
    header = read_sources([part(0, 2, 3, ["a", "b"]), part(1, 2, 3, ["c"])])
    assert header.verifiable
    assert [(tensor.name, tensor.shard) for tensor in header.tensors] == [("a", 0), ("b", 0), ("c", 1)]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part(0, 2, 3, ["a", "b"])], "missing-shard"),
        ([part(0, 2, 4, ["a", "b"]), part(1, 2, 4, ["c"])], "split-mismatch"),
        ([part(0, 2, 3, ["a", "b"]), part(1, 2, 3, ["a"])], "duplicate-tensor"),
    ],
    ids=["missing", "count", "duplicate"],
)
def test_split_files_that_do_not_fit(parts: list[BytesSource], code: str) -> None:
    assert code in {problem.code for problem in read_sources(parts).problems}


def test_a_renamed_part() -> None:
    source = part(0, 2, 3, ["a", "b"])
    with pytest.raises(Refusal) as caught:
        read(source.read(0, source.size), "m-00002-of-00002.gguf")
    assert caught.value.code == "split-mismatch"


@given(st.lists(st.binary(max_size=40), max_size=60), st.integers(1, 30))
def test_strings_are_skipped_whatever_the_pieces(strings: list[bytes], tail: int) -> None:
    data = b"".join(struct.pack("<Q", len(item)) + item for item in strings) + bytes(range(tail))
    window = Window(BytesSource(data, "x"), 1 << 20, piece=16)
    window.skip_prefixed(len(strings), "<")
    assert window.take(tail) == bytes(range(tail))


SEEDS = list(ACCEPTED.values())


def mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(changed))
        match rng.randrange(4):
            case 0:
                changed[place] = rng.choice([0, 1, 2, 4, 8, 9, 32, 255, rng.randrange(256)])
            case 1:
                changed[place : place + 4] = struct.pack("<I", rng.choice([0, 1, 2, 8, 9, 32, 1 << 20]))
            case 2:
                del changed[place : place + rng.choice([1, 4, 8])]
            case 3:
                changed[place:place] = bytes(rng.choice([1, 4, 8, 32]))
        if not changed:
            return b""
    return bytes(changed)


def test_nothing_that_the_reference_rejects_is_accepted(tmp_path: Path) -> None:
    rng = random.Random(4)
    accepted = 0
    for _ in range(3000):
        data = mutated(rng.choice(SEEDS), rng)
        try:
            header = read(data)
        except Refusal as refused:
            assert refused.code in CODES
            continue
        accepted += 1
        assert tensors(header) == reference(data, tmp_path)
    assert accepted > 100


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for prefix in (b"", b"GGUF\3\0\0\0", b"GGUF\3\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"):
        try:
            read(prefix + data)
        except Refusal as refused:
            assert refused.code in CODES
