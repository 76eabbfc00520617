"""Components are divided by another separator than the policy asks for.

## What it does
Checks the characters between the components of a name. Separators inside a component (`Q4_K_M`,
`go_emotions`, `v1.5`) belong to that component and are left alone.

## Why is this bad
Names that mix `-`, `_`, `.` and spaces cannot be guessed, sorted or searched reliably, and one model
ends up under several spellings.

## Bad example
```
acme/llama_3_8b
acme/llama-3_8b
```

## Good example
```
acme/llama-3-8b
acme/llama-3-8b-Q4_K_M
```
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import elsewhere
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class SeparatorStyleOptions(Options):
    """Options of separator-style."""

    separators: tuple[Literal["-", "_", ".", "+", "~", "=", " "], ...] = Field(
        default=("-",), min_length=1, description="accepted separators; the first is the one suggested"
    )
    glued: bool = Field(
        default=True, description="whether two components may touch without a separator, as in `Qwen2.5`"
    )


def _check(subject: Subject, options: SeparatorStyleOptions) -> Iterator[Finding]:
    text, components = subject.name.text, subject.name.components
    wrong: list[tuple[int, int]] = []
    for before, after in pairwise(components):
        start, end = before.span[1], after.span[0]
        found = text[start:end]
        if found in options.separators or (not found and options.glued):
            continue
        wrong.append((start, end))
    if not wrong:
        return
    separator = options.separators[0]
    accepted = " or ".join(f"“{accepted}”" for accepted in options.separators)
    found = text[slice(*wrong[0])]
    here = f"the separator is “{found}”" if found else "no separator stands here"
    yield Finding(
        f"{here}, the policy asks for {accepted}{elsewhere(len(wrong) - 1)}",
        span=wrong[0],
        expected=separator,
        actual=found,
        fixes=(tuple(Edit(span, separator) for span in wrong),),
    )


RULE = Rule("NG103", "separator-style", Severity.WARN, SeparatorStyleOptions, _check)
