"""The streaming reader of one GGUF file, versions 2 and 3, of either byte order.

The format: magic, version, counts, key-values, tensor infos, padding to the alignment, tensor data
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Arrays, a tokenizer's above all, are walked
over and never built: a count is believed only as far as bytes remain for it.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from namegate_policy.weights.ggml import TYPES
from namegate_policy.weights.header import ArrayOf, FileHeader, Tensor
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.window import Window

if TYPE_CHECKING:
    from namegate_policy.weights.source import ByteSource

MAX_HEADER = 1 << 26
"""Bytes of key-values and tensor infos; a vocabulary of 256,000 tokens with its merges takes 15 million."""
MAX_KEY_VALUES = 100_000
MAX_TENSORS = 100_000
MAX_STRING = 10_000_000
MAX_KEPT_STRING = 1 << 16
"""Bytes; longer strings are checked and kept as `ArrayOf("character", bytes)`."""
MAX_KEPT = 1 << 23
"""Bytes of all strings kept."""
MAX_ARRAY = 1_000_000
MAX_KEPT_ARRAY = 1024
"""Elements; longer arrays, and all of strings, are kept as `ArrayOf`."""
MAX_NESTING = 4
MAX_STEPS = 4_000_000
"""Strings within arrays that are walked over one by one; an array within an array weighs `ARRAY_STEPS`."""
ARRAY_STEPS = 20
MAX_DIMENSIONS = 8
MAX_NAME = 512
DEFAULT_ALIGNMENT = 32
MAX_ALIGNMENT = 1 << 20

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY, _BOOL, _UINT32 = 8, 9, 7, 4
_TYPE_NAMES = {
    0: "uint8",
    1: "int8",
    2: "uint16",
    3: "int16",
    4: "uint32",
    5: "int32",
    6: "float32",
    7: "bool",
    10: "uint64",
    11: "int64",
    12: "float64",
}
_SPLIT = re.compile(r"-([0-9]{5})-of-([0-9]{5})\.gguf$")


def read_gguf(source: ByteSource, shard: int = 0) -> FileHeader:
    """Read the header of `source`; `shard` goes into its tensors.

    Shapes are reversed into row-major order. Reads ahead in pieces, so at most one piece of tensor data
    is read with the header. Raises Refusal when the file cannot be trusted.
    """
    return _Reader(source, shard).read()


class _Reader:
    def __init__(self, source: ByteSource, shard: int) -> None:
        self._source = source
        self._shard = shard
        self._window = Window(source, MAX_HEADER)
        self._order = "<"
        self._steps = 0
        self._kept = 0

    def read(self) -> FileHeader:
        window = self._window
        magic = window.take(4)
        if magic != b"GGUF":
            raise Refusal("content-mismatch", f"a GGUF file is expected, it begins with {magic!r}")
        version = struct.unpack("<I", window.take(4))[0]
        if version & 0xFFFF == 0:
            self._order, version = ">", version >> 24 | (version >> 8 & 0xFF00)
        if version not in (2, 3) or (self._order == ">" and version == 2):
            raise Refusal("unknown-version", f"GGUF version {version}; 2 and 3 are read")
        tensor_count, pair_count = self._unpack("QQ", 16)
        self._check_count("key-values", pair_count, MAX_KEY_VALUES, 13)
        self._check_count("tensors", tensor_count, MAX_TENSORS, 24)
        metadata: dict[str, Any] = {}
        for _ in range(pair_count):
            key = self._text("key", 1, 0xFFFF)
            if key in metadata:
                raise Refusal("duplicate-key", f"the key {key[:100]!r} occurs twice", offset=window.position)
            if key.startswith("GGUF."):
                raise Refusal("invalid-name", f"the key {key[:100]!r} is reserved", offset=window.position)
            metadata[key] = self._value(self._unpack("I", 4)[0], key)
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if type(alignment) is not int or alignment.bit_count() != 1 or alignment > MAX_ALIGNMENT:
            raise Refusal("invalid-value", f"an alignment of {alignment!r} is no power of two")
        self._check_split(metadata)
        infos = [self._tensor_info() for _ in range(tensor_count)]
        return self._place(infos, metadata, alignment)

    def _unpack(self, format: str, size: int) -> tuple[Any, ...]:  # noqa: A002 (struct's own word)
        return struct.unpack(self._order + format, self._window.take(size))

    def _check_count(self, what: str, count: int, limit: int, least: int) -> None:
        if count > limit:
            raise Refusal("header-too-large", f"{count} {what}, {limit} is the limit")
        if count * least > self._window.remaining:
            raise Refusal("truncated", f"{count} {what} do not fit into {self._window.remaining} bytes")

    def _text(self, what: str, least: int, most: int) -> str:
        raw = self._bytes(most)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Refusal("invalid-name", f"a {what} is not UTF-8", offset=self._window.position) from None
        if len(raw) < least or (least and not text.isprintable()):
            raise Refusal("invalid-name", f"a {what} is empty or has control characters: {text[:100]!r}")
        return text

    def _bytes(self, most: int) -> bytes:
        (length,) = self._unpack("Q", 8)
        if length > most:
            raise Refusal("header-too-large", f"a string of {length} bytes, {most} is the limit")
        return self._window.take(length)

    def _value(self, kind: int, key: str) -> Any:
        if kind == _STRING:
            raw = self._bytes(MAX_STRING)
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                raise Refusal("invalid-value", f"{key[:100]!r} is not UTF-8") from None
            if len(raw) > MAX_KEPT_STRING:
                return ArrayOf("character", len(raw))
            self._kept += len(raw)
            if self._kept > MAX_KEPT:
                raise Refusal("header-too-large", f"more than {MAX_KEPT} bytes of strings in the metadata")
            return text
        if kind == _ARRAY:
            return self._array(key, 1)
        if kind == _BOOL:
            raw = self._window.take(1)
            if raw[0] > 1:
                raise Refusal("invalid-value", f"{key[:100]!r} is a bool of {raw[0]}")
            return raw[0] == 1
        if kind not in _SCALARS:
            raise Refusal("invalid-value", f"{key[:100]!r} is of the unknown type {kind}")
        format_ = _SCALARS[kind]
        value = self._unpack(format_, struct.calcsize(format_))[0]
        if key == "general.alignment" and kind != _UINT32:
            raise Refusal("invalid-value", f"the alignment is no uint32 but {_TYPE_NAMES[kind]}")
        return value

    def _array(self, key: str, depth: int) -> Any:
        kind, count = self._unpack("IQ", 12)
        if count > MAX_ARRAY:
            raise Refusal("header-too-large", f"{key[:100]!r} has {count} elements, {MAX_ARRAY} is the limit")
        if kind == _STRING:
            self._check_count("strings", count, MAX_ARRAY, 8)
            self._step(count)
            self._skip_strings(count)
            return ArrayOf("string", count)
        if kind == _ARRAY:
            if depth >= MAX_NESTING:
                raise Refusal("header-too-large", f"{key[:100]!r} is nested deeper than {MAX_NESTING}")
            self._check_count("arrays", count, MAX_ARRAY, 12)
            self._step(count * ARRAY_STEPS)
            for _ in range(count):
                self._array(key, depth + 1)
            return ArrayOf("array", count)
        if kind not in _SCALARS:
            raise Refusal("invalid-value", f"{key[:100]!r} is an array of the unknown type {kind}")
        format_ = _SCALARS[kind]
        size = struct.calcsize(format_)
        self._check_count(_TYPE_NAMES[kind], count, MAX_ARRAY, size)
        if count > MAX_KEPT_ARRAY or depth > 1:
            self._window.skip(count * size)
            return ArrayOf(_TYPE_NAMES[kind], count)
        return self._unpack(f"{count}{format_}", count * size)

    def _step(self, count: int) -> None:
        self._steps += count
        if self._steps > MAX_STEPS:
            raise Refusal("header-too-large", f"more than {MAX_STEPS} strings and arrays within arrays")

    def _skip_strings(self, count: int) -> None:
        longest = self._window.skip_prefixed(count, self._order)
        if longest > MAX_STRING:
            raise Refusal("header-too-large", f"a string of {longest} bytes, {MAX_STRING} is the limit")

    def _check_split(self, metadata: dict[str, Any]) -> None:
        """Compare the part that the file says it is with its name."""
        name = _SPLIT.search(self._source.name)
        count = metadata.get("split.count", 0)
        said = (metadata.get("split.no", 0) + 1, count) if count else (1, 1)
        named = (int(name[1]), int(name[2])) if name else (1, 1)
        if said != named:
            raise Refusal(
                "split-mismatch",
                f"the file says it is part {said[0]} of {said[1]}, its name {named[0]} of {named[1]}",
            )

    def _tensor_info(self) -> tuple[Tensor, int]:
        """Return a tensor and its offset in the data region."""
        name = self._text("tensor's name", 1, MAX_NAME)
        (rank,) = self._unpack("I", 4)
        if rank > MAX_DIMENSIONS:
            self._refuse("invalid-shape", f"{rank} dimensions, {MAX_DIMENSIONS} is the limit", name)
        *extents, kind, offset = self._unpack(f"{rank}QIQ", 8 * rank + 12)
        known = TYPES.get(kind)
        if known is None:
            self._refuse("unknown-dtype", f"{name!r} is of the unknown type {kind}", name)
        elements = prod(extents)
        if prod(filter(None, extents)) >= 1 << 63:
            self._refuse("invalid-shape", f"the number of elements in {extents} overflows", name)
        fastest = extents[0] if extents else 1
        if fastest % known.block:
            message = f"{name!r} has rows of {fastest} elements, blocks of {known.name} have {known.block}"
            self._refuse("size-mismatch", message, name)
        size = elements // known.block * known.size
        return Tensor(name, known.name, tuple(reversed(extents)), size, self._shard), offset

    def _refuse(self, code: str, message: str, tensor: str) -> NoReturn:
        raise Refusal(code, message, tensor=tensor, offset=self._window.position)

    def _place(
        self,
        infos: list[tuple[Tensor, int]],
        metadata: dict[str, Any],
        alignment: int,
    ) -> FileHeader:
        """Check that the tensors follow each other in the data region, aligned and up to the file's end."""
        start = -(-self._window.position // alignment) * alignment
        end = stored_end = 0
        names: set[str] = set()
        header = FileHeader([], metadata, [], {}, [])
        for tensor, offset in infos:
            name = tensor.name
            if name in names:
                self._refuse("duplicate-tensor", f"two tensors are called {name!r}", name)
            names.add(name)
            if offset != end:
                code = "overlapping-tensors" if offset < end else "uncovered-bytes"
                self._refuse(code, f"{name!r} begins at {offset}, {end} was expected", name)
            if tensor.stored:
                header.tensors.append(tensor)
            else:
                header.empty.append(name)
            stored_end = offset + tensor.stored
            end = -(-stored_end // alignment) * alignment
        available = self._source.size - start
        if infos and stored_end > available:
            raise Refusal("truncated", f"the tensors need {stored_end} bytes, the file has {available}")
        if available > end:
            raise Refusal(
                "trailing-bytes", f"{available - end} bytes follow the last tensor", offset=start + end
            )
        return header
