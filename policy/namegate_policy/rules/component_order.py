"""Components stand in another order than the policy asks for.

## What it does
Compares where the listed kinds first appear in the name with the order in the policy. Kinds that are
not listed may stand anywhere, kinds that share one place in either order, and a kind that appears again
is judged by its first place.

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

from functools import cached_property
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

    order: tuple[Kind | tuple[Kind, ...], ...] = Field(
        default=(Kind.ARCHITECTURE, Kind.SIZE, (Kind.QUANTIZATION, Kind.FORMAT)),
        min_length=2,
        description="kinds in the order in which they first appear; a list in the list means *in any order*",
    )

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[Kind | tuple[Kind, ...], ...]) -> tuple[Kind | tuple[Kind, ...], ...]:
        listed = [kind for _, kind in _ranked(order)]
        twice = [kind.value for kind in dict.fromkeys(listed) if listed.count(kind) > 1]
        if twice:
            raise ValueError(f"listed more than once: {', '.join(twice)}")
        return order

    @cached_property
    def ranks(self) -> dict[Kind, int]:
        """The place of each kind in the order."""
        return {kind: rank for rank, kind in _ranked(self.order)}


def _ranked(order: tuple[Kind | tuple[Kind, ...], ...]) -> Iterator[tuple[int, Kind]]:
    for rank, entry in enumerate(order):
        for kind in (entry,) if isinstance(entry, Kind) else entry:
            yield rank, kind


def _check(subject: Subject, options: ComponentOrderOptions) -> Iterator[Finding]:
    ranks = options.ranks
    first: dict[Kind, Component] = {}
    for component in subject.name.components:
        if component.kind in ranks:
            first.setdefault(component.kind, component)
    found = list(first.values())
    asked = sorted(found, key=lambda component: ranks[component.kind])
    if found == asked:
        return
    fix = tuple(
        Edit(place.span, component.text)
        for place, component in zip(found, asked, strict=True)
        if place is not component
    )
    for position, component in enumerate(found):
        later = min(found[position:], key=lambda other: ranks[other.kind])
        if ranks[later.kind] < ranks[component.kind]:
            yield Finding(
                f"the {component.kind} “{component.text}” stands before the {later.kind} “{later.text}”,"
                f" the policy asks for {later.kind} first",
                span=component.span,
                expected=" ".join(other.kind.value for other in asked),
                actual=" ".join(other.kind.value for other in found),
                fixes=(fix,),
            )


RULE = Rule("NG202", "component-order", Severity.WARN, ComponentOrderOptions, _check)
