"""GGUF files that lie or are damaged, with the code of the problem that each is refused for."""

from __future__ import annotations

import struct

from tests.policy.weights.build_gguf import ARRAY, BOOL, STRING, U8, U32, U64, build, text

ONE = [("w", (32, 2), 8, 0)]


def array(kind: int, count: int, rest: bytes = b"") -> list[tuple[str, int, bytes]]:
    return [("a", ARRAY, struct.pack("<IQ", kind, count) + rest)]


def nested(depth: int) -> bytes:
    return struct.pack("<IQ", ARRAY, 1) * (depth - 1) + struct.pack("<IQ", U8, 0)


REJECTED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "truncated"),
    "other magic": (b"GGML" + bytes(40), "content-mismatch"),
    "zip": (b"PK\x03\x04" + bytes(40), "content-mismatch"),
    "version 1": (build(version=1), "unknown-version"),
    "version 4": (build(version=4), "unknown-version"),
    "big-endian version 2": (build(version=2, order=">"), "unknown-version"),
    "2^64-1 tensors": (build(tensor_count=(1 << 64) - 1), "header-too-large"),
    "2^64-1 key-values": (build(pair_count=(1 << 64) - 1), "header-too-large"),
    "more tensors than bytes": (build(tensor_count=1000), "truncated"),
    "more key-values than bytes": (build(pair_count=1000), "truncated"),
    "key beyond the file": (
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60) + bytes(100),
        "header-too-large",
    ),
    "duplicate key": (build([("a", U8, b"\1"), ("a", U8, b"\1")]), "duplicate-key"),
    "reserved key": (build([("GGUF.version", U8, b"\1")]), "invalid-name"),
    "empty key": (build([("", U8, b"\1")]), "invalid-name"),
    "key with a line end": (build([("a\nb", U8, b"\1")]), "invalid-name"),
    "unknown type": (build([("a", 13, b"\1")]), "invalid-value"),
    "bool of 2": (build([("a", BOOL, b"\2")]), "invalid-value"),
    "text of Latin-1": (build([("a", STRING, struct.pack("<Q", 1) + b"\xff")]), "invalid-value"),
    "text of 11 MB": (build([("a", STRING, struct.pack("<Q", 11_000_000))]), "header-too-large"),
    "array of 2^60": (build(array(U8, 1 << 60)), "header-too-large"),
    "array beyond the file": (build(array(U32, 1_000_000)), "truncated"),
    "strings beyond the file": (build(array(STRING, 1_000_000)), "truncated"),
    "string in an array beyond the file": (
        build(array(STRING, 2, struct.pack("<Q", 1 << 40) + bytes(100))),
        "truncated",
    ),
    "string of 2^64-1 in an array": (
        build(array(STRING, 2, struct.pack("<Q", (1 << 64) - 1) + bytes(100))),
        "truncated",
    ),
    "array of an unknown type": (build(array(99, 1, bytes(8))), "invalid-value"),
    "nested five deep": (build([("a", ARRAY, nested(5))]), "header-too-large"),
    "alignment of zero": (build([("general.alignment", U32, bytes(4))], ONE), "invalid-value"),
    "alignment of 24": (build([("general.alignment", U32, struct.pack("<I", 24))], ONE), "invalid-value"),
    "alignment as uint64": (build([("general.alignment", U64, struct.pack("<Q", 32))], ONE), "invalid-value"),
    "nine dimensions": (build([], [("w", (1,) * 9, 0, 0)]), "invalid-shape"),
    "product that overflows": (build([], [("w", (1 << 32, 1 << 32), 0, 0)], data=0), "invalid-shape"),
    "removed type": (build([], [("w", (32,), 4, 0)], data=64), "unknown-dtype"),
    "type of the future": (build([], [("w", (32,), 1000, 0)], data=64), "unknown-dtype"),
    "a third of a block": (build([], [("w", (11,), 8, 0)], data=64), "size-mismatch"),
    "duplicate tensor": (build([], [("w", (8,), 0, 0), ("w", (8,), 0, 32)]), "duplicate-tensor"),
    "aliased tensors": (build([], [("a", (8,), 0, 0), ("b", (8,), 0, 0)]), "overlapping-tensors"),
    "gap": (build([], [("a", (8,), 0, 0), ("b", (8,), 0, 64)]), "uncovered-bytes"),
    "gap at the start": (build([], [("a", (8,), 0, 32)]), "uncovered-bytes"),
    "off the alignment": (build([], [("a", (7,), 0, 0), ("b", (8,), 0, 28)]), "overlapping-tensors"),
    "a count without bytes": (build([], [("a", (1 << 20, 1 << 20), 0, 0)], data=0), "truncated"),
    "one byte short": (build([], [("a", (8,), 0, 0)])[:-1], "truncated"),
    "one byte more": (build([], [("a", (8,), 0, 0)]) + b"\0", "trailing-bytes"),
    "a part without its series": (
        build([("split.no", U32, bytes(4)), ("split.count", U32, struct.pack("<I", 2))], ONE),
        "split-mismatch",
    ),
}


def strings(*items: str) -> bytes:
    """Return an array of strings as a value."""
    return struct.pack("<IQ", STRING, len(items)) + b"".join(map(text, items))
