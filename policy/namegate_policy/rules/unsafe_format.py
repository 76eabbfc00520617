"""The weights are in a format that can run code when it is loaded.

## What it does
Reports PyTorch files (`.bin`, `.pt`, `.ckpt`): they are pickles, which may call any function while they
are read. The header is read here without running anything, so the other checks still work.

## Why is this bad
Whoever loads the file runs what its author put into it. safetensors holds numbers only.

## Bad example
With a pytorch_model.bin:
```
acme/llama-3-8b-pickled
```

## Good example
With a model.safetensors:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class UnsafeFormatOptions(Options):
    """Options of unsafe-format: none."""


def _check(subject: Subject, _: UnsafeFormatOptions) -> Iterator[Finding]:
    weights = subject.evidence.weights
    if weights is not None and weights.format == "pytorch" and weights.shards:
        file = weights.shards[0].name
        yield Finding(
            f"{file} is a pickle, which can run code when it is loaded; safetensors cannot",
            expected="safetensors",
            actual="pytorch",
        )


RULE = Rule("NG413", "unsafe-format", Severity.WARN, UnsafeFormatOptions, _check)
