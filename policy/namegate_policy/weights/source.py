"""Where header bytes come from: a file, a file object, a hub, or ranges that a client read before."""

from __future__ import annotations

from typing import Protocol


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
