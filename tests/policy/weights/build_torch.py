"""Writes PyTorch archives record by record and pickles opcode by opcode, true and false ones."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value = object
"""What `dump` can write: plain values, and the classes below."""


class Name(NamedTuple):
    """A global: module and name."""

    module: str
    name: str


class Reduce(NamedTuple):
    """A call of a global."""

    function: Name
    arguments: tuple[object, ...]


class Persist(NamedTuple):
    """A persistent id."""

    id: object


class Raw(NamedTuple):
    """Opcodes as they are."""

    opcodes: bytes


ORDERED = Raw(b"ccollections\nOrderedDict\n)R")


def dump(value: Value) -> bytes:
    """Return the opcodes that build `value`, without protocol and stop."""
    match value:
        case Raw(opcodes):
            return opcodes
        case Name(module, name):
            return f"c{module}\n{name}\n".encode()
        case Reduce(function, arguments):
            return dump(function) + dump(tuple(arguments)) + b"R"
        case Persist(id_):
            return dump(id_) + b"Q"
        case bool():
            return b"\x88" if value else b"\x89"
        case None:
            return b"N"
        case int() if 0 <= value < 256:
            return b"K" + bytes([value])
        case int():
            raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(raw)]) + raw
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            raw = value.encode()
            return b"X" + struct.pack("<I", len(raw)) + raw
        case tuple():
            return b"(" + b"".join(map(dump, value)) + b"t"
        case list():
            return b"](" + b"".join(map(dump, value)) + b"e"
        case dict():
            return b"}(" + b"".join(dump(key) + dump(item) for key, item in value.items()) + b"u"
    raise TypeError(type(value))


def pickled(value: Value) -> bytes:
    return b"\x80\x02" + dump(value) + b"."


def storage(key: str = "0", count: object = 6, kind: str = "FloatStorage") -> Persist:
    return Persist(("storage", Name("torch", kind), key, "cpu", count))


def tensor(
    shape: object = (2, 3),
    strides: object = (3, 1),
    offset: object = 0,
    source: Value = None,
    hooks: Value = ORDERED,
) -> Reduce:
    function = Name("torch._utils", "_rebuild_tensor_v2")
    source = storage() if source is None else source
    return Reduce(function, (source, offset, shape, strides, False, hooks))


def archive(
    value: Value, storages: Mapping[str, int] | None = None, *, more: Mapping[str, bytes] | None = None
) -> bytes:
    """Return an archive of a pickled value with zero-filled storages of the given sizes in bytes."""
    records = {
        "data.pkl": value.opcodes if isinstance(value, Raw) else pickled(value),
        "byteorder": b"little",
    }
    records |= {
        f"data/{key}": bytes(size) for key, size in ({"0": 24} if storages is None else storages).items()
    }
    return zipped(
        [(f"archive/{name}", data) for name, data in (records | {"version": b"3\n"} | (more or {})).items()]
    )


class Entry(NamedTuple):
    """How a record is written where it differs from what is right."""

    local_name: bytes | None = None
    local_size: int | None = None
    central_size: int | None = None
    checksum: int | None = None
    flags: int = 0
    method: int = 0
    extra: bytes = b""
    comment: bytes = b""
    gap: bytes = b""
    offset: int = 0


def zipped(
    records: Sequence[tuple[str, bytes]],
    changes: Mapping[int, Entry] | None = None,
    *,
    prefix: bytes = b"",
    suffix: bytes = b"",
    count: int | None = None,
) -> bytes:
    """Return a zip archive of stored records; `changes` are by position."""
    out, directory = prefix, b""
    for number, (name, data) in enumerate(records):
        entry = (changes or {}).get(number, Entry())
        raw = name.encode()
        checksum = zlib.crc32(data) if entry.checksum is None else entry.checksum
        offset = len(out) + entry.offset
        local_size = len(data) if entry.local_size is None else entry.local_size
        local_name = raw if entry.local_name is None else entry.local_name
        common = (0, entry.flags, entry.method, 0, 0)
        out += struct.pack(
            "<4s5H3I2H",
            b"PK\3\4",
            *common,
            checksum,
            local_size,
            local_size,
            len(local_name),
            len(entry.extra),
        )
        out += local_name + entry.extra + data + entry.gap
        size = len(data) if entry.central_size is None else entry.central_size
        directory += struct.pack(
            "<4s6H3I5H2I",
            b"PK\1\2",
            0,
            *common,
            checksum,
            size,
            size,
            len(raw),
            0,
            len(entry.comment),
            0,
            0,
            0,
            offset,
        )
        directory += raw + entry.comment
    total = len(records) if count is None else count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, total, total, len(directory), len(out), 0)
    return out + directory + end + suffix
