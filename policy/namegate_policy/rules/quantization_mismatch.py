"""The name states a number format that the weights are not stored in.

## What it does
Reads quantization methods (`GPTQ`, `AWQ`, `bnb`, `fp8` …), bit widths (`4bit`, `w4a16`, `Q4_K_M`) and
float formats (`bf16`) in the name, and compares them with the tensors: their dtypes and, for packed
formats, the bits that their shapes prove.

## Why is this bad
The number format decides memory, speed and quality, and which runtime can load the files at all.

## Bad example
With weights stored as BF16:
```
acme/llama-3-8b-GPTQ
acme/llama-3-8b-4bit
```

## Good example
With the same weights:
```
acme/llama-3-8b-bf16
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims import number_format
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class QuantizationMismatchOptions(Options):
    """Options of quantization-mismatch: none."""


def _check(subject: Subject, _: QuantizationMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    for component in subject.name.of(Kind.QUANTIZATION):
        said = number_format.read(component.text)
        if said is None or number_format.judge(said, architecture) is not Outcome.CONTRADICTED:
            continue
        held = number_format.stored_as(architecture)
        yield Finding(
            f"the name says {component.text}, the weights are stored as {held}",
            span=component.span,
            actual=held,
        )


RULE = Rule("NG407", "quantization-mismatch", Severity.ERROR, QuantizationMismatchOptions, _check)
