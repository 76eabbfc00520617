"""A component is in the name twice, or two of its components contradict each other.

## What it does
Reports a component that repeats an earlier one of the same kind (case and separators do not matter),
two different parameter counts, and a second component of any kind listed under `once`. The active
count of a mixture of experts (`30B-A3B`) and its experts (`8x7B`) are no second count.

## Why is this bad
Of two sizes one is wrong, and a reader cannot tell which; a repeated word only makes the name longer.

## Bad example
```
acme/llama-7b-13b
acme/llama-8b-instruct-instruct
```

## Good example
```
acme/llama-8b-instruct
acme/qwen-3-30b-a3b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.naming.values import read_size
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import removal
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component


class DuplicateComponentOptions(Options):
    """Options of duplicate-component."""

    once: tuple[Kind, ...] = Field(
        default=(), description="kinds of which a name may have only one component"
    )


def _check(subject: Subject, options: DuplicateComponentOptions) -> Iterator[Finding]:
    seen: dict[tuple[Kind, str], Component] = {}
    first: dict[Kind, Component] = {}
    counted: tuple[Component, int] | None = None
    name = subject.name
    for index, component in enumerate(name.components):
        if component.kind is Kind.OTHER:
            continue
        earlier = seen.setdefault(
            (component.kind, (component.canonical or component.text).casefold()), component
        )
        message = None
        if earlier is not component:
            message = f"the {component.kind} “{component.text}” is in the name twice"
        elif component.kind is Kind.SIZE and (count := _count(component)) is not None:
            if counted is None:
                counted = component, count
            elif counted[1] != count:
                earlier = counted[0]
                message = f"the name says both {earlier.text} and {component.text}"
        if message is None and component.kind in options.once and component.kind in first:
            earlier = first[component.kind]
            message = f"“{component.text}” is a second {component.kind} beside “{earlier.text}”"
        first.setdefault(component.kind, component)
        if message is not None:
            fix = removal(name, index)
            yield Finding(
                message,
                span=component.span,
                expected=f"one {component.kind}",
                actual=[earlier.text, component.text],
                fixes=(fix,) if fix and earlier.text.casefold() == component.text.casefold() else (),
            )


def _count(component: Component) -> int | None:
    size = read_size([component.text])
    return size.parameters if size else None


RULE = Rule("NG203", "duplicate-component", Severity.ERROR, DuplicateComponentOptions, _check)
