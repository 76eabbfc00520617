"""What a rule is. Each rule is one module of this package; `registry.py` is the literal list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from namegate_policy.errors import Span
    from namegate_policy.evidence import Evidence
    from namegate_policy.naming import ModelName, Vocabulary
    from namegate_policy.verdict import Edit, Severity


class Options(BaseModel):
    """Base of every rule's options; unknown options are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a name as read, the evidence beside it, and the words that the policy knows."""

    name: ModelName
    evidence: Evidence
    vocabulary: Vocabulary
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found; the engine makes it a `Violation`.

    `fixes` are alternative repairs, the best first, each a set of edits of the full id. The engine
    tries them and shows only a name that passes the whole policy. `severity` caps the policy's setting:
    a rule that is in doubt warns where it would deny when sure.
    """

    message: str
    span: Span | None = None
    expected: str | None = None
    actual: Any = None
    fixes: tuple[tuple[Edit, ...], ...] = ()
    severity: Severity | None = None


OptionsT = TypeVar("OptionsT", bound=Options)


@dataclass(frozen=True, slots=True)
class Rule(Generic[OptionsT]):
    """A rule: its code and name, its default severity, its options and its check.

    The module that defines it documents it in its docstring: what it does, why that is bad, a bad
    and a good example, and the options.
    """

    code: str
    name: str
    severity: Severity
    options: type[OptionsT]
    check: Callable[[Subject, OptionsT], Iterable[Finding]]
