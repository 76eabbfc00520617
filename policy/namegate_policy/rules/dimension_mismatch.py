"""A stated dimension of the network is not the one that the tensors have.

## What it does
Compares layers (`L-12`, `6-layers`), width (`H-768`), attention heads (`A-12`), patches (`patch16`),
windows (`window7`) and the weight layers of ResNets, VGGs and DenseNets (`resnet-50`) with the tensors.

## Why is this bad
These numbers are what makes two sizes of a family different; with wrong ones the model is another.

## Bad example
With 12 layers of width 768:
```
acme/bert_uncased_L-4_H-768
acme/bert_uncased_L-12_H-256
```

## Good example
With the same weights:
```
acme/bert_uncased_L-12_H-768
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims.structure import wrong_dimensions
from namegate_policy.rules.base import Options, Rule, Subject
from namegate_policy.rules.denied_claims import denied
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.rules.base import Finding


class DimensionMismatchOptions(Options):
    """Options of dimension-mismatch: none."""


def _check(subject: Subject, _: DimensionMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    yield from denied(wrong_dimensions(subject.name, architecture))


RULE = Rule("NG404", "dimension-mismatch", Severity.ERROR, DimensionMismatchOptions, _check)
