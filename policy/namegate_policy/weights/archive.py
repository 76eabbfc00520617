"""The strict reader of a zip archive's structure, as `torch.save` writes one.

Every byte of the file belongs to exactly one record, descriptor or directory, records are stored
uncompressed, and what a record's local header says equals what the central directory says
(APPNOTE.TXT 6.3.10). So every zip reader sees the same records, whichever of the two it goes by.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.weights.problems import Refusal

if TYPE_CHECKING:
    from namegate_policy.weights.source import ByteSource

MAX_DIRECTORY = 1 << 24
"""Bytes of the central directory; 100,000 records take some 8 million."""
MAX_RECORDS = 100_000
MAX_LOCAL = 1 << 10
"""Bytes of one local header with its padding, which aligns data to 64 bytes."""

_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIBED = 0x8
"""Flag: sizes stand in a descriptor behind the data."""
_FLAGS = {0, _DESCRIBED, 0x800, _DESCRIBED | 0x800}
_FOLDER = 0xFFFF
"""The attributes of DOS; `torch.save` leaves them empty, and miniz reads no data where they mark a folder."""
_ZIP64, _PADDING = 0x0001, 0x4246
_FULL16, _FULL = 0xFFFF, 0xFFFFFFFF


class Record(NamedTuple):
    """One stored file of the archive; `offset` and `size` are those of its bytes in the whole file."""

    name: str
    offset: int
    size: int
    checksum: int


class _Entry(NamedTuple):
    name: bytes
    common: tuple[int, ...]
    """version, flags, method, time, date: the same in both headers"""
    checksum: int
    size: int
    offset: int
    """of the local header"""
    zip64: bool

    @property
    def descriptor(self) -> int:
        """Bytes behind the data."""
        return 0 if not self.common[1] & _DESCRIBED else 24 if self.zip64 else 16


def read_archive(source: ByteSource) -> dict[str, Record]:
    """Return the records by name without their common root folder; raises Refusal."""
    start, size, count = _directory_place(source)
    if size > MAX_DIRECTORY or count > MAX_RECORDS:
        raise Refusal("header-too-large", f"a zip directory of {count} records in {size} bytes")
    entries = _directory(source.read(start, size), count)
    return _records(source, entries, start)


def read_record(source: ByteSource, record: Record, limit: int) -> bytes:
    """Return the bytes of a small record after comparing their checksum."""
    if record.size > limit:
        raise Refusal("header-too-large", f"{record.name} has {record.size} bytes, {limit} is the limit")
    data = source.read(record.offset, record.size)
    if zlib.crc32(data) != record.checksum:
        raise Refusal("checksum-mismatch", f"{record.name} is not what its checksum says")
    return data


def _bad(message: str, offset: int | None = None) -> Refusal:
    return Refusal("invalid-archive", message, offset=offset)


def _directory_place(source: ByteSource) -> tuple[int, int, int]:
    """Return offset, size and number of records of the central directory."""
    tail_size = _END.size + _LOCATOR.size + _END64.size
    if source.size < _END.size:
        raise Refusal("truncated", f"{source.size} bytes are too few for a zip archive")
    start = max(0, source.size - tail_size)
    tail = source.read(start, source.size - start)
    magic, disk, first_disk, here, count, size, offset, comment = _END.unpack(tail[-_END.size :])
    if magic != b"PK\x05\x06" or comment:
        raise _bad("the file does not end with a zip directory: cut off, or bytes follow it")
    end = source.size - _END.size
    if tail[-_END.size - _LOCATOR.size :][:4] == b"PK\x06\x07" and len(tail) == tail_size:
        _, disk64, at, disks = _LOCATOR.unpack_from(tail, _END64.size)
        end = start
        magic, length, _, _, disk_a, disk_b, here64, count64, size64, offset64 = _END64.unpack_from(tail, 0)
        if magic != b"PK\x06\x06" or at != end or length != _END64.size - 12 or (disk64, disks) != (0, 1):
            raise _bad("the 64-bit end of the zip directory is not where it should be", end)
        for short, long, full in (
            (count, count64, _FULL16),
            (size, size64, _FULL),
            (offset, offset64, _FULL),
        ):
            if short not in (long, full):
                raise _bad(f"the zip directory's end says {short} and {long} for the same thing", end)
        disk, first_disk, here, count, size, offset = disk_a, disk_b, here64, count64, size64, offset64
    if disk or first_disk or here != count:
        raise _bad("the zip archive spans several disks", end)
    if offset + size != end:
        raise _bad(f"the zip directory at {offset} of {size} bytes does not end at {end}", end)
    return offset, size, count


def _directory(raw: bytes, count: int) -> list[_Entry]:
    entries = []
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(raw):
            raise _bad("the zip directory is shorter than its number of records")
        magic, _, version, flags, method, time, date, checksum, packed, size, *rest = _CENTRAL.unpack_from(
            raw, at
        )
        name_size, extra_size, comment, disk, _, attributes, offset = rest
        at += _CENTRAL.size
        name, extra = raw[at : at + name_size], raw[at + name_size : at + name_size + extra_size]
        at += name_size + extra_size
        if magic != b"PK\x01\x02" or comment or disk or at > len(raw):
            raise _bad("a record of the zip directory is damaged or has a comment")
        if attributes & _FOLDER:
            raise _bad(f"{name[:100]!r} is marked as a folder, which some readers skip")
        if flags not in _FLAGS:
            raise _bad(f"{name[:100]!r} has the zip flags {flags:#x}: encrypted or of an unknown kind")
        if method:
            raise Refusal("compressed-record", f"{name[:100]!r} is compressed; torch.save stores it plainly")
        wide = _extras(extra)
        if wide is not None:
            wanted = [value == _FULL for value in (size, packed, offset)]
            if len(wide) != 8 * sum(wanted):
                raise _bad(f"{name[:100]!r} has a damaged 64-bit field")
            values = iter(struct.unpack(f"<{sum(wanted)}Q", wide))
            size, packed, offset = (
                next(values) if want else value
                for want, value in zip(wanted, (size, packed, offset), strict=True)
            )
        if packed != size:
            raise _bad(f"{name[:100]!r} is stored and has two sizes, {packed} and {size}")
        entries.append(
            _Entry(name, (version, flags, method, time, date), checksum, size, offset, wide is not None)
        )
    if at != len(raw):
        raise _bad("the zip directory is longer than its number of records")
    return entries


def _extras(extra: bytes) -> bytes | None:
    """Return the 64-bit field, if there is one; anything but that and padding is refused."""
    at, wide = 0, None
    while at < len(extra):
        if at + 4 > len(extra):
            raise _bad("a zip record's extra field is damaged")
        kind, size = struct.unpack_from("<2H", extra, at)
        at += 4 + size
        if at > len(extra) or kind not in (_ZIP64, _PADDING) or (kind == _ZIP64 and wide is not None):
            raise _bad(f"a zip record has an extra field of kind {kind:#x} that is unknown or damaged")
        if kind == _ZIP64:
            wide = extra[at - size : at]
    return wide


def _records(source: ByteSource, entries: list[_Entry], end: int) -> dict[str, Record]:
    """Compare every local header and descriptor with the directory; they follow each other up to `end`."""
    if not entries:
        raise _bad("the zip archive is empty")
    found: dict[str, Record] = {}
    seen: set[str] = set()
    root = entries[0].name.partition(b"/")[0] + b"/"
    ordered = sorted(entries, key=lambda entry: entry.offset)
    if ordered[0].offset:
        raise _bad(f"{ordered[0].offset} bytes stand before the zip archive", 0)
    if ordered[-1].offset > end:
        raise _bad(f"{ordered[-1].name[:100]!r} is said to stand behind the records", end)
    described: _Entry | None = None
    for entry, following in zip(ordered, [*ordered[1:], None], strict=True):
        stop = following.offset if following else end
        before = described.descriptor if described else 0
        length = stop - entry.offset - entry.size - entry.descriptor
        if not _LOCAL.size <= length <= MAX_LOCAL:
            raise _bad(f"{entry.name[:100]!r} does not fill the place up to the next record", entry.offset)
        raw = source.read(entry.offset - before, before + length)
        if described:
            _check_descriptor(described, raw[:before])
        _check_local(entry, raw[before:])
        name = _name(entry.name, root)
        if name.lower() in seen:
            raise _bad(f"two records are called {name[:100]!r}")
        seen.add(name.lower())
        found[name] = Record(name, entry.offset + length, entry.size, entry.checksum)
        described = entry
    if described and described.descriptor:
        _check_descriptor(described, source.read(end - described.descriptor, described.descriptor))
    return found


def _check_local(entry: _Entry, raw: bytes) -> None:
    magic, *common, checksum, packed, size, name_size, extra_size = _LOCAL.unpack_from(raw)
    name = raw[_LOCAL.size : _LOCAL.size + name_size]
    if magic != b"PK\x03\x04" or _LOCAL.size + name_size + extra_size != len(raw):
        raise _bad(f"the local header of {entry.name[:100]!r} is damaged", entry.offset)
    if name != entry.name or tuple(common) != entry.common:
        raise _bad(f"the local header of {entry.name[:100]!r} contradicts the zip directory", entry.offset)
    wide = _extras(raw[_LOCAL.size + name_size :])
    if entry.common[1] & _DESCRIBED:
        expected = [(0, 0, 0), (entry.checksum, entry.size, entry.size)]
    else:
        expected = [(entry.checksum, entry.size, entry.size)]
        if wide is not None and size == packed == _FULL and len(wide) >= 16:
            size, packed = struct.unpack_from("<2Q", wide)
    if (checksum, packed, size) not in expected:
        raise _bad(f"the local header of {entry.name[:100]!r} has other sizes", entry.offset)


def _check_descriptor(entry: _Entry, raw: bytes) -> None:
    if not raw:
        return
    magic, checksum, packed, size = struct.unpack("<4sI2Q" if len(raw) == 24 else "<4s3I", raw)
    if magic != b"PK\x07\x08" or (checksum, packed, size) != (entry.checksum, entry.size, entry.size):
        raise _bad(f"the descriptor behind {entry.name[:100]!r} contradicts the zip directory")


def _name(raw: bytes, root: bytes) -> str:
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError:
        name = ""
    parts = name.split("/")
    if not raw.startswith(root) or not name.isprintable() or "\\" in name or {"", ".", ".."} & set(parts):
        raise _bad(f"{raw[:100]!r} is no record in the one folder of the archive")
    return name[len(root) :]
