"""The stated experts, or the active parameters, are not those of the weights.

## What it does
Compares the count of experts (`8x7B`, `16E`) with the experts that the tensors show, and active
parameters (`A3B`) with what a token uses, which needs the number of experts a token from config.json or
GGUF metadata.

## Why is this bad
Experts and active parameters decide memory and speed. A network without experts under such a name is
another model.

## Bad example
With weights that hold no experts:
```
acme/llama-8x7B
```

## Good example
With the same weights:
```
acme/llama-8B
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.architecture.claims import size
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.claims.structure import published_network
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPERTS = re.compile(r"(\d{1,4})(?:e|experts?)$", re.IGNORECASE)


class ExpertsMismatchOptions(Options):
    """Options of experts-mismatch."""

    tolerance: float = Field(
        default=0.25,
        gt=0,
        lt=1,
        description="share of the stated active count by which the true one may differ",
    )


def _check(subject: Subject, options: ExpertsMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    held = architecture.experts
    shown = f"{held} experts a layer" if held else "no experts"
    for component in (*subject.name.of(Kind.SIZE), *subject.name.of(Kind.DIMENSION)):
        said = size.statement(component.text) if component.kind is Kind.SIZE else None
        found = _EXPERTS.fullmatch(component.text)
        stated = said.experts if said and said.experts else int(found[1]) if found else None
        if stated is not None and stated != held and published_network(subject.name) is None:
            yield Finding(
                f"the name says {component.text}, the weights hold {shown}", component.span, actual=held or 0
            )
        if said is None or not said.active_parameters:
            continue
        active = architecture.active_parameters
        counts = size.Counts(total=architecture.parameters, active=active)
        if size.judge_active(said.active_parameters, counts, options.tolerance) is Outcome.CONTRADICTED:
            yield Finding(
                f"the name says {component.text}, a token uses {size.printed(active or 0)} parameters",
                component.span,
                actual=active,
            )


RULE = Rule("NG406", "experts-mismatch", Severity.ERROR, ExpertsMismatchOptions, _check)
