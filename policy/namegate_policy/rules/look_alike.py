"""The name would be taken for another one in the registry.

## What it does
Looks for known names whose organization and repository are the same to a hasty reader: equal but for
look-alike characters (Unicode Technical Standard #39), digits in place of letters, separators or letter
case, or one letter added, left out, changed or swapped. Versions and sizes carry meaning and may differ,
and so may words that the vocabulary knows (`cased`, `uncased`). Without an index of names the rule has
nothing to say.

## Why is this bad
Misspelt names of well-known models are how users are led to download somebody else's weights.

## Bad example
```
acrne/llama-3-8b
acme/lIama-3-8b
acme/lama-3-8b
```

## Good example
```
acme/llama-3-70b
acme/llama-2-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.index.likeness import difference, is_alike_organization, is_alike_repository
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 3


class LookAlikeOptions(Options):
    """Options of look-alike."""

    same_organization: bool = Field(
        default=True, description="whether names of the same organization are compared too"
    )


def _check(subject: Subject, options: LookAlikeOptions) -> Iterator[Finding]:
    names, name = subject.evidence.names, subject.name
    if names is None:
        return
    organization = name.organization or ""

    def is_word(text: str) -> bool:
        return bool(subject.vocabulary.kinds(text))

    alike = []
    for known in names.near(name.text):
        other_organization, _, other_repository = known.text.rpartition("/")
        same = organization.casefold() == other_organization.casefold()
        if same and not options.same_organization:
            continue
        if (same or is_alike_organization(organization, other_organization)) and is_alike_repository(
            name.repository, other_repository, is_word
        ):
            alike.append(known.text)
    if not alike:
        return
    alike.sort()
    listed = ", ".join(alike[:_SHOWN]) + (f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else "")
    yield Finding(
        f"the name would be taken for {listed}",
        span=difference(name.text, alike[0]),
        actual=alike[:_SHOWN],
    )


RULE = Rule("NG302", "look-alike", Severity.ERROR, LookAlikeOptions, _check)
