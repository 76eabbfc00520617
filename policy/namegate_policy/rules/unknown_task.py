"""The task in the name is not one that the policy knows.

## What it does
Looks up every task component in the vocabulary: the shipped words, and those that the policy adds
under `vocabulary:`. It also looks for an unknown word that misses a known one by a letter.

## Why is this bad
A task that is spelt in a way of its own is not found by those who look for it.

## Bad example
```
acme/sentimemt-bert
```

## Good example
```
acme/sentiment-bert
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


class UnknownTaskOptions(Options):
    """Options of unknown-task: none."""


def _check(subject: Subject, _options: UnknownTaskOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.TASK)
    yield from misspelt_words(subject, Kind.TASK)


RULE = Rule("NG206", "unknown-task", Severity.WARN, UnknownTaskOptions, _check)
