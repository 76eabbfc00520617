"""Nothing in the name says what the model is.

## What it does
Asks for at least one component that tells something about the model: its family, its own title, its
task or its data. Sizes, versions, formats, training words and fillers alone do not.

## Why is this bad
`my-model-v2` and `autotrain-615517563` can be told from other models only by opening them; reuse
studies name such names as a cause of choosing the wrong model.

## Bad example
```
acme/my-model-v2
acme/test
```

## Good example
```
acme/llama-3-8b
acme/sentiment-analysis-v2
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class UninformativeNameOptions(Options):
    """Options of uninformative-name."""

    informative: tuple[Kind, ...] = Field(
        default=(Kind.VENDOR, Kind.ARCHITECTURE, Kind.TITLE, Kind.TASK, Kind.DATASET, Kind.LANGUAGE),
        min_length=1,
        description="kinds of components of which one is enough",
    )


def _check(subject: Subject, options: UninformativeNameOptions) -> Iterator[Finding]:
    name = subject.name
    if any(component.kind in options.informative for component in name.components):
        return
    kinds = [kind.value for kind in Kind if kind in options.informative]
    yield Finding(
        f"no part of “{name.repository}” says what the model is; one of these would: {', '.join(kinds)}",
        span=name.repository_span,
        expected=" or ".join(kinds),
        actual=name.repository,
    )


RULE = Rule("NG213", "uninformative-name", Severity.ERROR, UninformativeNameOptions, _check)
