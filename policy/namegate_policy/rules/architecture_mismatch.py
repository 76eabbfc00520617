"""The name says one network family, the tensors are another's.

## What it does
Takes the architecture words of the name and the types that each may stand for, and compares them with the
types whose tensor names the weights have. Families that write the same names (llama, mistral, …) cannot be
told apart and are not reported, unless config.json says which of them it is. Of several architecture words
(`DeepSeek-R1-Distill-Qwen`) one must fit.

## Why is this bad
The family decides which code can load the model, what licence and what risks come with it; a wrong one is
an error at best and a trap at worst.

## Bad example
With the tensors of a GPT-NeoX:
```
acme/llama-6.9b
```

## Good example
With the same weights:
```
acme/pythia-6.9b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims.family import contradicted_words
from namegate_policy.architecture.configuration import model_type
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class ArchitectureMismatchOptions(Options):
    """Options of architecture-mismatch: none."""


_SHOWN = 6


def _check(subject: Subject, _: ArchitectureMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    words = contradicted_words(subject.name, subject.vocabulary, architecture)
    for component in words[:1]:
        families = architecture.families
        shown = ", ".join(families[:_SHOWN]) + (" …" if len(families) > _SHOWN else "")
        how = "are those of" if architecture.exact else "are closest to"
        as_claimed = ", as config.json says" if families == (model_type(subject.evidence.config),) else ""
        yield Finding(
            f"the name says {component.text}, the tensor names {how} {shown}{as_claimed}",
            span=component.span,
            expected=families[0] if len(families) == 1 else None,
            actual=list(families),
            # With a second contradicted word left in place, the name would still lie.
            fixes=((Edit(component.span, families[0]),),) if len(families) == len(words) == 1 else (),
        )


RULE = Rule("NG401", "architecture-mismatch", Severity.ERROR, ArchitectureMismatchOptions, _check)
