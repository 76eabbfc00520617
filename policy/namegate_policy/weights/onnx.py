"""The streaming reader of an ONNX model's initializers.

A model is one protocol buffer (https://onnx.ai/onnx/repo-docs/IR.html). Initializers' raw data is passed
over and never read; every other message is read in pieces and its framing checked, so that a file the
reference parser rejects is not accepted. External data is looked up among the files of the upload and
nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from namegate_policy.weights.header import FileHeader, Shard, Tensor
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.protobuf import MESSAGES, check, count_packed, tag, varint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.weights.source import ByteSource

MAX_MODEL = (1 << 31) - 1
"""Bytes of one protocol buffer; what is larger has external data."""
MAX_MESSAGE = 1 << 25
"""Bytes of one node or other message that is read as a whole."""
MAX_READ = 1 << 26
"""Bytes of all that is read."""
MAX_FIELDS = 500_000
"""Fields of all messages; a node takes some ten."""
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 64
MAX_NAME = 1024
_SMALL = 512
_LARGE = 1 << 16

_FLOAT, _DOUBLE, _INT32, _INT64, _UINT64, _STRING = 4, 10, 5, 7, 11, 6
TYPES: dict[int, tuple[str, int, int]] = {
    1: ("F32", 32, _FLOAT),
    2: ("U8", 8, _INT32),
    3: ("I8", 8, _INT32),
    4: ("U16", 16, _INT32),
    5: ("I16", 16, _INT32),
    6: ("I32", 32, _INT32),
    7: ("I64", 64, _INT64),
    8: ("STRING", 0, _STRING),
    9: ("BOOL", 8, _INT32),
    10: ("F16", 16, _INT32),
    11: ("F64", 64, _DOUBLE),
    12: ("U32", 32, _UINT64),
    13: ("U64", 64, _UINT64),
    14: ("C64", 64, _FLOAT),
    15: ("C128", 128, _DOUBLE),
    16: ("BF16", 16, _INT32),
    17: ("F8_E4M3", 8, _INT32),
    18: ("F8_E4M3FNUZ", 8, _INT32),
    19: ("F8_E5M2", 8, _INT32),
    20: ("F8_E5M2FNUZ", 8, _INT32),
    21: ("U4", 4, _INT32),
    22: ("I4", 4, _INT32),
    23: ("F4", 4, _INT32),
    24: ("F8_E8M0", 8, _INT32),
}
"""TensorProto.DataType → dtype, bits of an element, and the field for data that is not raw."""
_PACKED = {number: kind for number, kind in MESSAGES["TensorProto"].items() if kind not in MESSAGES}


def read_onnx(source: ByteSource, shard: int, files: Mapping[str, ByteSource]) -> FileHeader:
    """Read the initializers of `source`; `files` are the upload's, for external data.

    Raises Refusal when the file cannot be trusted. Tensors within nodes (constants) are framing-checked
    and not listed.
    """
    if source.size > MAX_MODEL:
        raise Refusal("header-too-large", f"a model of {source.size} bytes, {MAX_MODEL} is the limit")
    return _Reader(source, shard, files).read()


@dataclass(slots=True)
class _Initializer:
    """A TensorProto as far as it was read."""

    dims: list[int] = field(default_factory=list)
    scalars: dict[int, int] = field(default_factory=dict)
    """data_type and data_location"""
    name: str | None = None
    raw: int | None = None
    """bytes of raw_data"""
    counts: dict[int, int] = field(default_factory=dict)
    """field of typed data → elements"""
    typed: int = 0
    """bytes of typed data"""
    external: dict[str, str] = field(default_factory=dict)


class _Reader:
    def __init__(self, source: ByteSource, shard: int, files: Mapping[str, ByteSource]) -> None:
        self._source = source
        self._shard = shard
        self._files = files
        self._buffer = b""
        self._base = 0
        self._piece = _SMALL
        self._read = 0
        self._budget = MAX_FIELDS
        self._header = FileHeader([], {}, [], {}, [])
        self._names: set[str] = set()
        self._external: dict[str, tuple[int, list[tuple[int, int, str]]]] = {}
        """location → its shard, and begin, end and name of the tensors in it"""

    def read(self) -> FileHeader:
        metadata: dict[str, Any] = {}
        graph: tuple[int, int] | None = None
        try:
            for number, wire, start, end in self._fields(0, self._source.size):
                if (number, wire) == (7, 2):
                    if graph is not None:
                        raise Refusal("duplicate-key", "the model has two graphs, which a parser would merge")
                    graph = (start, end)
                    self._graph(start, end)
                elif (number, wire) == (1, 0):
                    metadata["ir_version"] = self._number(start)
                elif wire == 2:
                    self._message("ModelProto", number, start, end)
                    if number in (2, 3):
                        key = "producer_name" if number == 2 else "producer_version"
                        metadata[key] = self._bytes(start, end).decode("utf-8", "replace")
        except IndexError:
            raise Refusal("truncated", "a number reaches behind the file") from None
        if graph is None or "ir_version" not in metadata:
            raise Refusal("content-mismatch", "an ONNX model is expected, there is no IR version and graph")
        self._header.metadata.update(metadata)
        self._check_external()
        return self._header

    def _at(self, position: int, need: int) -> int:
        """Make the buffer hold `need` bytes from `position`, or up to the file's end; return the index."""
        index = position - self._base
        if index < 0 or index + need > len(self._buffer):
            follows = 0 <= index <= len(self._buffer)
            self._piece = min(2 * self._piece, _LARGE) if follows else _SMALL
            length = min(max(need, self._piece), self._source.size - position)
            self._read += length
            if self._read > MAX_READ:
                raise Refusal("header-too-large", f"more than {MAX_READ} bytes beside the initializers' data")
            self._buffer, self._base = self._source.read(position, length), position
            index = 0
        return index

    def _bytes(self, start: int, end: int) -> bytes:
        if end - start > MAX_MESSAGE:
            raise Refusal("header-too-large", f"a message of {end - start} bytes, {MAX_MESSAGE} is the limit")
        index = self._at(start, end - start)
        return self._buffer[index : index + end - start]

    def _number(self, start: int) -> int:
        return varint(self._buffer, self._at(start, 10))[0]

    def _fields(self, at: int, end: int) -> Any:
        """Yield number, wire type, start and end of the content of each field of a message."""
        while at < end:
            self._budget -= 1
            if self._budget <= 0:
                raise Refusal("header-too-large", f"more than {MAX_FIELDS} fields")
            index = at - self._base
            if index < 0 or index + 20 > len(self._buffer):
                index = self._at(at, 20)
            buffer = self._buffer
            number, behind = buffer[index], index + 1
            if 8 <= number < 0x80:
                number, wire = number >> 3, number & 7
            else:
                number, wire, behind = tag(buffer, index)
            at += behind - index
            if wire == 2:
                length = buffer[behind]
                if length < 0x80:
                    at += 1
                else:
                    length, start = varint(buffer, behind)
                    at += start - behind
                stop = at + length
            elif wire == 0:
                stop = at + varint(self._buffer, behind)[1] - behind
            elif wire in (1, 5):
                stop = at + (8 if wire == 1 else 4)
            else:
                raise Refusal("invalid-protobuf", f"a field has the wire type {wire}", offset=at)
            if stop > end:
                raise Refusal("truncated", "a field reaches behind its message", offset=at)
            yield number, wire, at, stop
            at = stop

    def _message(self, parent: str, number: int, start: int, end: int) -> None:
        """Check the framing of a field's content; texts and unknown fields are passed over."""
        kind = MESSAGES[parent].get(number)
        if kind is None:
            return
        if end - start > MAX_MESSAGE:
            raise Refusal("header-too-large", f"a {kind} of {end - start} bytes, {MAX_MESSAGE} is the limit")
        index = self._at(start, end - start)
        self._budget -= check(self._buffer, index, index + end - start, kind, self._budget)

    def _graph(self, start: int, end: int) -> None:
        for number, wire, at, stop in self._fields(start, end):
            if wire != 2:
                continue
            if number == 5:
                self._initializer(at, stop)
            elif number == 15:
                raise Refusal("unread-format", "sparse initializers are not read", offset=at)
            else:
                self._message("GraphProto", number, at, stop)

    def _initializer(self, start: int, end: int) -> None:
        found = _Initializer()
        for number, wire, at, stop in self._fields(start, end):
            if number in (2, 14) and wire == 0:
                if number in found.scalars:
                    raise Refusal("duplicate-key", "an initializer has a field twice", offset=at)
                found.scalars[number] = self._number(at)
            elif number == 8 and wire == 2:
                if found.name is not None:
                    raise Refusal("duplicate-key", "an initializer has two names", offset=at)
                found.name = _name(self._bytes(at, min(stop, at + MAX_NAME + 1)))
            elif number == 9 and wire == 2:
                if found.raw is not None:
                    raise Refusal("duplicate-key", "an initializer has raw data twice", offset=at)
                found.raw = stop - at
            elif number == 1 and wire in (0, 2):
                self._dims(found, at, stop)
            elif number in _PACKED or (number == _STRING and wire == 2):
                self._typed(found, number, wire, at, stop)
            elif number == 13 and wire == 2:
                key, value = self._entry(at, stop)
                if key in found.external:
                    raise Refusal("duplicate-key", "external data has a key twice", offset=at)
                found.external[key] = value
            elif number == 3:
                raise Refusal("unread-format", "segments of tensors are not read", offset=at)
            elif wire == 2:
                self._message("TensorProto", number, at, stop)
        self._add(found)

    def _dims(self, found: _Initializer, start: int, end: int) -> None:
        at = start
        while at < end:
            index = self._at(at, 10)
            value, behind = varint(self._buffer, index)
            at += behind - index
            found.dims.append(value)
            if value >= 1 << 63 or len(found.dims) > MAX_DIMENSIONS:
                raise Refusal("invalid-shape", "a negative extent or too many dimensions", offset=start)
        if at != end:
            raise Refusal("truncated", "a number reaches behind its field", offset=at)

    def _typed(self, found: _Initializer, number: int, wire: int, start: int, end: int) -> None:
        kind = _PACKED.get(number)
        if wire == 2 and kind == "varint":
            count = count_packed(self._bytes(start, end), kind)
        elif wire == 2 and kind is not None:
            width = 4 if kind == "fixed32" else 8
            count, rest = divmod(end - start, width)
            if rest:
                raise Refusal("invalid-protobuf", "a packed number is cut off", offset=start)
        elif kind is None or wire == {"varint": 0, "fixed32": 5, "fixed64": 1}[kind]:
            count = 1
        else:
            return
        found.counts[number] = found.counts.get(number, 0) + count
        found.typed += end - start

    def _entry(self, start: int, end: int) -> tuple[str, str]:
        texts = {1: "", 2: ""}
        for number, wire, at, stop in self._fields(start, end):
            if wire == 2 and number in texts:
                texts[number] = _name(self._bytes(at, min(stop, at + MAX_NAME + 1)))
        return texts[1], texts[2]

    def _add(self, found: _Initializer) -> None:
        name = found.name
        if not name:
            raise Refusal("invalid-name", "an initializer has no name")
        if name in self._names:
            raise Refusal("duplicate-tensor", f"two initializers are called {name!r}", tensor=name)
        self._names.add(name)
        if len(self._names) > MAX_TENSORS:
            raise Refusal("header-too-large", f"more than {MAX_TENSORS} initializers")
        known = TYPES.get(found.scalars.get(2, 0))
        if known is None:
            raise Refusal("unknown-dtype", f"{name!r} is of type {found.scalars.get(2, 0)}", tensor=name)
        dtype, bits, typed_field = known
        elements = prod(found.dims)
        # Extents beside a zero count, too: arrays of such a shape cannot be built.
        if prod(filter(None, found.dims)) >= 1 << 60:
            raise Refusal("invalid-shape", f"the number of elements of {name!r} overflows", tensor=name)
        need = (elements * bits + 7) // 8
        shard = self._shard
        location = found.scalars.get(14, 0)
        if location == 1 and bits and found.raw is None and not found.counts:
            shard, stored = self._locate(found.external, name, need), need
        elif location or found.external:
            raise Refusal("invalid-value", f"{name!r} has external data and data of its own", tensor=name)
        elif found.raw is not None:
            stored = found.raw
            if found.counts or stored != need or not bits:
                raise Refusal("size-mismatch", f"{name!r} needs {need} bytes, not {stored}", tensor=name)
        else:
            count = found.counts.get(typed_field, 0)
            wanted = need if bits == 4 else elements * (2 if dtype in ("C64", "C128") else 1)
            if found.counts.keys() - {typed_field} or count != wanted:
                raise Refusal("size-mismatch", f"{name!r} needs {wanted} numbers, not {count}", tensor=name)
            stored = found.typed
        if elements:
            self._header.tensors.append(Tensor(name, dtype, tuple(found.dims), stored, shard))
        else:
            self._header.empty.append(name)

    def _locate(self, external: Mapping[str, str], name: str, need: int) -> int:
        """Return the shard that holds a tensor's external data, which has to be part of the upload."""
        location = external.get("location", "")
        parts = location.split("/")
        if "\\" in location or ":" in location or {"", ".", ".."} & set(parts):
            raise Refusal(
                "unsafe-path", f"{name!r} is outside of the upload, in {location[:100]!r}", tensor=name
            )
        path = self._source.name.rpartition("/")
        file = self._files.get(path[0] + path[1] + location)
        if file is None:
            raise Refusal(
                "missing-shard", f"{name!r} is in {location[:100]!r}, which is not there", tensor=name
            )
        offset, length = external.get("offset", "0"), external.get("length", str(need))
        if not (_is_number(offset) and _is_number(length)) or int(length) != need:
            message = f"{name!r} needs {need} bytes, {length[:30]} at {offset[:30]} are claimed"
            raise Refusal("size-mismatch", message, tensor=name)
        if int(offset) + need > file.size:
            raise Refusal("truncated", f"{name!r} reaches behind the end of {location[:100]!r}", tensor=name)
        if location not in self._external:
            self._header.parts.append(Shard(file.name, file.size))
            self._external[location] = (self._shard + len(self._header.parts), [])
        shard, spans = self._external[location]
        spans.append((int(offset), int(offset) + need, name))
        return shard

    def _check_external(self) -> None:
        for _, spans in self._external.values():
            spans.sort()
            for (_, end, before), (start, _, name) in pairwise(spans):
                if start < end:
                    message = f"{name!r} and {before!r} are in the same bytes"
                    raise Refusal("overlapping-tensors", message, tensor=name)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _name(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refusal("invalid-name", "a name is not UTF-8") from None
    if len(raw) > MAX_NAME or not text.isprintable():
        raise Refusal("invalid-name", f"the name {text[:100]!r} is too long or has control characters")
    return text
