"""Writes GGUF files byte by byte, true and false ones."""

from __future__ import annotations

import struct
from math import prod

from namegate_policy.weights.ggml import TYPES

U8, U32, F32, BOOL, STRING, ARRAY, U64 = 0, 4, 6, 7, 8, 9, 10


def text(value: str | bytes, order: str = "<") -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(f"{order}Q", len(raw)) + raw


def build(
    pairs: list[tuple[str, int, bytes]] | None = None,
    tensors: list[tuple[str, tuple[int, ...], int, int]] | None = None,
    *,
    version: int = 3,
    order: str = "<",
    tensor_count: int | None = None,
    pair_count: int | None = None,
    alignment: int = 32,
    data: int | None = None,
) -> bytes:
    """Build a file of `pairs` (key, type, encoded value) and `tensors` (name, ggml extents, type, offset).

    `data` is the size of the data region where it is not what the tensors need.
    """
    pairs, tensors = pairs or [], tensors or []
    out = b"GGUF" + struct.pack(
        f"{order}IQQ",
        version,
        len(tensors) if tensor_count is None else tensor_count,
        len(pairs) if pair_count is None else pair_count,
    )
    out += b"".join(text(key, order) + struct.pack(f"{order}I", kind) + value for key, kind, value in pairs)
    end = 0
    for name, extents, kind, offset in tensors:
        out += text(name, order) + struct.pack(
            f"{order}I{len(extents)}QIQ", len(extents), *extents, kind, offset
        )
        if data is None:
            known = TYPES[kind]
            end = max(end, offset + prod(extents) // known.block * known.size)
    out += bytes(-len(out) % alignment)
    return out + bytes(data if data is not None else end + -end % alignment)
