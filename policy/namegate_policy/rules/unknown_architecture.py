"""The architecture in the name is not one that the policy knows.

## What it does
Looks up every architecture component in the vocabulary: the shipped families, and those that the
policy adds under `vocabulary:`. In a name without any architecture it also looks for a coined word that
misses a known family by one letter.

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
from namegate_policy.rules.unknown_words import misspelt, unknown_word, unknown_words
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.rules.base import Finding

_SHORTEST = 6
"""Letters from which one wrong letter is a slip; shorter words have too many neighbours."""


class UnknownArchitectureOptions(Options):
    """Options of unknown-architecture: none."""


def _check(subject: Subject, _options: UnknownArchitectureOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.ARCHITECTURE)
    if subject.name.of(Kind.ARCHITECTURE):
        return
    for component in subject.name.of(Kind.TITLE):
        if len(component.text) < _SHORTEST or not component.text.isalpha():
            continue
        meant = misspelt(subject.vocabulary, Kind.ARCHITECTURE, component.text.lower())
        if meant is not None:
            message = f"the name has no known architecture; “{component.text}” is one letter from “{meant}”"
            yield unknown_word(component, (meant,), message)


RULE = Rule("NG204", "unknown-architecture", Severity.WARN, UnknownArchitectureOptions, _check)
