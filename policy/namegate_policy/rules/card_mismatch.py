"""The name says one thing, the model card another.

## What it does
Compares what the name states with the card's front matter, as far as both speak of it: languages
(`language`), the task (`pipeline_tag`), data sets (`datasets`), and the size with that of the
`base_model`. A merge of several base models has no size to compare.

## Why is this bad
Registries search and filter by the card and people by the name; where they differ, one of the two finds
the wrong model.

## Bad example
With `language: [fr]` and `pipeline_tag: token-classification` in the card:
```
acme/bert-base-de
acme/bert-base-sentiment-analysis
```

## Good example
With the same card:
```
acme/bert-base-fr-ner
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from namegate_policy.naming import parse_name
from namegate_policy.naming.model import Kind
from namegate_policy.naming.vocabulary import key
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.card import base_models, texts
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component

Topic = Literal["language", "task", "dataset", "size"]

_LONGEST_CODE = 3
"""Letters of an ISO 639 code; what is longer is a word that the vocabulary has no code for."""


class CardMismatchOptions(Options):
    """Options of card-mismatch."""

    topics: tuple[Topic, ...] = Field(
        default=("language", "task", "dataset", "size"),
        min_length=1,
        description="what is compared: language, task, dataset, size",
    )


def _check(subject: Subject, options: CardMismatchOptions) -> Iterator[Finding]:
    if subject.evidence.card:
        for topic in options.topics:
            yield from _CHECKS[topic](subject)


def _language(subject: Subject) -> Iterator[Finding]:
    listed = texts(subject.evidence.card, "language")
    codes = {language.lower().replace("_", "-").partition("-")[0] for language in listed}
    if not codes or not codes.isdisjoint(("multilingual", "mul")):
        return
    for component in subject.name.of(Kind.LANGUAGE):
        entry = subject.vocabulary.lookup(Kind.LANGUAGE, component.text)
        code = (entry and entry.code) or component.text.lower()
        if len(code) <= _LONGEST_CODE and code not in codes:
            yield _differs(component, "language", ", ".join(listed))


def _task(subject: Subject) -> Iterator[Finding]:
    card = texts(subject.evidence.card, "pipeline_tag")
    tags: dict[str, Component] = {}
    for component in subject.name.of(Kind.TASK):
        entry = subject.vocabulary.lookup(Kind.TASK, component.text)
        if entry is not None and entry.pipeline_tag is not None:
            tags.setdefault(entry.pipeline_tag, component)
    if card and tags and tags.keys().isdisjoint(card):
        yield _differs(next(iter(tags.values())), "pipeline_tag", card[0])


def _dataset(subject: Subject) -> Iterator[Finding]:
    listed = texts(subject.evidence.card, "datasets")
    if not listed:
        return
    known = {key(name) for dataset in listed for name in (dataset, dataset.rpartition("/")[2])}
    for component in subject.name.of(Kind.DATASET):
        if component.canonical is None:
            continue
        words = {key(component.text), key(component.canonical)}
        if not any(word in dataset or dataset in word for word in words for dataset in known):
            yield _differs(component, "datasets", ", ".join(listed))


def _size(subject: Subject) -> Iterator[Finding]:
    bases = base_models(subject.evidence.card)
    stated = subject.name.size
    if len(bases) != 1 or stated is None or stated.parameters is None:
        return
    if "merge" in texts(subject.evidence.card, "base_model_relation"):
        return
    base = parse_name(bases[0], vocabulary=subject.vocabulary).size
    if base is None or base.parameters is None:
        return
    if abs(stated.parameters - base.parameters) <= max(stated.unit or 0, base.unit or 0):
        return
    component = next(each for each in subject.name.of(Kind.SIZE) if each.text.lower()[:1].isdigit())
    yield _differs(component, "base_model", bases[0])


def _differs(component: Component, attribute: str, value: str) -> Finding:
    return Finding(
        f"the name says {component.text}, the card says {attribute} {value}",
        span=component.span,
        expected=value,
        actual=component.text,
    )


_CHECKS = {"language": _language, "task": _task, "dataset": _dataset, "size": _size}

RULE = Rule("NG502", "card-mismatch", Severity.WARN, CardMismatchOptions, _check)
