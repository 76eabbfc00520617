"""A forward view of a file's header that never holds more than one piece of it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from namegate_policy.weights.problems import Refusal

if TYPE_CHECKING:
    from namegate_policy.weights.source import ByteSource

PIECE = 1 << 18
"""Bytes read at once behind the first quarter of that."""


class Window:
    """Reads `source` from its start in growing pieces and refuses headers above `limit` bytes."""

    def __init__(self, source: ByteSource, limit: int, piece: int = PIECE) -> None:
        self._source = source
        self._end = min(source.size, limit)
        self._piece = piece
        self._limited = source.size > limit
        self._buffer = b""
        self._start = 0
        """Offset of the buffer in the file"""
        self._at = 0
        """Position within the buffer; may lie behind its end after a skip"""

    @property
    def position(self) -> int:
        """The offset in the file of the next byte."""
        return self._start + self._at

    @property
    def remaining(self) -> int:
        """The bytes that a header may still have."""
        return self._end - self.position

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes; raises Refusal where the file or the limit ends before."""
        at = self._at
        self._at = at + length
        if self._at > len(self._buffer):
            self._fill(self._start + at, length)
            at, self._at = 0, length
        return self._buffer[at : at + length]

    def skip(self, length: int) -> None:
        """Pass over `length` bytes without reading them; raises Refusal as `take` does."""
        if length > self.remaining:
            raise self._too_short(length)
        self._at += length

    def skip_prefixed(self, count: int, order: str) -> int:
        """Pass over `count` strings, each behind its length in eight bytes.

        Returns the longest length met where the piece of the file had to change, so that a length above
        a piece's size is always among them.
        """
        unpack = struct.Struct(order + "Q").unpack_from
        buffer, at, longest = self._buffer, self._at, 0
        while count:
            length = passed = 0
            try:
                for passed in range(1, count + 1):  # noqa: B007 (used after a break-off)
                    length = unpack(buffer, at)[0]
                    at += length + 8
            except (struct.error, OverflowError):
                passed -= 1  # the next length lies behind this piece
            count -= passed
            if at > len(buffer):
                longest = max(longest, length)
            if self._start + at > self._end:
                raise self._too_short(length)
            if count:
                self._fill(self._start + at, 8)
                buffer, at = self._buffer, 0
        self._at = at
        return longest

    def _fill(self, offset: int, length: int) -> None:
        """Make the buffer begin at `offset` and hold at least `length` bytes."""
        if offset + length > self._end:
            raise self._too_short(length)
        piece = self._piece if offset else self._piece // 4
        self._buffer = self._source.read(offset, min(max(length, piece), self._end - offset))
        self._start, self._at = offset, 0

    def _too_short(self, length: int) -> Refusal:
        if self._limited:
            return Refusal("header-too-large", f"the header is longer than {self._end} bytes")
        return Refusal(
            "truncated",
            f"{length} bytes are announced, the file of {self._source.size} ends before",
            offset=self.position,
        )
