"""The format in the name is not one that the policy knows.

## What it does
Looks up every format component in the vocabulary: the shipped words, and those that the policy adds
under `vocabulary:`. It also looks for an unknown word that misses a known one by a letter.

## Why is this bad
Tools pick files by their format; one that they do not know is not picked up.

## Bad example
```
acme/llama-3-8b-saftensors
```

## Good example
```
acme/llama-3-8b-safetensors
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


class UnknownFormatOptions(Options):
    """Options of unknown-format: none."""


def _check(subject: Subject, _options: UnknownFormatOptions) -> Iterator[Finding]:
    yield from unknown_words(subject, Kind.FORMAT)
    yield from misspelt_words(subject, Kind.FORMAT)


RULE = Rule("NG208", "unknown-format", Severity.WARN, UnknownFormatOptions, _check)
