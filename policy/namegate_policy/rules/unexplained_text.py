"""Too much of the name means nothing to a reader.

## What it does
Measures the share of characters in components of kind `other`: hashes, numeric ids, fillers and words
that no vocabulary holds.

## Why is this bad
What cannot be read cannot be searched, compared or remembered.

## Bad example
```
acme/llama-test-new-for-the-final
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

    from namegate_policy.naming.model import ModelName
    from namegate_policy.verdict import Edit


class UnexplainedTextOptions(Options):
    """Options of unexplained-text."""

    maximum: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="largest share of the name's letters and digits that may be `other`",
    )


def _check(subject: Subject, options: UnexplainedTextOptions) -> Iterator[Finding]:
    name = subject.name
    lengths = [len(component.text) for component in name.components]
    unexplained = [index for index, component in enumerate(name.components) if component.kind is Kind.OTHER]
    if not unexplained:
        return
    share = sum(lengths[index] for index in unexplained) / sum(lengths)
    if share <= options.maximum:
        return
    unexplained.sort(key=lambda index: -lengths[index])
    fix = tuple(_without(name, unexplained, lengths, options.maximum))
    texts = ", ".join(f"“{name.components[index].text}”" for index in sorted(unexplained))
    yield Finding(
        f"{share:.0%} of the name says nothing of the model ({texts}),"
        f" the policy allows {options.maximum:.0%}",
        span=name.components[unexplained[0]].span,
        actual=round(share, 3),
        fixes=(fix,) if fix else (),
    )


def _without(name: ModelName, unexplained: list[int], lengths: list[int], maximum: float) -> Iterator[Edit]:
    """Yield edits that delete unexplained components, in this order, until few enough are left."""
    total, left = sum(lengths), sum(lengths[index] for index in unexplained)
    for index in unexplained:
        if left <= maximum * total:
            return
        if not index and len(unexplained) > 1:
            continue  # what follows the first component may go too, with the separator between them
        yield from removal(name, index) or ()
        total, left = total - lengths[index], left - lengths[index]


RULE = Rule("NG215", "unexplained-text", Severity.WARN, UnexplainedTextOptions, _check)
