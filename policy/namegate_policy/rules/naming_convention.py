"""The name follows another naming convention than the policy asks for.

## What it does
Tells which of four conventions the name follows, as PurdueDualityLab's study of model names (PTM-Naming)
distinguishes them: it names an implementation unit (a network, as in `bert-base-uncased`), an application
or task (`sentiment-analysis`), both (`bert-base-ner`), or neither.

## Why is this bad
A registry that mixes conventions can be searched neither by how models are built nor by what they are
for.

## Bad example
```
acme/hotshot
```

## Good example
```
acme/bert-base-ner
acme/sentiment-analysis
```
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component, ModelName


class Convention(StrEnum):
    """What a name is made of; the study's classes I, A and T, IA and IT, and O."""

    IMPLEMENTATION = "implementation"
    APPLICATION = "application-or-task"
    BOTH = "both"
    OTHER = "other"


_NETWORK = re.compile(
    r"(?i)bert|bart|gpt|llama|t5|former|encoder|decoder|2vec|seq2seq|net(?![a-z])|vit(?![a-z])|clip|vae|lm(?![a-z])|diffusion"
)
"""Stems from which a word that no vocabulary holds is still known for a network."""
_ACTIVITY = re.compile(r"(?i)[a-z]{2,}(?:tion|ing|ment|[aeiou]tor|if(?:ier|y)|i[sz]er|sis|qa)s?(?![a-z])")
"""Endings of English words for activities, and for things that do them: captioning, generator."""
_MEASURES = (Kind.SIZE, Kind.DIMENSION)


class NamingConventionOptions(Options):
    """Options of naming-convention."""

    allowed: tuple[Convention, ...] = Field(
        default=(Convention.IMPLEMENTATION, Convention.APPLICATION, Convention.BOTH),
        min_length=1,
        description="accepted conventions: implementation, application-or-task, both, other",
    )


def convention(name: ModelName) -> Convention:
    """Return the convention that a name follows.

    Sizes make a coined name an implementation (`Merak-7B`), but are none alone (`14B`).
    """
    known = any(c.kind is Kind.ARCHITECTURE and c.canonical is not None for c in name.components)
    measured = not known and any(component.kind in _MEASURES for component in name.components)
    implementation = any(_names_network(component, measured) for component in name.components)
    application = any(_names_application(component, measured) for component in name.components)
    if implementation:
        return Convention.BOTH if application else Convention.IMPLEMENTATION
    return Convention.APPLICATION if application else Convention.OTHER


def _names_network(component: Component, measured: bool) -> bool:
    match component.kind:
        case Kind.ARCHITECTURE if component.canonical is not None:
            return True
        case Kind.ARCHITECTURE | Kind.TITLE:
            return measured or _NETWORK.search(component.text) is not None
        case Kind.TASK:  # words such as bi-encoder say both what a network does and how it is built
            return _NETWORK.search(component.text) is not None
        case _:
            return False


def _names_application(component: Component, measured: bool) -> bool:
    match component.kind:
        case Kind.TASK | Kind.LANGUAGE:
            return True
        case Kind.DATASET:  # some data sets are named after their task: chartqa, widget-captioning
            return component.text.lower().endswith("qa") or _ACTIVITY.search(component.text) is not None
        case Kind.ARCHITECTURE | Kind.TITLE if component.canonical is not None:
            return False
        case Kind.ARCHITECTURE | Kind.TITLE | Kind.TRAINING | Kind.OTHER:
            return not measured and _ACTIVITY.search(component.text) is not None
        case _:
            return False


def _check(subject: Subject, options: NamingConventionOptions) -> Iterator[Finding]:
    found = convention(subject.name)
    if found in options.allowed:
        return
    allowed = " or ".join(options.allowed)
    yield Finding(
        f"the name's convention is {_WORDED[found]}, the policy asks for {allowed}",
        span=subject.name.repository_span,
        expected=allowed,
        actual=found.value,
    )


_WORDED = {
    Convention.IMPLEMENTATION: "an implementation alone",
    Convention.APPLICATION: "an application or task alone",
    Convention.BOTH: "an implementation with its application or task",
    Convention.OTHER: "neither implementation nor application",
}

RULE = Rule("NG214", "naming-convention", Severity.WARN, NamingConventionOptions, _check)
