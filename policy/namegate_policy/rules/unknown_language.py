"""The language in the name is not one that the policy knows.

## What it does
Looks up every language component in the vocabulary: the shipped words, and those that the policy adds
under `vocabulary:`. It also looks for an unknown word that misses a known one by a letter.

## Why is this bad
A language that cannot be recognized cannot be searched by.

## Bad example
```
acme/bert-base-germann
```

## Good example
```
acme/bert-base-german
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


class UnknownLanguageOptions(Options):
    """Options of unknown-language: none."""


def _check(subject: Subject, _options: UnknownLanguageOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.LANGUAGE)
    yield from misspelt_words(subject, Kind.LANGUAGE)


RULE = Rule("NG207", "unknown-language", Severity.WARN, UnknownLanguageOptions, _check)
