"""What can go wrong before there is a verdict.

::

    NamegateError
    ├── UnreadableNameError      the text is no name: empty, too long, control characters, a path …
    ├── SchemeError              a naming scheme or its vocabulary does not load
    ├── PolicyError              a policy does not load; holds every mistake with line and column
    │   └── PolicyNotFoundError
    ├── UnknownRuleError         no rule has that code or name
    └── EvidenceError            what came with the name cannot be used
        └── WeightsNotFoundError

A *violation* is no error: it is part of a `Verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Span = tuple[int, int]
"""A `[start, end)` range of characters."""


class NamegateError(Exception):
    """Base of all errors that Namegate raises on purpose.

    `kind` is the kebab-case name of the error, the last part of the problem type in HTTP answers;
    `status` the HTTP status that fits it.
    """

    kind: ClassVar[str] = "error"
    status: ClassVar[int] = 422

    def __init__(self, message: str, *, source: str | None = None, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span

    def __str__(self) -> str:
        """Return the message and, where a source is known, its line with a caret under the span."""
        if self.source is None:
            return self.message
        return f"{self.message}\n{caret(self.source, self.span)}"


class UnreadableNameError(NamegateError):
    """The text cannot be read as a model name. `reason` is the kebab-case cause."""

    kind = "unreadable-name"

    def __init__(self, message: str, *, reason: str, source: str, span: Span) -> None:
        super().__init__(message, source=source, span=span)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SchemeProblem:
    """One mistake in a scheme's grammar; `line` and `column` count from 1.

    `text` is the line of the grammar and `span` the part of it that is wrong.
    """

    message: str
    source: str
    line: int
    column: int
    choices: tuple[str, ...] = ()
    text: str = ""
    span: Span | None = None

    def __str__(self) -> str:
        choices = f"; valid: {', '.join(self.choices)}" if self.choices else ""
        head = f"{self.source}:{self.line}:{self.column}: {self.message}{choices}"
        return f"{head}\n{caret(self.text, self.span)}" if self.text else head


class SchemeError(NamegateError):
    """A naming scheme (grammar or vocabulary) does not load.

    `problems` holds every mistake found in a grammar, in its order; it is empty where the scheme itself
    could not be had.
    """

    kind = "invalid-scheme"

    def __init__(
        self,
        message: str,
        *,
        source: str | None = None,
        span: Span | None = None,
        problems: tuple[SchemeProblem, ...] = (),
    ) -> None:
        super().__init__(message, source=source, span=span)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.problems)])


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One mistake in a policy document; `line` and `column` count from 1."""

    message: str
    source: str
    line: int
    column: int
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        choices = f"; valid: {', '.join(self.choices)}" if self.choices else ""
        return f"{self.source}:{self.line}:{self.column}: {self.message}{choices}"


class PolicyError(NamegateError):
    """A policy does not load; `problems` holds every mistake found, in document order."""

    kind = "invalid-policy"

    def __init__(self, message: str, problems: tuple[PolicyProblem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])


class PolicyNotFoundError(PolicyError):
    """No policy has that name or path."""

    kind = "policy-not-found"
    status = 404


class UnknownRuleError(NamegateError):
    """No rule has that code or name; `nearest` holds the closest spellings, `supported` all rules' names."""

    kind = "unknown-rule"
    status = 404

    def __init__(self, message: str, *, nearest: tuple[str, ...], supported: tuple[str, ...]) -> None:
        super().__init__(message)
        self.nearest = nearest
        self.supported = supported


class EvidenceError(NamegateError):
    """The evidence that came with a name (weights, config, card) cannot be used."""

    kind = "invalid-evidence"


class WeightsNotFoundError(EvidenceError):
    """No weights are where the caller said they are."""

    kind = "weights-not-found"


_SHOWN = 120
"""Characters of a source line that an error shows."""


def caret(source: str, span: Span | None) -> str:
    """Return `source` as one printable line, with carets under `span`; long sources are cut around it."""
    start, end = span or (0, 0)
    first = max(0, min(start - _SHOWN // 2, len(source) - _SHOWN))
    cut = source[first : first + _SHOWN]
    shown = [_printable(character) for character in cut]
    prefix, suffix = "…" if first else "", "…" if first + _SHOWN < len(source) else ""
    line = prefix + "".join(shown) + suffix
    if span is None:
        return line
    before = len(prefix) + sum(map(len, shown[: start - first]))
    width = sum(map(len, shown[start - first : max(end - first, start - first)]))
    return f"{line}\n{' ' * before}{'^' * max(1, width)}"


def _printable(character: str) -> str:
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
