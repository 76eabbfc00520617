"""Writes files with true headers for the tests: data regions are sparse, so size costs nothing."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

from namegate_policy.weights.safetensors import BITS

if TYPE_CHECKING:
    from pathlib import Path

Shapes = Mapping[str, tuple[str, tuple[int, ...]]]
"""tensor name → (dtype, shape)"""


def header(tensors: Shapes, metadata: Mapping[str, str] | None = None) -> tuple[bytes, int]:
    """Return the length-prefixed header and the size of the data region in bytes."""
    entries: dict[str, object] = {"__metadata__": dict(metadata)} if metadata is not None else {}
    end = 0
    for name, (dtype, shape) in tensors.items():
        begin, end = end, end + prod(shape) * BITS[dtype] // 8
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    raw = json.dumps(entries, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw, end


def safetensors_bytes(tensors: Shapes, metadata: Mapping[str, str] | None = None) -> bytes:
    raw, size = header(tensors, metadata)
    return raw + bytes(size)


def write_safetensors(path: Path, tensors: Shapes, metadata: Mapping[str, str] | None = None) -> None:
    raw, size = header(tensors, {"format": "pt"} if metadata is None else metadata)
    with path.open("wb") as file:
        file.write(raw)
        file.truncate(len(raw) + size)


def raw_safetensors(text: str | bytes, data: int = 0) -> bytes:
    """Frame any text as a safetensors header in front of `data` zero bytes."""
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw + bytes(data)


def write_sharded(folder: Path, shards: list[Shapes]) -> None:
    """Write shards and their index as transformers does."""
    weight_map = {}
    for number, tensors in enumerate(shards, 1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        write_safetensors(folder / file, tensors)
        weight_map |= dict.fromkeys(tensors, file)
    index = {"metadata": {"total_size": 1}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
