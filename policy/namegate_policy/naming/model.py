"""What a name is once it is read: components of 14 kinds, each a span of the full id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from namegate_policy.errors import Span
    from namegate_policy.naming.values import Size, Version


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


@dataclass(frozen=True, slots=True)
class Component:
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


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model id `[organization/]repository` and how it is read.

    `margin` says by how much the chosen reading beats `runner_up`, in log-odds: 0 is a tie, and
    infinity means that no other reading was possible (`runner_up` is then None). `mismatch` says where
    the name leaves a strict scheme; its components are then the best reading under no scheme.
    """

    text: str
    organization: str | None
    repository: str
    components: tuple[Component, ...]
    scheme: str
    margin: float
    runner_up: tuple[Component, ...] | None
    size: Size | None
    version: Version | None
    mismatch: SchemeMismatch | None = None

    def of(self, kind: Kind) -> tuple[Component, ...]:
        """Return the components of one kind, in order of appearance."""
        return tuple(component for component in self.components if component.kind is kind)
