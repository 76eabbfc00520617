"""The parameter count in the name is not the one that the weights hold.

## What it does
Compares every count in the name with the parameters that are stored, behind quantization too. Counts are
read as publishers write them: what a known family's label holds comes first (gemma's "7B" is 8.5B), then
a tolerance, then the count of active parameters. The 7B of `8x7B` is compared with what is left when all
experts but one are taken away. A count that fits only without embeddings, or only cut off instead of
rounded, is a warning and no error. Adapters are compared by adapter-mismatch, whole names of timm's and
torchvision's networks by size-word-mismatch.

## Why is this bad
People choose hardware, cost and quality by the count; a wrong one also hides that another model was
uploaded under a known name.

## Bad example
With weights of 8.03B parameters:
```
acme/llama-3-7b
```

## Good example
With the same weights:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.architecture.claims import size
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.claims.structure import published_network
from namegate_policy.architecture.claims.words import family_words, stated_counts
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component


class SizeMismatchOptions(Options):
    """Options of size-mismatch."""

    tolerance: float = Field(
        default=0.08, gt=0, lt=1, description="share of the stated count by which the true one may differ"
    )


def _check(subject: Subject, options: SizeMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None or not architecture.parameters:
        return
    if published_network(subject.name) is not None:
        return
    counts = size.counts_of(architecture)
    proven = architecture.families if len(architecture.families) == 1 else ()
    families = (*family_words(subject.name), *proven)
    stated = stated_counts(subject.name)
    totals = [(component, said.parameters, said.unit or 1) for component, said in stated if said.parameters]
    outcomes = [
        size.judge_total(parameters, unit, counts, families, options.tolerance)
        for _, parameters, unit in totals
    ]
    outcomes.append(size.judge_sum(tuple(parameters for _, parameters, _ in totals), counts, families))
    if totals and Outcome.FITS not in outcomes:
        component = totals[0][0]
        helper = not _HELPERS.isdisjoint(re.split(r"[-_.]", subject.name.repository.casefold()))
        doubtful = Outcome.DOUBTFUL in outcomes or architecture.undecided is not None or helper
        yield _finding(subject, component, counts.total, families, Severity.WARN if doubtful else None)
    for component, said in stated:
        if (
            said.expert_parameters
            and size.judge_experts(said, counts, options.tolerance) is Outcome.CONTRADICTED
        ):
            held = f"{size.printed(counts.one_expert or 0)} parameters with one expert of each layer"
            yield Finding(
                f"the name says {component.text}, the weights hold {held}",
                component.span,
                actual=counts.total,
            )


_HELPERS = frozenset(
    {"assistant", "draft", "drafter", "eagle", "eagle2", "eagle3", "medusa", "mtp", "speculator"}
)
"""Words of small networks that are named after the large one that they work for."""


def _finding(
    subject: Subject, component: Component, total: int, families: tuple[str, ...], severity: Severity | None
) -> Finding:
    expected = size.label_for(total, component.text, families)
    reason = (
        "" if severity is None else "; the count fits only roughly: rounded, cut off or without embeddings"
    )
    architecture = subject.evidence.architecture
    if architecture is not None and architecture.undecided:
        reason = f"; {architecture.undecided}"
    return Finding(
        f"the name says {component.text.upper()}, the weights hold {size.printed(total)} parameters{reason}",
        span=component.span,
        expected=expected,
        actual=total,
        fixes=((Edit(component.span, expected),),),
        severity=severity,
    )


RULE = Rule("NG402", "size-mismatch", Severity.ERROR, SizeMismatchOptions, _check)
