"""The dataset in the name is not one that the policy knows.

## What it does
Looks up every dataset component in the vocabulary: the shipped words, and those that the policy adds
under `vocabulary:`. It also looks for an unknown word that misses a known one by a letter.

## Why is this bad
What a model was trained on decides what it can be used for; a misspelt or private name of a data set
hides it.

## Bad example
```
acme/bert-base-squadd
```

## Good example
```
acme/bert-base-finetuned-squad
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Options, Rule, Subject
from namegate_policy.rules.unknown_words import misspelt_words, unknown_words
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.rules.base import Finding


class UnknownDatasetOptions(Options):
    """Options of unknown-dataset: none."""


def _check(subject: Subject, _options: UnknownDatasetOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.DATASET)
    yield from misspelt_words(subject, Kind.DATASET)


RULE = Rule("NG205", "unknown-dataset", Severity.WARN, UnknownDatasetOptions, _check)
