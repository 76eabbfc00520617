"""The licence of the base model rules the name, and the name does not follow it.

## What it does
The Llama 3, 3.1, 3.2, 3.3 and 4 community licences ask that a model made with them and distributed have
“Llama” at the beginning of its name (the Llama 3 licence: “Llama 3”). The rule applies where the card's
`license` or `license_name` is one of these, where `base_model` is a Llama of these generations, or where
the weights are of the llama family with the 128,256-word vocabulary that Llama 3 brought.

## Why is this bad
A name that breaks the licence can end the right to use and distribute the model.

## Bad example
```
acme/zephyr-llama-8b
```

## Good example
```
acme/Llama-3-zephyr-8b
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.architecture.claims.family import contradicted_words
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.card import base_models, texts
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = re.compile(r"[\W_]+")
_LLAMA = re.compile(r"(?i)(?:meta[\W_]?)?llama[\W_]?(3(?:[._](?P<minor>[123]))?|4)(?![0-9.])")
_LLAMA_3_VOCABULARY = 128_256
"""Rows of Llama 3's embedding; Llama 2 has 32,000."""


class LicenceClauseOptions(Options):
    """Options of licence-clause."""

    beginnings: dict[str, str] = Field(
        default={
            "llama3": "Llama-3",
            "llama3.1": "Llama",
            "llama3.2": "Llama",
            "llama3.3": "Llama",
            "llama4": "Llama",
        },
        description="licence id → the beginning that it asks of names; case and separators do not count",
    )


def _check(subject: Subject, options: LicenceClauseOptions) -> Iterator[Finding]:
    for licence, reason in _licences(subject):
        beginning = options.beginnings.get(licence)
        if beginning is None:
            continue
        name = subject.name
        if _joined(name.repository).startswith(_joined(beginning)):
            return
        yield Finding(
            f"{reason}; its licence asks that the name begin with “{beginning}”",
            span=name.repository_span,
            expected=f"{beginning}…",
            actual=name.repository,
            fixes=tuple(_fixes(subject, beginning)),
        )
        return


def _fixes(subject: Subject, beginning: str) -> Iterator[tuple[Edit, ...]]:
    """Yield the name with the beginning put before it, or in the place of a first word that is part of it.

    A word for another family than the weights' gives way: before it, the beginning would only hide it.
    """
    name, architecture = subject.name, subject.evidence.architecture
    first = name.components[0]
    wrong = architecture and contradicted_words(name, subject.vocabulary, architecture)
    if wrong:
        if wrong == (first,):
            yield (Edit(first.span, beginning),)
        return
    if _joined(beginning).startswith(first.text.casefold()):
        yield (Edit(first.span, beginning),)
    yield (Edit((first.span[0], first.span[0]), f"{beginning}-"),)


def _licences(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the licences that may bind the model, with the evidence for each, the surest first."""
    card, architecture = subject.evidence.card, subject.evidence.architecture
    for key in ("license", "license_name"):
        for licence in texts(card, key):
            yield licence.lower(), f"the card's {key} is {licence}"
    for base in base_models(card):
        found = _LLAMA.match(base.rpartition("/")[2])
        if found:
            generation = found[1].replace("_", ".")
            yield f"llama{generation}", f"the base model is {base}"
    if (
        architecture is not None
        and "llama" in architecture.families
        and architecture.vocabulary_size == _LLAMA_3_VOCABULARY
    ):
        yield (
            "llama3.1",
            f"the weights are a llama with {_LLAMA_3_VOCABULARY:,} words, as Llama 3 and later have",
        )


def _joined(text: str) -> str:
    return _SEPARATORS.sub("", text.casefold())


RULE = Rule("NG307", "licence-clause", Severity.ERROR, LicenceClauseOptions, _check)
