"""The registry has a model of that name already.

## What it does
Looks the id up among the registry's names, without regard to letter case. A name that the same account
made (by the owner ids of the upload and of the index) is free to it. Without an index of names the rule
has nothing to say.

## Why is this bad
The upload would overwrite or shadow the other model, or be refused at the end.

## Bad example
```
acme/Llama-3-8B
```

## Good example
```
acme/llama-3-8b-chat
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class NameTakenOptions(Options):
    """Options of name-taken: none."""


def _check(subject: Subject, _options: NameTakenOptions) -> Iterator[Finding]:
    names, owner = subject.evidence.names, subject.evidence.owner
    if names is None:
        return
    known = names.get(subject.name.text)
    if known is None or (owner is not None and owner == known.owner):
        return
    yield Finding(
        f"the registry has {known.text} already", span=subject.name.repository_span, actual=known.text
    )


RULE = Rule("NG301", "name-taken", Severity.ERROR, NameTakenOptions, _check)
