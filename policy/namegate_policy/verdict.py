"""What comes out: a verdict, its violations and the name that would pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from namegate_policy.errors import Span


class Severity(StrEnum):
    """How much a violation weighs: an error denies in an enforcing policy, the others never do."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


class Mode(StrEnum):
    """What a policy does with errors: record them (audit), show them (warn) or deny (enforce)."""

    AUDIT = "audit"
    WARN = "warn"
    ENFORCE = "enforce"


class Outcome(StrEnum):
    """Allowed, denied, or not decidable because the weights cannot be trusted."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters `span` of the full id by `text`; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a policy document; `line` and `column` count from 1."""

    line: int
    column: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that the name breaks, with the part of the full id that breaks it."""

    code: str
    rule: str
    severity: Severity
    message: str
    span: Span | None = None
    expected: str | None = None
    actual: Any = None
    waived_by: str | None = None
    policy_location: Location | None = None
