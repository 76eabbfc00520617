"""The name is shorter or longer than the policy allows.

## What it does
Counts the characters of the name after the organization. Where the name is too long, it proposes to
leave out components without meaning (kind `other`).

## Why is this bad
Long names are cut in user interfaces, and many registries refuse them: at most 96 characters on
Hugging Face, 63 in SageMaker, Bedrock and Vertex AI.

## Bad example
```
acme/m
acme/llama-3-8b-instruct-test-new-test-new-test-new-test-new-test-new-test-new-test-new-test-new-test-new
```

## Good example
```
acme/llama-3-8b-instruct
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import removal
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import ModelName
    from namegate_policy.verdict import Edit


class NameLengthOptions(Options):
    """Options of name-length."""

    minimum: int = Field(default=2, ge=1, description="fewest characters after the organization")
    maximum: int = Field(default=96, ge=1, description="most characters after the organization")

    @model_validator(mode="after")
    def _ordered(self) -> NameLengthOptions:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is greater than maximum {self.maximum}")
        return self


def _check(subject: Subject, options: NameLengthOptions) -> Iterator[Finding]:
    name = subject.name
    length = len(name.repository)
    start, end = name.repository_span
    if length < options.minimum:
        yield Finding(
            f"the name has {length} character{'s' * (length != 1)},"
            f" the policy asks for {options.minimum} or more",
            span=(start, end),
            expected=f"{options.minimum} characters or more",
            actual=length,
        )
    elif length > options.maximum:
        fix = _shorter(name, length - options.maximum)
        yield Finding(
            f"the name has {length} characters, the policy allows {options.maximum}",
            span=(start + options.maximum, end),
            expected=f"{options.maximum} characters or fewer",
            actual=length,
            fixes=(fix,) if fix else (),
        )


def _shorter(name: ModelName, excess: int) -> tuple[Edit, ...]:
    """Return edits that delete meaningless components from the end until `excess` characters are gone."""
    edits: list[Edit] = []
    for index in reversed(range(1, len(name.components))):
        if name.components[index].kind is not Kind.OTHER:
            continue
        for edit in removal(name, index) or ():
            edits.append(edit)
            excess -= edit.span[1] - edit.span[0]
        if excess <= 0:
            return tuple(edits)
    return ()


RULE = Rule("NG105", "name-length", Severity.ERROR, NameLengthOptions, _check)
