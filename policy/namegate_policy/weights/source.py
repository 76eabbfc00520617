"""Where header bytes come from: a file, a file object, or ranges that a client read before."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from typing import IO, TYPE_CHECKING, Protocol

from namegate_policy.errors import EvidenceError, WeightsNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self


class ByteSource(Protocol):
    """A file that can be read by byte range.

    Readers ask only for header bytes. A source that records the ranges it was asked for is what a
    client sends to a server, which replays the same reader on them and so reaches the same result.
    """

    @property
    def name(self) -> str:
        """The file's name relative to the upload, with `/` between folders."""

    @property
    def size(self) -> int:
        """The file's size in bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""

    def close(self) -> None:
        """Let go of what reading holds open; a later read opens it again."""


class MissingRangeError(EvidenceError):
    """A reader asked for bytes that the client did not send."""

    kind = "missing-range"


class FileSource:
    """A regular file on disk, opened at the first read and never followed when its last part is a link.

    With `listed`, a look into the folder has just shown a regular file there; then what is opened or asked
    for its size first is what counts, and the constructor touches nothing.
    """

    __slots__ = ("_descriptor", "_identity", "_path", "_size", "name")

    def __init__(self, path: Path | str, name: str | None = None, *, listed: bool = False) -> None:
        self._path = os.fspath(path)
        self.name = os.path.basename(self._path) if name is None else name  # noqa: PTH119 (hot: one a shard)
        self._identity: tuple[int, int] | None = None
        self._descriptor = -1
        if not listed:
            self._look()

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        if self._identity is None:
            self._look()
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if self._descriptor < 0:
            self._open()
        if offset + length > self._size:
            raise EOFError
        try:
            data = os.pread(self._descriptor, length, offset)
            while len(data) != length:
                more = os.pread(self._descriptor, length - len(data), offset + len(data))
                if not more:
                    raise EOFError
                data += more
        except OSError as error:
            raise EvidenceError(f"{self.name}: {_reason(error)}") from error
        return data

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) >= 0:
            self.close()

    def _look(self) -> None:
        try:
            status = os.lstat(self._path)
        except (OSError, ValueError) as error:
            raise WeightsNotFoundError(f"{self.name}: {_reason(error)}") from error
        self._keep(status)

    def _keep(self, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        if self._identity is not None and identity != self._identity:
            raise EvidenceError(f"{self.name}: replaced while it was read")
        if not stat.S_ISREG(status.st_mode):
            raise WeightsNotFoundError(f"{self.name}: not a regular file")
        if self._identity is None:
            self._size, self._identity = status.st_size, identity

    def _open(self) -> None:
        try:
            descriptor = os.open(self._path, _FLAGS)
        except OSError as error:
            raise EvidenceError(f"{self.name}: {_reason(error)}") from error
        try:
            self._keep(os.fstat(descriptor))
        except EvidenceError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor


_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Non-blocking and no-follow: between lstat and open the file may have become a pipe or a link."""


class StreamSource:
    """A seekable binary file object, which stays the caller's to close."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self.name = name
        self.size = stream.seek(0, os.SEEK_END)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if offset + length > self.size:
            raise EOFError
        self._stream.seek(offset)
        parts: list[bytes] = []
        while length > 0:
            part = self._stream.read(length)
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Leave the caller's file object open."""


class BytesSource:
    """A file that is in memory as a whole."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self.name = name
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if offset + length > self.size:
            raise EOFError
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Nothing is held open."""


class RecordingSource:
    """Passes reads on to another source and keeps what was read, for a server to replay."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.name = source.name
        self.size = source.size
        self._reads: dict[tuple[int, int], bytes] = {}

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        data = self._source.read(offset, length)
        if data:
            self._reads[offset, length] = data
        return data

    def close(self) -> None:
        """Close the source behind."""
        self._source.close()

    @property
    def ranges(self) -> tuple[tuple[int, bytes], ...]:
        """What was read, as (offset, bytes) in ascending order; touching and overlapping reads are one."""
        merged: list[tuple[int, bytearray]] = []
        for (offset, _), data in sorted(self._reads.items(), key=lambda item: item[0]):
            if merged and offset <= merged[-1][0] + len(merged[-1][1]):
                start, before = merged[-1]
                before += data[start + len(before) - offset :] if offset < start + len(before) else data
            else:
                merged.append((offset, bytearray(data)))
        return tuple((offset, bytes(data)) for offset, data in merged)


class RangesSource:
    """Replays ranges of a file that somebody else read.

    They come from an untrusted client: they must ascend, not overlap and lie inside of the file's
    size; raises EvidenceError otherwise. Reading what is in no range raises MissingRangeError.
    """

    def __init__(self, name: str, size: int, ranges: Iterable[tuple[int, bytes]]) -> None:
        self.name = name
        self.size = size
        self._starts: list[int] = []
        self._parts: list[bytes] = []
        if size < 0 or size > MAX_FILE:
            raise EvidenceError(f"{name}: a size of {size} bytes is out of range")
        end = 0
        for offset, data in ranges:
            if offset < 0 or offset + len(data) > size:
                raise EvidenceError(
                    f"{name}: the range at {offset} of {len(data)} bytes lies outside of the file's {size}"
                )
            if offset < end:
                raise EvidenceError(
                    f"{name}: the range at {offset} overlaps or precedes the one that ends at {end}"
                )
            if self._parts and offset == end:
                raise EvidenceError(f"{name}: the ranges that meet at {offset} have to be one")
            if not data:
                raise EvidenceError(f"{name}: the range at {offset} is empty")
            self._starts.append(offset)
            self._parts.append(data)
            end = offset + len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if offset + length > self.size:
            raise EOFError
        if length == 0:
            return b""
        index = bisect_right(self._starts, offset) - 1
        if index >= 0:
            start, part = self._starts[index], self._parts[index]
            if offset + length <= start + len(part):
                return part[offset - start : offset - start + length]
        raise MissingRangeError(
            f"{self.name}: bytes {offset} to {offset + length} are needed and were not sent"
        )

    def close(self) -> None:
        """Nothing is held open."""


MAX_FILE = 1 << 50
"""Bytes; a file above one pebibyte is a lie or beyond every loader."""


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
