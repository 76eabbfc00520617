"""A component's value is not one of those that the policy allows.

## What it does
For each kind under `values`, every component of that kind must be one of the listed words. Case and the
vocabulary's aliases do not matter: `it` passes where `instruct` is allowed, if the vocabulary says that
they are one.

## Why is this bad
An organization that serves models in three quantizations wants no fourth one in its registry, nor a
fourth spelling of one of them.

## Bad example
With `values: {quantization: [awq, fp8]}`:
```
acme/llama-3-8b-GPTQ
```

## Good example
With `values: {quantization: [awq, fp8]}`:
```
acme/llama-3-8b-AWQ
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.values import matches
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class AllowedValuesOptions(Options):
    """Options of allowed-values."""

    values: dict[Kind, tuple[str, ...]] = Field(
        min_length=1, description="the words allowed for each kind, such as `quantization: [awq, fp8]`"
    )


def _check(subject: Subject, options: AllowedValuesOptions) -> Iterator[Finding]:
    for component in subject.name.components:
        allowed = options.values.get(component.kind)
        if allowed is None or any(matches(subject, component, value) for value in allowed):
            continue
        yield Finding(
            f"the {component.kind} “{component.text}” is not among those allowed: {', '.join(allowed)}",
            span=component.span,
            expected=" or ".join(allowed),
            actual=component.text,
            fixes=tuple((Edit(component.span, value),) for value in allowed) if len(allowed) == 1 else (),
        )


RULE = Rule("NG210", "allowed-values", Severity.ERROR, AllowedValuesOptions, _check)
