"""What one library contributes to the catalogue, written as one JSON file."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from namegate_policy.architecture.patterns import is_legacy, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class Entry(msgspec.Struct, frozen=True):
    """One way in which one class of one type names its tensors."""

    type: str
    cls: str
    patterns: tuple[str, ...]


class Part(msgspec.Struct):
    """One library at one release. `defaults` are the numbers that a type's canonical configuration has."""

    library: str
    version: str
    entries: list[Entry] = []
    defaults: dict[str, dict[str, int]] = {}
    failed: dict[str, str] = {}
    aliases: dict[str, str] = {}
    """model type as some configurations write it → the type that its network is listed under"""

    def add(self, type_: str, cls: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Add one state dict: tensor name → shape."""
        self.add_patterns(type_, cls, patterns_of(shapes))

    def add_patterns(self, type_: str, cls: str, patterns: Iterable[str]) -> None:
        """Add one set of patterns."""
        self.entries.append(Entry(type_, cls, tuple(sorted(set(patterns)))))

    def write(self, path: Path) -> None:
        """Write the part, each different entry once."""
        self.entries = list(dict.fromkeys(self.entries))
        path.write_bytes(msgspec.json.encode(self))


class Network(msgspec.Struct):
    """The tensors of one class of one type as a release of transformers saves them: name → shape."""

    release: str
    type: str
    cls: str = msgspec.field(name="class")
    tensors: dict[str, tuple[int, ...]]


def patterns_of(shapes: Mapping[str, tuple[int, ...]]) -> frozenset[str]:
    """Return the patterns of a state dict without those that only some releases write."""
    names = list(shapes)
    return frozenset(
        pattern
        for name, pattern in zip(names, normalize(names), strict=True)
        if not is_legacy(pattern, tuple(shapes[name]))
    )


class TookTooLongError(Exception):
    """A network was not built in time."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TookTooLongError in the block after `seconds`."""

    def stop(*_: object) -> None:
        raise TookTooLongError(f"not built in {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
