"""Layers of the network are missing from the weights.

## What it does
Reports gaps in the numbers of the layers, a first layer that is not 0, and fewer layers than config.json
says. Shards that an index names and the upload lacks make the weights unverifiable, which
unverifiable-weights reports.

## Why is this bad
Most loaders fill what is missing with random numbers and go on.

## Bad example
With layers 16 to 31 of 32:
```
acme/llama-3-8b-half
```

## Good example
With all layers:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.configuration import DEPTHS, number
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class IncompleteCheckpointOptions(Options):
    """Options of incomplete-checkpoint: none."""


def _check(subject: Subject, _: IncompleteCheckpointOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    if architecture.missing_layers:
        missing = ", ".join(architecture.missing_layers)
        yield Finding(f"the weights lack {missing}", actual=list(architecture.missing_layers))
        return
    stated = number(subject.evidence.config, *DEPTHS)
    depths = architecture.depths or {}
    if stated and depths and max(depths.values()) < stated and sum(depths.values()) < stated:
        yield Finding(
            f"config.json says {stated} layers, the weights hold {max(depths.values())}",
            actual=max(depths.values()),
        )


RULE = Rule("NG412", "incomplete-checkpoint", Severity.ERROR, IncompleteCheckpointOptions, _check)
