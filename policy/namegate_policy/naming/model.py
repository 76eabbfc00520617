"""What a name is once it is read: components of 14 kinds, each a span of the full id."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import force_setattr

from namegate_policy.naming.values import read_size, read_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.errors import Span
    from namegate_policy.naming.values import Size, Version

    Alternatives = Callable[["ModelName"], tuple[float, "tuple[Component, ...] | None"]]


class Kind(StrEnum):
    """The kinds of components (`docs/naming-convention.md`)."""

    VENDOR = "vendor"
    ARCHITECTURE = "architecture"
    TITLE = "title"
    SIZE = "size"
    DIMENSION = "dimension"
    VERSION = "version"
    DATASET = "dataset"
    LANGUAGE = "language"
    TASK = "task"
    INPUT = "input"
    TRAINING = "training"
    QUANTIZATION = "quantization"
    FORMAT = "format"
    OTHER = "other"


class Component(msgspec.Struct, frozen=True, gc=False):
    """One component of a name.

    `span` counts characters of the full id. `canonical` is the vocabulary's own spelling of a known
    word (`Llama` → `llama`), or None for a word that no vocabulary holds.
    """

    kind: Kind
    text: str
    span: Span
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class SchemeMismatch:
    """Where a name leaves its scheme: the part at `span` is `found`, the scheme takes `expected` there.

    `found` and `expected` are in words ("the version 'v2'"; "a size", "'-'", "the end of the name");
    an empty span at the end of the text says that something is missing there.
    """

    scheme: str
    span: Span
    found: str
    expected: tuple[str, ...]

    def __str__(self) -> str:
        *others, last = self.expected
        wanted = f"{', '.join(others)} or {last}" if others else last
        return f"the scheme {self.scheme} takes {wanted} here, the name has {self.found}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text: its components in order, and a score.

    The difference of two readings' scores is their margin, in log-odds: the higher score is the better.
    """

    components: tuple[Component, ...]
    score: float


class _Unset:
    """Stands for a value that has not been worked out yet."""


_UNSET = _Unset()


class ModelName(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A model id `[organization/]repository` and how it is read; it does not change.

    `components` are the parts of the name in order. `margin` says by how much this reading beats
    `runner_up`, in log-odds: 0 is a tie, and infinity means that no other reading was possible
    (`runner_up` is then None). `size` and `version` are what the size components and the first version
    component say. `mismatch` says where the name leaves a strict scheme; its components are then the
    best reading under no scheme.

    `alternatives` are margin and runner-up, or what works them out; like size and version, they are
    worked out when they are first asked for.
    """

    text: str
    organization: str | None
    repository: str
    components: tuple[Component, ...]
    scheme: str = "ptm"
    mismatch: SchemeMismatch | None = None
    alternatives: Alternatives | tuple[float, tuple[Component, ...] | None] = (math.inf, None)
    _size: Size | _Unset | None = _UNSET
    _version: Version | _Unset | None = _UNSET

    @property
    def repository_span(self) -> Span:
        """Where the repository part of the id stands."""
        return len(self.text) - len(self.repository), len(self.text)

    @property
    def margin(self) -> float:
        """By how much this reading beats the runner-up, in log-odds."""
        return self._best()[0]

    @property
    def runner_up(self) -> tuple[Component, ...] | None:
        """The second best reading, or None if there is none."""
        return self._best()[1]

    @property
    def size(self) -> Size | None:
        """What the size components say together."""
        if isinstance(self._size, _Unset):
            size = read_size([part.text for part in self.components if part.kind is Kind.SIZE])
            force_setattr(self, "_size", size)
            return size
        return self._size

    @property
    def version(self) -> Version | None:
        """What the first version component says."""
        if isinstance(self._version, _Unset):
            first = next((part.text for part in self.components if part.kind is Kind.VERSION), None)
            version = None if first is None else read_version(first)
            force_setattr(self, "_version", version)
            return version
        return self._version

    def of(self, kind: Kind) -> tuple[Component, ...]:
        """Return the components of one kind, in order of appearance."""
        return tuple(component for component in self.components if component.kind is kind)

    def _best(self) -> tuple[float, tuple[Component, ...] | None]:
        best = self.alternatives
        if callable(best):
            best = best(self)
            force_setattr(self, "alternatives", best)
        return best

    def _fields(self) -> tuple[object, ...]:
        return (
            self.text, self.organization, self.repository, self.components, self.scheme, self.mismatch,
            self._best(),
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if isinstance(other, ModelName) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.text, self.scheme, self.components))

    def __repr__(self) -> str:
        parts = " ".join(f"{c.kind}:{c.text}" for c in self.components)
        return f"<ModelName {self.text!r} {self.scheme} {parts}>"

    def __reduce__(self) -> tuple[object, ...]:
        return ModelName, self._fields()
