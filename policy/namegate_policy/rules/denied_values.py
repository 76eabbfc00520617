"""A component's value is one of those that the policy denies.

## What it does
For each kind under `values`, no component of that kind may be one of the listed words. Case and the
vocabulary's aliases do not matter.

## Why is this bad
Some families, data sets or formats may not enter a registry at all, for their licence, their origin or
because nothing there can serve them.

## Bad example
With `values: {format: [pytorch]}`:
```
acme/llama-3-8b-pytorch
```

## Good example
With `values: {format: [pytorch]}`:
```
acme/llama-3-8b-gguf
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.values import matches
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class DeniedValuesOptions(Options):
    """Options of denied-values."""

    values: dict[Kind, tuple[str, ...]] = Field(
        min_length=1, description="the words denied for each kind, such as `format: [pytorch]`"
    )


def _check(subject: Subject, options: DeniedValuesOptions) -> Iterator[Finding]:
    for component in subject.name.components:
        for value in options.values.get(component.kind, ()):
            if matches(subject, component, value):
                yield Finding(
                    f"the {component.kind} “{component.text}” is denied by the policy",
                    span=component.span,
                    actual=component.text,
                )
                break


RULE = Rule("NG211", "denied-values", Severity.ERROR, DeniedValuesOptions, _check)
