"""The architecture in the name is not one that the policy knows.

## What it does
Looks up every architecture component in the vocabulary: the shipped families, and those that the
policy adds under `vocabulary:`. In a name without any architecture it also looks for a word that misses a
known family by one letter.

## Why is this bad
A misspelt or invented family hides the model from searches by family, and cannot be compared with the
weights.

## Bad example
```
acme/mistrall-7b
```

## Good example
```
acme/mistral-7b
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


class UnknownArchitectureOptions(Options):
    """Options of unknown-architecture: none."""


def _check(subject: Subject, _options: UnknownArchitectureOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.ARCHITECTURE)
    if not subject.name.of(Kind.ARCHITECTURE):
        yield from misspelt_words(subject, Kind.ARCHITECTURE)


RULE = Rule("NG204", "unknown-architecture", Severity.WARN, UnknownArchitectureOptions, _check)
