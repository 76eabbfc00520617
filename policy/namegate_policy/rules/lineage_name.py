"""The model derives from another one that its name does not mention.

## What it does
Reads `base_model` from the model card. The name must mention the family of the base model, or of one
of them; of a base model without a known family, its title. `kinds` asks for more, such as the size.

## Why is this bad
Weaknesses, licences and prompt formats come with the base model; who cannot see it in the name does not
look for them.

## Bad example
```
acme/zephyr-8b
```

## Good example
```
acme/zephyr-llama-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming import parse_name
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.card import base_models
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import ModelName


class LineageNameOptions(Options):
    """Options of lineage-name."""

    kinds: tuple[Kind, ...] = Field(
        default=(Kind.ARCHITECTURE,),
        min_length=1,
        description="kinds of components that the name must share with the base model, where that has them",
    )


def _check(subject: Subject, options: LineageNameOptions) -> Iterator[Finding]:
    bases = [parse_name(base, vocabulary=subject.vocabulary) for base in base_models(subject.evidence.card)]
    missing = [_not_mentioned(subject.name, base, options) for base in bases]
    if not missing or not all(missing):
        return
    words = missing[0]
    listed = " and ".join(base.text for base in bases)
    yield Finding(
        f"the base model is {listed}, the name does not mention {' or '.join(words)}",
        span=subject.name.repository_span,
        expected=" or ".join(words),
        actual=subject.name.repository,
    )


def _not_mentioned(name: ModelName, base: ModelName, options: LineageNameOptions) -> list[str]:
    """Return words of the base model of which the name has none; nothing where it mentions the base."""
    kinds = options.kinds
    if Kind.ARCHITECTURE in kinds and not base.of(Kind.ARCHITECTURE):
        kinds = (*kinds, Kind.TITLE)
    mentioned = {(component.canonical or component.text).casefold() for component in name.components}
    for kind in kinds:
        words = {(component.canonical or component.text): component.text for component in base.of(kind)}
        if words and mentioned.isdisjoint(word.casefold() for word in words):
            return list(words.values())
    return []


RULE = Rule("NG306", "lineage-name", Severity.WARN, LineageNameOptions, _check)
