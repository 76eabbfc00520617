"""The name can be read in two ways.

## What it does
Compares the two best readings of the name. If the better one wins by less than `margin`, in log-odds,
it reports the first part that they read differently.

## Why is this bad
What one reader takes for a data set another takes for a task; a policy can then judge only a guess.

## Bad example
With `margin: 3`:
```
acme/bert-finetuned-acme_reviews
```

## Good example
With `margin: 3`:
```
acme/llama-3-8b-instruct
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class AmbiguousNameOptions(Options):
    """Options of ambiguous-name."""

    margin: float = Field(
        default=0.1,
        gt=0,
        description="log-odds by which the best reading must win: 0.1 is 52 to 48, 2 is 88 to 12",
    )


def _check(subject: Subject, options: AmbiguousNameOptions) -> Iterator[Finding]:
    name = subject.name
    if name.margin >= options.margin or name.runner_up is None:
        return
    other = {component.span: component for component in name.runner_up}
    for component in name.components:
        alternative = other.get(component.span)
        if alternative == component:
            continue
        if alternative is not None:
            second = f"{alternative.kind}"
        else:
            overlapping = [
                each
                for each in name.runner_up
                if each.span[0] < component.span[1] and component.span[0] < each.span[1]
            ]
            second = " and ".join(f"{each.kind} “{each.text}”" for each in overlapping)
        yield Finding(
            f"“{component.text}” can be read as {component.kind} or as {second}",
            span=component.span,
            actual=component.text,
        )
        return


RULE = Rule("NG108", "ambiguous-name", Severity.WARN, AmbiguousNameOptions, _check)
