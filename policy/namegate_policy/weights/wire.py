"""A protocol buffer in a source, of which only the pieces that are asked for are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.protobuf import MESSAGES, check, tag, varint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.weights.source import ByteSource

MAX_MESSAGE = 1 << 25
"""Bytes of one message that is read as a whole."""
MAX_READ = 1 << 26
"""Bytes of all that is read."""
MAX_FIELDS = 500_000
"""Fields of all messages; a node of ONNX takes some ten."""
SHORT = 64
"""Bytes of a field that is at hand as a whole wherever its tag is."""
HEAD = SHORT + 20
"""Bytes at hand from a tag on: the tag, the longest number behind it, and a short field."""
_SMALL = 512
_LARGE = 1 << 16


class Wire:
    """A view of `source` in pieces, which grow as long as they follow each other.

    Positions are offsets in the file. `buffer` is the piece at hand and `base` its position; both change
    whenever something is read. `budget` is how many fields may still come.
    """

    __slots__ = ("_piece", "_read", "base", "budget", "buffer", "source")

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.buffer = b""
        self.base = 0
        self.budget = MAX_FIELDS
        self._piece = _SMALL
        self._read = 0

    def at(self, position: int, need: int = HEAD) -> int:
        """Make the buffer hold `need` bytes from `position`, or up to the file's end; return their index."""
        index = position - self.base
        if index < 0 or index + need > len(self.buffer):
            follows = 0 <= index <= len(self.buffer)
            self._piece = min(2 * self._piece, _LARGE) if follows else _SMALL
            length = min(max(need, self._piece), self.source.size - position)
            self._read += length
            if self._read > MAX_READ:
                raise Refusal("header-too-large", f"more than {MAX_READ} bytes beside the tensors' data")
            self.buffer, self.base = self.source.read(position, length), position
            index = 0
        return index

    def bytes(self, start: int, end: int) -> bytes:
        """Return what lies between two positions."""
        if end - start > MAX_MESSAGE:
            raise Refusal("header-too-large", f"a message of {end - start} bytes, {MAX_MESSAGE} is the limit")
        index = self.at(start, end - start)
        return self.buffer[index : index + end - start]

    def spend(self, fields: int) -> None:
        """Take `fields` off the budget."""
        self.budget -= fields
        if self.budget <= 0:
            raise Refusal("header-too-large", f"more than {MAX_FIELDS} fields")

    def fields(self, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield number, wire type, start and end of the content of each field of a message.

        A varint, wire type 0, comes with its value in place of its start.
        """
        while at < end:
            self.budget -= 1
            if self.budget <= 0:
                self.spend(0)
            index = at - self.base
            if index < 0 or index + HEAD > len(self.buffer):
                index = self.at(at)
            buffer = self.buffer
            number, behind = buffer[index], index + 1
            if 8 <= number < 0x80:
                number, wire = number >> 3, number & 7
            else:
                number, wire, behind = tag(buffer, index)
            if wire == 2:
                length = buffer[behind]
                behind += 1
                if length >= 0x80:
                    length, behind = varint(buffer, behind - 1)
                start = at + behind - index
                stop = start + length
            elif wire == 0:
                start, behind = varint(buffer, behind)
                stop = at + behind - index
            elif wire in (1, 5):
                start = at + behind - index
                stop = start + (8 if wire == 1 else 4)
            else:
                raise Refusal("invalid-protobuf", f"a field has the wire type {wire}", offset=at)
            if stop > end:
                raise Refusal("truncated", "a field reaches behind its message", offset=at)
            yield number, wire, start, stop
            at = stop

    def check(self, parent: str, number: int, start: int, end: int) -> None:
        """Check the framing of a field's content; texts and unknown fields are passed over."""
        kind = MESSAGES[parent].get(number)
        if kind is None:
            return
        if end - start > MAX_MESSAGE:
            raise Refusal("header-too-large", f"a {kind} of {end - start} bytes, {MAX_MESSAGE} is the limit")
        index = self.at(start, end - start)
        self.spend(check(self.buffer, index, index + end - start, kind, self.budget))
