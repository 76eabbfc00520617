"""The organization would be taken for a well-known one.

## What it does
Compares the organization with those that have names in the registry, as look-alike compares names. It
speaks up where the other has at least `minimum_names` names and ten times as many as this one, or
is listed under `protected`, and also where this one is such a name with a word of trust beside it
(`acme-official`). Without an index of names it knows only the protected ones.

## Why is this bad
Users trust a model for its publisher; who looks like the publisher is trusted without having earned it.

## Bad example
```
acrne/llama-3-8b
acme-official/llama-3-8b
```

## Good example
```
acme/llama-3-8b
umbrella/llama-3-8b
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.index.likeness import is_alike_organization
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.index.names import NameIndex

_FACTOR = 10
"""How many times as many names the imitated organization must have."""
_SEPARATORS = re.compile(r"[\W_]+")


class OrganizationImpersonationOptions(Options):
    """Options of organization-impersonation."""

    protected: tuple[str, ...] = Field(default=(), description="organizations that nobody may look like")
    minimum_names: int = Field(
        default=5, ge=1, description="names from which an organization in the index counts as well known"
    )
    trust_words: tuple[str, ...] = Field(
        default=("official", "original", "real", "verified"),
        description="words that make `acme-official` an imitation of `acme`",
    )


def _check(subject: Subject, options: OrganizationImpersonationOptions) -> Iterator[Finding]:
    organization = subject.name.organization
    if not organization:
        return
    case = organization.casefold()
    if case in map(str.casefold, options.protected):
        return
    names = subject.evidence.names
    if names is None and not options.protected:
        return
    own = _names_of(organization, names)
    words = [word for word in _SEPARATORS.split(case) if word not in options.trust_words]
    bare = "-".join(words) if len(words) < len(_SEPARATORS.split(case)) else ""
    for text in filter(None, (organization, bare)):
        for known, count in _known(text, names, options):
            if known.casefold() == case or not is_alike_organization(text, known):
                continue
            if count is None or count >= max(options.minimum_names, _FACTOR * own):
                yield Finding(
                    f"the organization “{organization}” would be taken for “{known}”",
                    span=(0, len(organization)),
                    expected=known,
                    actual=organization,
                    fixes=((Edit((0, len(organization)), known),),),
                )
                return


def _names_of(organization: str, names: NameIndex | None) -> int:
    near = names.organizations_near(organization) if names else ()
    return sum(known.names for known in near if known.name.casefold() == organization.casefold())


def _known(
    text: str, names: NameIndex | None, options: OrganizationImpersonationOptions
) -> Iterator[tuple[str, int | None]]:
    """Yield organizations like `text` with the number of their names; None for the protected ones."""
    for protected in options.protected:
        yield protected, None
    for known in names.organizations_near(text) if names else ():
        yield known.name, known.names


RULE = Rule("NG303", "organization-impersonation", Severity.ERROR, OrganizationImpersonationOptions, _check)
