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
    from collections.abc import Collection, Iterator

_DATA = Path(__file__).parent / "data"
EXACT = _DATA / "exact.json.xz"
NEAR = _DATA / "near.json.xz"


class Exact(msgspec.Struct, array_like=True):
    """Fingerprint of a pattern set → number of a group; a group is a list of steps between label numbers."""

    releases: list[str]
    labels: list[tuple[str, str, str]]
    """(library, type, class); the class is empty where the type is all there is to say"""
    groups: list[list[int]]
    fingerprints: dict[str, int]
    defaults: dict[str, dict[str, int]]
    loose: dict[str, int]
    """as `fingerprints`, of the sets without nesting modules"""


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


class Candidate(NamedTuple):
    """A catalogued set close to the one asked for: Jaccard similarity, and patterns on one side only."""

    similarity: float
    labels: tuple[Label, ...]
    size: int
    shared: int


class Catalogue:
    """The families by their tensor names."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact
        self.releases = tuple(exact.releases)
        self.defaults = exact.defaults

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
        group = self._exact.fingerprints.get(f"{fingerprint(patterns):016x}")
        return () if group is None else self._labels(group)

    def loose(self, patterns: Collection[str]) -> tuple[Label, ...]:
        """Return all classes whose names are these but for modules that nest others."""
        group = self._exact.loose.get(f"{fingerprint(without_nesting(patterns)):016x}")
        return () if group is None else self._labels(group)

    def near(self, patterns: Collection[str], floor: float = 0.3) -> list[Candidate]:
        """Return the catalogued sets at least as similar as `floor`, the most similar first."""
        index, sizes, groups = self._index
        known = [postings for pattern in patterns if (postings := index.get(pattern)) is not None]
        shared: Counter[int] = Counter()
        for postings in known:
            shared.update(postings)
        asked = len(patterns)
        found = []
        for number, count in shared.items():
            similarity = count / (asked + sizes[number] - count)
            if similarity >= floor:
                found.append((similarity, number, count))
        found.sort(reverse=True)
        return [
            Candidate(similarity, self._labels(groups[number]), sizes[number], count)
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

    def _labels(self, group: int) -> tuple[Label, ...]:
        return tuple(Label(*self._exact.labels[number]) for number in accumulate(self._exact.groups[group]))

    @cached_property
    def _near(self) -> Near:
        return msgspec.json.decode(lzma.decompress(NEAR.read_bytes()), type=Near)

    @cached_property
    def _index(self) -> tuple[dict[str, list[int]], list[int], list[int]]:
        near = self._near
        patterns = list(_decoded(near.patterns))
        postings: list[list[int]] = [[] for _ in patterns]
        for number, steps in enumerate(near.members):
            for member in accumulate(steps):
                postings[member].append(number)
        return dict(zip(patterns, postings, strict=True)), [len(steps) for steps in near.members], near.groups


def _decoded(coded: list[tuple[int, str]]) -> Iterator[str]:
    text = ""
    for shared, rest in coded:
        text = text[:shared] + rest
        yield text


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue; it is read once."""
    return Catalogue(msgspec.json.decode(lzma.decompress(EXACT.read_bytes()), type=Exact))
