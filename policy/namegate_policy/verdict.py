"""What comes out: a verdict, its violations and the name that would pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from namegate_policy.naming.record import name_from_dict, name_to_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.errors import Span
    from namegate_policy.naming.model import ModelName


class Severity(StrEnum):
    """How much a violation weighs: an error denies in an enforcing policy, the others never do."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


class Mode(StrEnum):
    """What a policy, or one rule of it, does with errors: record (audit), show (warn) or deny (enforce)."""

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
    mode: Mode
    message: str
    span: Span | None = None
    expected: str | None = None
    actual: Any = None
    waived_by: str | None = None
    policy_location: Location | None = None

    @property
    def denies(self) -> bool:
        """Whether this alone keeps the name from being allowed."""
        return self.severity is Severity.ERROR and self.mode is Mode.ENFORCE and self.waived_by is None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that was found to pass the same policy, and the edits of the full id that lead to it."""

    name: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """Which policy decided: its name, its revision, and the SHA-256 of its resolved document."""

    name: str
    revision: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


@dataclass(frozen=True)
class Verdict:
    """The decision on one name.

    `suggestions` are ordered, the smallest change first. `weights` states what the weights were
    found to be (fields of `Architecture`, those known), None when there were none to read.
    """

    name: ModelName
    policy: PolicyReference
    mode: Mode
    outcome: Outcome
    violations: tuple[Violation, ...]
    suggestions: tuple[Suggestion, ...] = ()
    weights: Mapping[str, Any] | None = None

    @property
    def allowed(self) -> bool:
        """Whether the upload may go on."""
        return self.outcome is Outcome.ALLOWED

    @property
    def suggestion(self) -> str | None:
        """The name closest to the given one that passes the policy, if one was found."""
        return self.suggestions[0].name if self.suggestions else None

    @cached_property
    def decision_id(self) -> str:
        """The first 32 hexadecimal digits of the SHA-256 of everything else in the verdict.

        Equal decisions have equal ids, and nobody can change a verdict and keep its id.
        """
        return hashlib.sha256(self._json).hexdigest()[:32]

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON types, in the order in which every door prints it."""
        return {"decision_id": self.decision_id, **self._content()}

    def to_json(self) -> bytes:
        """Return the verdict as UTF-8 JSON; the same bytes in process, on the command line and over HTTP."""
        return b'{"decision_id":"%b",%b' % (self.decision_id.encode(), self._json[1:])

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Verdict:
        """Return the verdict that `to_dict` wrote.

        Raises ValueError when the data is no verdict or does not match its decision id.
        """
        try:
            verdict = cls(
                name=name_from_dict(record["name"]),
                policy=PolicyReference(**record["policy"]),
                mode=Mode(record["mode"]),
                outcome=Outcome(record["outcome"]),
                violations=tuple(map(_read_violation, record["violations"])),
                suggestions=tuple(map(_read_suggestion, record["suggestions"])),
                weights=record["weights"],
            )
            claimed = record["decision_id"]
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"this is no verdict: {error!r}") from error
        if verdict.decision_id != claimed:
            raise ValueError(f"the verdict does not match its decision id {claimed}")
        return verdict

    @cached_property
    def _json(self) -> bytes:
        return msgspec.json.encode(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "allowed": self.allowed,
            "outcome": self.outcome.value,
            "mode": self.mode.value,
            "policy": {
                "name": self.policy.name,
                "revision": self.policy.revision,
                "digest": self.policy.digest,
            },
            "name": name_to_dict(self.name),
            "violations": [_violation(violation) for violation in self.violations],
            "suggestion": self.suggestion,
            "suggestions": [
                {
                    "name": suggestion.name,
                    "edits": [{"span": list(edit.span), "text": edit.text} for edit in suggestion.edits],
                }
                for suggestion in self.suggestions
            ],
            "weights": self.weights,
        }


def _violation(violation: Violation) -> dict[str, Any]:
    location = violation.policy_location
    return {
        "code": violation.code,
        "rule": violation.rule,
        "severity": violation.severity.value,
        "mode": violation.mode.value,
        "message": violation.message,
        "span": list(violation.span) if violation.span else None,
        "expected": violation.expected,
        "actual": violation.actual,
        "waived_by": violation.waived_by,
        "policy_location": location
        and {"line": location.line, "column": location.column, "source": location.source},
    }


def _read_violation(record: Mapping[str, Any]) -> Violation:
    span, location = record["span"], record["policy_location"]
    return Violation(
        code=record["code"],
        rule=record["rule"],
        severity=Severity(record["severity"]),
        mode=Mode(record["mode"]),
        message=record["message"],
        span=(span[0], span[1]) if span else None,
        expected=record["expected"],
        actual=record["actual"],
        waived_by=record["waived_by"],
        policy_location=Location(**location) if location else None,
    )


def _read_suggestion(record: Mapping[str, Any]) -> Suggestion:
    edits = (Edit((edit["span"][0], edit["span"][1]), edit["text"]) for edit in record["edits"])
    return Suggestion(record["name"], tuple(edits))
