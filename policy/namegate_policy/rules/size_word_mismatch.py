"""The size word in the name stands for another size than the weights have.

## What it does
Compares size words (`base`, `large`, `xl` …) with the layers and the width that the family publishes
under them, and whole names of timm and torchvision (`resnet50`, `convnext_base`) with the parameters of
that network. A shape that no published size has is not judged.

## Why is this bad
`bert-large` costs three times what `bert-base` costs, and people expect its quality.

## Bad example
With 12 layers of width 768:
```
acme/bert-large-uncased
```

## Good example
With the same weights:
```
acme/bert-base-uncased
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims.structure import wrong_size_words, wrong_timm_name
from namegate_policy.architecture.claims.words import family_words
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.denied_claims import denied
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class SizeWordMismatchOptions(Options):
    """Options of size-word-mismatch: none."""


def _check(subject: Subject, _: SizeWordMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    whole = wrong_timm_name(subject.name, architecture)
    if whole is not None:
        yield Finding(
            f"the name says {whole.said}; the weights hold {whole.held}",
            whole.span,
            actual=architecture.parameters,
        )
        return
    yield from denied(wrong_size_words(subject.name, family_words(subject.name), architecture))


RULE = Rule("NG403", "size-word-mismatch", Severity.ERROR, SizeWordMismatchOptions, _check)
