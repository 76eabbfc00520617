"""The name does not fit the naming scheme of the policy.

## What it does
Asks the grammar that the policy names under `scheme` whether it accepts the name, and says where the name
leaves it and what the grammar would take there. The universal scheme `ptm` accepts every name.

## Why is this bad
A strict scheme is a promise that every name can be taken apart by the same rule; one exception breaks the
tools that rely on it.

## Bad example
With `scheme: timm`:
```
mobilenetv3_small_100.lamb/in1k
```

## Good example
With `scheme: timm`:
```
mobilenetv3_small_100.lamb_in1k
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class SchemeMismatchOptions(Options):
    """Options of scheme-mismatch: none; the scheme is the policy's."""


def _check(subject: Subject, _options: SchemeMismatchOptions) -> Iterator[Finding]:
    mismatch = subject.name.mismatch
    if mismatch is None:
        return
    literals = [each[1:-1] for each in mismatch.expected if len(each) > 2 and each[0] == each[-1] == "'"]
    yield Finding(
        str(mismatch),
        span=mismatch.span,
        expected=" or ".join(mismatch.expected),
        actual=subject.name.text[slice(*mismatch.span)],
        fixes=tuple((Edit(mismatch.span, literal),) for literal in literals),
    )


RULE = Rule("NG102", "scheme-mismatch", Severity.ERROR, SchemeMismatchOptions, _check)
