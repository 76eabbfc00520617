"""The weights cannot be trusted, or are missing where the policy asks for them.

## What it does
Reports every reason why the files' headers were not believed: a shape that does not match the bytes
stored, a shard that the index names and the upload lacks, a pickle that calls code; so are files of weights
that store no element of any tensor. With `required`, an upload without weights is reported too.

## Why is this bad
A claim can only be compared with weights that are what they say they are. This verdict never passes an
enforcing policy; alone, it means *could not decide*.

## Bad example
Without weights, where the policy asks for them (or with a truncated file):
```
acme/llama-3-8b-instruct
```

## Good example
With whole files:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 5
"""Problems that are listed one by one; thousands may come from one bad file."""


class UnverifiableWeightsOptions(Options):
    """Options of unverifiable-weights."""

    required: bool = Field(default=False, description="whether a name without weights is reported")


def _check(subject: Subject, options: UnverifiableWeightsOptions) -> Iterator[Finding]:
    weights = subject.evidence.weights
    if weights is None:
        if options.required:
            yield Finding("no weights came with the name, and the policy asks for them")
        return
    if not weights.tensors and not weights.problems:
        yield Finding("the weights cannot be trusted: no file stores an element of a tensor")
    for problem in weights.problems[:_SHOWN]:
        place = problem.file if problem.offset is None else f"{problem.file}, byte {problem.offset}"
        yield Finding(f"the weights cannot be trusted: {problem.message} ({place})", actual=problem.code)
    if len(weights.problems) > _SHOWN:
        yield Finding(f"the weights have {len(weights.problems) - _SHOWN} more problems of this kind")


RULE = Rule("NG499", "unverifiable-weights", Severity.ERROR, UnverifiableWeightsOptions, _check)
