"""Letters are in another case than the policy asks for.

## What it does
Checks the case of each component's letters; the organization is left alone. `kinds` sets another case
for some kinds of components, such as `quantization: any`.

## Why is this bad
Several registries and file systems ignore case and others do not, so `Llama-3` and `llama-3` are one
model in one place and two in another.

## Bad example
```
acme/Llama-3-8B
```

## Good example
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import elsewhere
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class Case(StrEnum):
    """How letters are written; `capitalized` means that the first letter of a component is a capital."""

    LOWER = "lower"
    UPPER = "upper"
    CAPITALIZED = "capitalized"
    ANY = "any"

    def of(self, text: str) -> str:
        """Return `text` in this case."""
        match self:
            case Case.LOWER:
                return text.lower()
            case Case.UPPER:
                return text.upper()
            case Case.CAPITALIZED:
                return text[:1].upper() + text[1:]
            case Case.ANY:
                return text


class CaseStyleOptions(Options):
    """Options of case-style."""

    case: Case = Field(default=Case.LOWER, description="case of letters: lower, upper, capitalized or any")
    kinds: dict[Kind, Case] = Field(default={}, description="case of single kinds of components")


def _check(subject: Subject, options: CaseStyleOptions) -> Iterator[Finding]:
    wrong = [
        (component, wanted)
        for component in subject.name.components
        if (wanted := options.kinds.get(component.kind, options.case).of(component.text)) != component.text
    ]
    if not wrong:
        return
    first, expected = wrong[0]
    case = options.kinds.get(first.kind, options.case)
    yield Finding(
        f"the {first.kind} “{first.text}” is not {_WORDED[case]}{elsewhere(len(wrong) - 1)}",
        span=first.span,
        expected=expected,
        actual=first.text,
        fixes=(tuple(Edit(component.span, wanted) for component, wanted in wrong),),
    )


_WORDED = {
    Case.LOWER: "in lower case",
    Case.UPPER: "in upper case",
    Case.CAPITALIZED: "capitalized",
}

RULE = Rule("NG104", "case-style", Severity.WARN, CaseStyleOptions, _check)
