"""Too much of the name means nothing to a reader.

## What it does
Measures the share of characters in components of kind `other`: hashes, numeric ids, fillers and words
that no vocabulary holds.

## Why is this bad
What cannot be read cannot be searched, compared or remembered.

## Bad example
```
acme/llama-test-final-615517563-new
```

## Good example
```
acme/llama-3-8b-instruct
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import removal
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class UnexplainedTextOptions(Options):
    """Options of unexplained-text."""

    maximum: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="largest share of the name's letters and digits that may be `other`",
    )


def _check(subject: Subject, options: UnexplainedTextOptions) -> Iterator[Finding]:
    components = subject.name.components
    unexplained = [index for index, component in enumerate(components) if component.kind is Kind.OTHER]
    if not unexplained:
        return
    total = sum(len(component.text) for component in components)
    share = sum(len(components[index].text) for index in unexplained) / total
    if share <= options.maximum:
        return
    longest = max(unexplained, key=lambda index: len(components[index].text))
    fix = removal(subject.name, longest)
    texts = ", ".join(f"“{components[index].text}”" for index in unexplained)
    yield Finding(
        f"{share:.0%} of the name says nothing of the model ({texts}),"
        f" the policy allows {options.maximum:.0%}",
        span=components[longest].span,
        actual=round(share, 3),
        fixes=(fix,) if fix else (),
    )


RULE = Rule("NG215", "unexplained-text", Severity.WARN, UnexplainedTextOptions, _check)
