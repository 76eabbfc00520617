"""The name holds a word that the policy forbids.

## What it does
Looks for whole words (runs of letters, or of letters and digits) in any case, and for RE2 patterns in
the full id.

## Why is this bad
Words such as `final` and `new` are true for a week and mislead for years; others are trademarks or
internal names that must not be published.

## Bad example
```
acme/llama-3-8b-final
acme/llama-3-8b-New
```

## Good example
```
acme/llama-3-8b
acme/finalformer-8b
```
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import re2
from pydantic import Field, field_validator

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import removal
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.errors import Span
    from namegate_policy.naming.model import ModelName

_WORD = re.compile(r"[^\W_]+")


class ForbiddenWordOptions(Options):
    """Options of forbidden-word."""

    words: tuple[str, ...] = Field(
        default=("copy", "final", "latest", "new", "old", "temp", "tmp", "untitled"),
        description="forbidden words, in any case",
    )
    patterns: tuple[str, ...] = Field(
        default=(),
        description="forbidden RE2 patterns, searched in the full id; `(?i)` makes one ignore case",
    )

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re2.compile(pattern)
            except re2.error as error:
                raise ValueError(f"{pattern!r} is no RE2 pattern: {error}") from error
        return patterns

    @field_validator("words")
    @classmethod
    def _single(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if not _WORD.fullmatch(word):
                raise ValueError(f"{word!r} is not one word; write a pattern for it")
        return words

    @cached_property
    def folded(self) -> frozenset[str]:
        """The words as they are compared."""
        return frozenset(word.casefold() for word in self.words)

    @cached_property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        """The patterns, ready to search."""
        return tuple(re2.compile(pattern) for pattern in self.patterns)


def _check(subject: Subject, options: ForbiddenWordOptions) -> Iterator[Finding]:
    text = subject.name.text
    for match in _WORD.finditer(text):
        if match[0].casefold() in options.folded:
            yield _finding(subject.name, match.span(), f"the word “{match[0]}” is forbidden")
    for pattern in options.compiled:
        for match in pattern.finditer(text):
            message = f"“{match[0]}” is forbidden by the pattern {pattern.pattern}"
            yield _finding(subject.name, match.span(), message)


def _finding(name: ModelName, span: Span, message: str) -> Finding:
    fix = _without(name, span)
    return Finding(message, span=span, actual=name.text[slice(*span)], fixes=(fix,) if fix else ())


def _without(name: ModelName, span: Span) -> tuple[Edit, ...] | None:
    for index, component in enumerate(name.components):
        if component.span == span:
            return removal(name, index)
    before, after = name.text[: span[0]], name.text[span[1] :]
    if before and not before[-1].isalnum() and before[-1] != "/":
        return (Edit((span[0] - 1, span[1]), ""),)
    if after and not after[0].isalnum():
        return (Edit((span[0], span[1] + 1), ""),)
    return None


RULE = Rule("NG107", "forbidden-word", Severity.ERROR, ForbiddenWordOptions, _check)
