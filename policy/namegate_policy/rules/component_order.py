"""Components stand in another order than the policy asks for.

## What it does
Compares where the listed kinds first appear in the name with the order in the policy. Kinds that are
not listed may stand anywhere; a kind that appears again later is judged by its first place.

## Why is this bad
Names with one order sort by family and size, and a reader finds each part where it is expected.

## Bad example
```
acme/8b-llama
acme/GGUF-llama-8b
```

## Good example
```
acme/llama-8b
acme/llama-8b-instruct-GGUF
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component


class ComponentOrderOptions(Options):
    """Options of component-order."""

    order: tuple[Kind, ...] = Field(
        default=(Kind.ARCHITECTURE, Kind.SIZE, Kind.QUANTIZATION),
        min_length=2,
        description="kinds in the order in which they must first appear; others are free",
    )

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[Kind, ...]) -> tuple[Kind, ...]:
        twice = [kind.value for kind in dict.fromkeys(order) if order.count(kind) > 1]
        if twice:
            raise ValueError(f"listed more than once: {', '.join(twice)}")
        return order


def _check(subject: Subject, options: ComponentOrderOptions) -> Iterator[Finding]:
    first: dict[Kind, Component] = {}
    for component in subject.name.components:
        first.setdefault(component.kind, component)
    asked = [first[kind] for kind in options.order if kind in first]
    found = sorted(asked, key=lambda component: component.span)
    if found == asked:
        return
    fix = tuple(
        Edit(place.span, component.text)
        for place, component in zip(found, asked, strict=True)
        if place is not component
    )
    # Each kind that precedes one it should follow is named once, with the first kind it should follow.
    rank = {kind: position for position, kind in enumerate(options.order)}
    for position, component in enumerate(found):
        later = min(found[position + 1 :], key=lambda other: rank[other.kind], default=component)
        if rank[later.kind] < rank[component.kind]:
            yield Finding(
                f"the {component.kind} “{component.text}” stands before the {later.kind} “{later.text}”,"
                f" the policy asks for {later.kind} first",
                span=component.span,
                expected=" ".join(kind.value for kind in options.order if kind in first),
                actual=" ".join(other.kind.value for other in found),
                fixes=(fix,),
            )


RULE = Rule("NG202", "component-order", Severity.WARN, ComponentOrderOptions, _check)
