"""The organization's name belongs to another account than before.

## What it does
Compares the account that uploads with the accounts that made the organization's names in the index, by
the registry's lasting ids. Without owner ids it has nothing to say.

## Why is this bad
An account that is deleted or renamed frees its name; whoever takes it inherits every download link that
points there.

## Bad example
```
acme/llama-3-8b
```

## Good example
```
umbrella/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class NamespaceReuseOptions(Options):
    """Options of namespace-reuse: none."""


def _check(subject: Subject, _options: NamespaceReuseOptions) -> Iterator[Finding]:
    names, owner, organization = subject.evidence.names, subject.evidence.owner, subject.name.organization
    if names is None or owner is None or not organization:
        return
    owners = names.owners(organization)
    if owners and owner not in owners:
        known = ", ".join(sorted(owners))
        yield Finding(
            f"the names of “{organization}” were made by the account {known}, this upload is by {owner}",
            span=(0, len(organization)),
            expected=known,
            actual=owner,
        )


RULE = Rule("NG304", "namespace-reuse", Severity.ERROR, NamespaceReuseOptions, _check)
