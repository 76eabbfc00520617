"""Files that carry a second format within the data of a tensor, or are two formats at once.

A tensor's bytes may spell anything, so a carrier is a true file of its own format: every byte of it belongs
to the framing or to a tensor. What must not be is that the same bytes are accepted under another name.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from tests.policy.weights.build import raw_safetensors
from tests.policy.weights.build_gguf import build
from tests.policy.weights.build_torch import archive, storage, tensor
from tests.policy.weights.hostile import onnx

if TYPE_CHECKING:
    from collections.abc import Mapping


def program() -> bytes:
    """Return a zip archive that Python runs wherever it stands at the end of a file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("__main__.py", "print('run')")
    return buffer.getvalue()


PROGRAMS: Mapping[str, bytes] = {"program": program(), "pickle": b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R."}


def carriers(guest: bytes) -> dict[str, bytes]:
    """Return a true file of each format whose tensor `w` has the bytes of `guest`, filled up with zeros."""
    guest += bytes(-len(guest) % 32)
    size = len(guest)
    weights = tensor((size,), (1,), source=storage("0", size, "ByteStorage"))
    return {
        "safetensors": raw_safetensors(f'{{"w":{{"dtype":"U8","shape":[{size}],"data_offsets":[0,{size}]}}}}')
        + guest,
        "gguf": build([], [("w", (size,), 24, 0)])[:-size] + guest,
        "pytorch": archive({"w": weights}, more={"data/0": guest}),
        "onnx": onnx.model(onnx.tensor("w", np.frombuffer(guest, np.uint8))).SerializeToString(),
    }


def safetensors_and_onnx() -> bytes:
    """Return a safetensors file that a parser of protocol buffers reads as an ONNX model.

    Its header's length is the tag and length of an unknown field that ends within the metadata, whose text
    is a row of `doc_string` fields up to the data region; there the model goes on.
    """
    model = b"\x08\x08" + onnx.field(7, onnx.field(5, onnx.W))
    length = 0x3C7A
    tail = f'"}},"w":{{"dtype":"U8","shape":[{len(model)}],"data_offsets":[0,{len(model)}]}}}}'
    head = '{"__metadata__":{"a":"'
    head += "x" * (0x3C - 6 - len(head))
    text = ""
    while (rest := length - len(head) - len(text) - len(tail)) > 150:
        text += _doc_string(60)
    text += _doc_string(rest - 42) + _doc_string(38 + len(tail))[:40]
    header = (head + text + tail).encode()
    return struct.pack("<Q", len(header)) + header + model


def _doc_string(size: int) -> str:
    return "2" + chr(size) + "x" * size
