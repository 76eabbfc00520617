"""One `TensorProto` of an ONNX model: what it claims, and whether bytes are stored for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, NoReturn

from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.protobuf import MESSAGES, count_packed, varint

if TYPE_CHECKING:
    from namegate_policy.weights.wire import Wire

MAX_DIMENSIONS = 64
MAX_NAME = 1024

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
_WIRES = {"varint": 0, "fixed32": 5, "fixed64": 1}


@dataclass(slots=True)
class StoredTensor:
    """A TensorProto as far as it was read: everything but its data."""

    name: str = ""
    dims: list[int] = field(default_factory=list)
    type: int = 0
    location: int = 0
    """1 for external data"""
    raw: int | None = None
    """bytes of raw_data"""
    counts: dict[int, int] = field(default_factory=dict)
    """field of typed data → elements"""
    typed: int = 0
    """bytes of typed data"""
    external: dict[str, str] = field(default_factory=dict)


def read_tensor(wire: Wire, start: int, end: int) -> StoredTensor:
    """Read the TensorProto between two positions; its data is passed over.

    Raises Refusal where a parser would merge or reject what is there.
    """
    found = StoredTensor()
    once: set[int] = set()
    for number, kind, at, stop in wire.fields(start, end):
        if number in _ONCE and kind == _ONCE[number]:
            if number in once:
                raise Refusal("duplicate-key", f"a tensor has its {_ONCE_NAMES[number]} twice", offset=stop)
            once.add(number)
        if number == 1 and kind == 0:
            _extend(found, at, stop)
        elif number == 1 and kind == 2:
            for value in _numbers(wire, at, stop):
                _extend(found, value, stop)
        elif number == 2 and kind == 0:
            found.type = at
        elif number == 14 and kind == 0:
            found.location = at
        elif number == 8 and kind == 2:
            found.name = text(wire, at, stop)
        elif number == 9 and kind == 2:
            found.raw = stop - at
        elif number in _PACKED or (number == _STRING and kind == 2):
            _count(found, wire, number, kind, at, stop)
        elif number == 13 and kind == 2:
            key, value_ = _entry(wire, at, stop)
            if key in found.external:
                raise Refusal("duplicate-key", "external data has a key twice", offset=at)
            found.external[key] = value_
        elif number == 3:
            raise Refusal("unread-format", "segments of tensors are not read", offset=at)
        elif kind == 2:
            wire.check("TensorProto", number, at, stop)
    return found


_ONCE = {2: 0, 14: 0, 8: 2, 9: 2}
_ONCE_NAMES = {2: "type", 14: "location", 8: "name", 9: "raw data"}


def _extend(found: StoredTensor, value: int, offset: int) -> None:
    found.dims.append(value)
    if value >= 1 << 63 or len(found.dims) > MAX_DIMENSIONS:
        raise Refusal("invalid-shape", "a negative extent or too many dimensions", offset=offset)


def _numbers(wire: Wire, start: int, end: int) -> list[int]:
    raw = wire.bytes(start, end)
    count_packed(raw, "varint")
    values, at = [], 0
    while at < len(raw):
        value, at = varint(raw, at)
        values.append(value)
        if len(values) > MAX_DIMENSIONS:
            break
    return values


def _count(found: StoredTensor, wire: Wire, number: int, kind: int, start: int, end: int) -> None:
    """Add a field of typed data to the elements counted."""
    encoding = _PACKED.get(number)
    if encoding is None:
        count, size = 1, end - start
    elif kind == 2:
        count, size = numbers_in(wire, encoding, start, end), end - start
    elif kind == _WIRES[encoding]:
        count, size = 1, size_of(start) if kind == 0 else end - start
    else:
        return
    found.counts[number] = found.counts.get(number, 0) + count
    found.typed += size


def numbers_in(wire: Wire, encoding: str, start: int, end: int) -> int:
    """Return how many numbers are packed between two positions; only varints have to be read for it."""
    if encoding == "varint":
        return count_packed(wire.bytes(start, end), encoding)
    count, rest = divmod(end - start, 4 if encoding == "fixed32" else 8)
    if rest:
        raise Refusal("invalid-protobuf", "a packed number is cut off", offset=start)
    return count


def size_of(value: int) -> int:
    """Return the bytes of a varint."""
    return max(1, -(-value.bit_length() // 7))


def _entry(wire: Wire, start: int, end: int) -> tuple[str, str]:
    texts = {1: "", 2: ""}
    for number, kind, at, stop in wire.fields(start, end):
        if kind == 2 and number in texts:
            texts[number] = text(wire, at, stop)
    return texts[1], texts[2]


def text(wire: Wire, start: int, end: int) -> str:
    """Return a name; refuses what is too long, not UTF-8 or has control characters."""
    raw = wire.bytes(start, min(end, start + MAX_NAME + 1))
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise Refusal("invalid-name", "a name is not UTF-8") from None
    if len(raw) > MAX_NAME or not name.isprintable():
        raise Refusal("invalid-name", f"the name {name[:100]!r} is too long or has control characters")
    return name


def measure(found: StoredTensor, name: str) -> tuple[str, int]:
    """Return a tensor's dtype and the bytes that are stored for it, or needed where they are external.

    Raises Refusal where data and claim do not fit together.
    """

    def refuse(code: str, message: str) -> NoReturn:
        raise Refusal(code, message, tensor=name)

    if found.type not in TYPES:
        refuse("unknown-dtype", f"{name!r} is of type {found.type}")
    dtype, bits, typed_field = TYPES[found.type]
    # Extents beside a zero count, too: arrays of such a shape cannot be built.
    if prod(filter(None, found.dims)) >= 1 << 60:
        refuse("invalid-shape", f"the number of elements of {name!r} overflows")
    elements = prod(found.dims)
    need = (elements * bits + 7) // 8
    if found.location == 1 and bits and found.raw is None and not found.counts:
        return dtype, need
    if found.location or found.external:
        refuse("invalid-value", f"{name!r} has external data and data of its own")
    if found.raw is not None:
        if found.counts or found.raw != need or not bits:
            refuse("size-mismatch", f"{name!r} needs {need} bytes, not {found.raw}")
        return dtype, need
    count = found.counts.get(typed_field, 0)
    wanted = need if bits == 4 else elements * (2 if dtype in ("C64", "C128") else 1)
    if found.counts.keys() - {typed_field} or count != wanted:
        refuse("size-mismatch", f"{name!r} needs {wanted} numbers, not {count}")
    return dtype, found.typed
