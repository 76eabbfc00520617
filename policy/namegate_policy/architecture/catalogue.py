"""The shipped catalogue of network families: which tensor-name patterns which classes have.

Two files, each loaded when first needed: fingerprints of whole pattern sets, which decide most
headers, and the sets themselves, for headers that are only close to one. `build/` makes both.
"""

from __future__ import annotations

import lzma
from collections import Counter
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from namegate_policy.architecture.patterns import fingerprint, without_nesting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_DATA = Path(__file__).parent / "data"
EXACT = _DATA / "exact.json.xz"
NEAR = _DATA / "near.json.xz"


class Exact(msgspec.Struct, array_like=True):
    """Fingerprint of a pattern set → numbers of two groups: all labels, and those that have it by default.

    A group is a list of steps between label numbers.
    """

    releases: list[str]
    labels: list[tuple[str, str, str]]
    """(library, type, class); the class is empty where the type is all there is to say"""
    groups: list[list[int]]
    fingerprints: dict[str, tuple[int, int]]
    defaults: dict[str, dict[str, int]]
    loose: dict[str, int]
    """as `fingerprints`, of the sets without nesting modules; one group, since none has these by default"""
    aliases: dict[str, str]
    """model type as some configurations write it → the type that its network is listed under"""


class Near(msgspec.Struct, array_like=True):
    """All patterns, front-coded; the sets as steps between pattern numbers; the group of each set."""

    patterns: list[tuple[int, str]]
    members: list[list[int]]
    groups: list[int]


class Label(NamedTuple):
    """One class of one type of one library."""

    library: str
    type: str
    cls: str
    usual: bool = False
    """whether the class writes these names in its default configuration"""


class Candidate(NamedTuple):
    """A catalogued set close to the one asked for: Jaccard similarity, and how many patterns they share."""

    similarity: float
    labels: tuple[Label, ...]
    shared: int


class _Index(NamedTuple):
    """What `Near` holds, by pattern: its number, and the numbers of the sets that have it."""

    numbers: dict[str, int]
    postings: list[list[int]]
    members: list[list[int]]
    """of each set, steps between pattern numbers"""
    groups: list[int]


class Catalogue:
    """The families by their tensor names."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact
        self.releases = tuple(exact.releases)
        self.defaults = exact.defaults
        self.aliases = exact.aliases
        self._extents: dict[Label, tuple[set[int], set[int]]] = {}

    @cached_property
    def types(self) -> frozenset[str]:
        """All types, of all libraries."""
        return frozenset(label[1] for label in self._exact.labels)

    @cached_property
    def gguf_types(self) -> frozenset[str]:
        """The architecture names of GGUF files."""
        return frozenset(label[1] for label in self._exact.labels if label[0] == "gguf")

    @cached_property
    def types_by_class(self) -> dict[str, set[str]]:
        """Architecture class → the types that it belongs to."""
        found: dict[str, set[str]] = {}
        for _, type_, cls in self._exact.labels:
            found.setdefault(cls or type_, set()).add(type_)
        return found

    def exact(self, patterns: Collection[str]) -> tuple[Label, ...]:
        """Return all classes whose names are exactly these, empty if there is none."""
        groups = self._exact.fingerprints.get(f"{fingerprint(patterns):016x}")
        return () if groups is None else self._labels(*groups)

    def loose(self, patterns: Collection[str]) -> tuple[Label, ...]:
        """Return all classes whose names are these but for modules that nest others."""
        group = self._exact.loose.get(f"{fingerprint(without_nesting(patterns)):016x}")
        return () if group is None else self._labels(group)

    def near(self, patterns: Collection[str], floor: float = 0.3) -> list[Candidate]:
        """Return the catalogued sets at least as similar as `floor`, the most similar first."""
        index = self._index
        known = [
            index.postings[number]
            for pattern in patterns
            if (number := index.numbers.get(pattern)) is not None
        ]
        shared: Counter[int] = Counter()
        for postings in known:
            shared.update(postings)
        asked = len(patterns)
        found = []
        for number, count in shared.items():
            similarity = count / (asked + len(index.members[number]) - count)
            if similarity >= floor:
                found.append((similarity, number, count))
        found.sort(reverse=True)
        return [
            Candidate(similarity, self._labels(index.groups[number]), count)
            for similarity, number, count in found[:200]
        ]

    def sets_of(self, types: Collection[str]) -> list[tuple[list[Label], frozenset[str]]]:
        """Return the pattern sets of some types, each with those of its labels that are of these types."""
        patterns = list(_decoded(self._near.patterns))
        found = []
        for steps, group in zip(self._near.members, self._near.groups, strict=True):
            labels = [label for label in self._labels(group) if label.type in types]
            if labels:
                found.append((labels, frozenset(patterns[number] for number in accumulate(steps))))
        return found

    def labels_of(self, type_: str | None) -> list[Label]:
        """Return the classes of a type, none of a type that is not known."""
        return [Label(*label) for label in self._exact.labels if label[1] == type_]

    def composing(self, patterns: Collection[str], labels: Iterable[Label]) -> list[Label]:
        """Return those of the classes of which a set has each of these patterns, and no set lacks another.

        So are networks that turn several switches at once which are known one by one.
        """
        asked = {number for pattern in patterns if (number := self._index.numbers.get(pattern)) is not None}
        if len(asked) < len(patterns):
            return []
        return [
            label
            for label in dict.fromkeys(label._replace(usual=False) for label in labels)
            for every, some in (self._extent(label),)
            if every <= asked <= some
        ]

    def _extent(self, label: Label) -> tuple[set[int], set[int]]:
        """Return the numbers of the patterns that all sets of a class have, and of those that some have."""
        if label not in self._extents:
            sets = [set(accumulate(self._index.members[number])) for number in self._numbers_of_sets[label]]
            self._extents[label] = set.intersection(*sets), set.union(*sets)
        return self._extents[label]

    @cached_property
    def _numbers_of_sets(self) -> dict[Label, list[int]]:
        found: dict[Label, list[int]] = {}
        for number, group in enumerate(self._index.groups):
            for label in self._labels(group):
                found.setdefault(label, []).append(number)
        return found

    def _labels(self, group: int, usual: int | None = None) -> tuple[Label, ...]:
        by_default = set() if usual is None else set(accumulate(self._exact.groups[usual]))
        return tuple(
            Label(*self._exact.labels[number], usual=number in by_default)
            for number in accumulate(self._exact.groups[group])
        )

    @cached_property
    def _near(self) -> Near:
        return msgspec.json.decode(lzma.decompress(NEAR.read_bytes()), type=Near)

    @cached_property
    def _index(self) -> _Index:
        near = self._near
        postings: list[list[int]] = [[] for _ in near.patterns]
        for number, steps in enumerate(near.members):
            for member in accumulate(steps):
                postings[member].append(number)
        numbers = {pattern: number for number, pattern in enumerate(_decoded(near.patterns))}
        return _Index(numbers, postings, near.members, near.groups)


def _decoded(coded: list[tuple[int, str]]) -> Iterator[str]:
    text = ""
    for shared, rest in coded:
        text = text[:shared] + rest
        yield text


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue; it is read once."""
    return Catalogue(msgspec.json.decode(lzma.decompress(EXACT.read_bytes()), type=Exact))
