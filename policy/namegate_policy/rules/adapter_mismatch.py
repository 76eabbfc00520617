"""The weights are an adapter and the name does not say so.

## What it does
Recognises adapters (LoRA, LoHa, LoKr, IA³, OFT, VeRA, prompt tuning and some fifteen more methods of PEFT)
by their tensors. An adapter needs its method or one of the words of `words` in its name. A rank in the name
(`r16`) is compared with the rank of the matrices.

## Why is this bad
An adapter cannot be loaded alone, and its own size has nothing to do with the size of the model it is
for.

## Bad example
With LoRA matrices of rank 16:
```
acme/llama-3-8b-instruct
acme/llama-3-8b-lora-r64
```

## Good example
With the same weights:
```
acme/llama-3-8b-lora
acme/llama-3-8b-lora-r16
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANK = re.compile(r"(?:^|[-_.])(?:r|rank)[-_]?(\d{1,4})(?=$|[-_.])", re.IGNORECASE)


class AdapterMismatchOptions(Options):
    """Options of adapter-mismatch."""

    words: tuple[str, ...] = Field(
        default=(
            "lora",
            "adapter",
            "peft",
            "dora",
            "loha",
            "lokr",
            "lycoris",
            "ia3",
            "oft",
            "vera",
            "prompt",
            "delta",
        ),
        description="words of which an adapter's name needs one, inside longer words too",
    )


def _check(subject: Subject, options: AdapterMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is None:
        return
    name = subject.name
    folded = name.repository.casefold()
    end = len(name.text)
    if not any(word.casefold() in folded for word in (*options.words, architecture.adapter)):
        yield Finding(
            f"the weights are a {architecture.adapter} adapter, the name calls them a whole model",
            span=name.repository_span,
            expected=architecture.adapter,
            actual=architecture.adapter,
            fixes=((Edit((end, end), f"-{architecture.adapter}"),),),
        )
    found = _RANK.search(name.repository)
    if found and architecture.adapter_rank and int(found[1]) != architecture.adapter_rank:
        start = name.repository_span[0]
        span = (start + found.start(1), start + found.end(1))
        yield Finding(
            f"the name says rank {found[1]}, the adapter's matrices have rank {architecture.adapter_rank}",
            span=span,
            expected=str(architecture.adapter_rank),
            actual=architecture.adapter_rank,
            fixes=((Edit(span, str(architecture.adapter_rank)),),),
        )


RULE = Rule("NG409", "adapter-mismatch", Severity.ERROR, AdapterMismatchOptions, _check)
