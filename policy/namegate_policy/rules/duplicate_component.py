"""A component is in the name twice, or two of its components contradict each other.

## What it does
Reports a word that repeats an earlier one of the same kind (case and aliases do not matter), two
different parameter counts, and a second component of any kind listed under `once`. The active count of a
mixture of experts (`30B-A3B`) and its experts (`8x7B`) are no second count.

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

    from namegate_policy.naming.model import Component, ModelName
    from namegate_policy.verdict import Edit


class DuplicateComponentOptions(Options):
    """Options of duplicate-component."""

    once: tuple[Kind, ...] = Field(
        default=(), description="kinds of which a name may have only one component"
    )


_WORD_KINDS = frozenset(Kind) - {
    Kind.OTHER,
    Kind.SIZE,
    Kind.VERSION,
    Kind.DIMENSION,
    Kind.INPUT,
    Kind.LANGUAGE,
}
"""Kinds in which the same text twice says the same twice; two numbers may count two things, and a
translation may lead from a family of languages into the same."""


def _check(subject: Subject, options: DuplicateComponentOptions) -> Iterator[Finding]:
    name = subject.name
    seen: dict[tuple[Kind, str], Component] = {}
    first: dict[Kind, Component] = {}
    for index, component in enumerate(name.components):
        kind, text = component.kind, component.text
        earlier = first.setdefault(kind, component)
        if kind in _WORD_KINDS and len(text) > 2 and text.isalpha():
            same = seen.setdefault((kind, (component.canonical or text).casefold()), component)
            if same is not component:
                fix = removal(name, index)
                message = f"the {kind} “{text}” is in the name twice"
                yield _finding(message, same, component, (fix,) if fix else ())
                continue
        if earlier is not component and kind in options.once:
            yield _finding(f"“{text}” is a second {kind} beside “{earlier.text}”", earlier, component)
    if Kind.SIZE not in options.once:
        yield from _contradicting(name)


def _contradicting(name: ModelName) -> Iterator[Finding]:
    """Yield a finding for every count that differs from the first; mixtures of experts may have several."""
    sizes = name.of(Kind.SIZE)
    if len(sizes) < 2 or "moe" in name.repository.casefold():
        return
    counted = [(component, count) for component in sizes if (count := _count(component))]
    for component, count in counted[1:]:
        first, stated = counted[0]
        if count != stated:
            yield _finding(f"the name says both {first.text} and {component.text}", first, component)


def _count(component: Component) -> int | None:
    size = read_size([component.text])
    return size.parameters if size else None


def _finding(
    message: str, earlier: Component, component: Component, fixes: tuple[tuple[Edit, ...], ...] = ()
) -> Finding:
    return Finding(
        message,
        span=component.span,
        expected=f"one {component.kind}",
        actual=[earlier.text, component.text],
        fixes=fixes,
    )


RULE = Rule("NG203", "duplicate-component", Severity.ERROR, DuplicateComponentOptions, _check)
