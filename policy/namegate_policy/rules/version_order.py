"""The version is not greater than one that the registry has.

## What it does
Finds names of the same organization that differ in the version alone, and asks that the new version be
the greatest. Releases are compared with releases, dates with dates and steps with steps. Without an
index of names it has nothing to say.

## Why is this bad
Who asks for the newest version by its number gets an older model.

## Bad example
```
acme/llama-v2-8b
acme/llama-v3.0-8b
```

## Good example
```
acme/llama-v4-8b
acme/llama-v2-70b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.naming import parse_name
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import ModelName


class VersionOrderOptions(Options):
    """Options of version-order: none."""


def _check(subject: Subject, _options: VersionOrderOptions) -> Iterator[Finding]:
    name, names = subject.name, subject.evidence.names
    if names is None or name.version is None:
        return
    rest = _without_version(name)
    versions = []
    for known in names.siblings(name.text):
        other = parse_name(known.text, vocabulary=subject.vocabulary)
        if other.version and other.version.comparable(name.version) and _without_version(other) == rest:
            versions.append((other.version, known.text))
    if not versions:
        return
    newest, text = max(versions)
    if name.version <= newest:
        relation = "equal to" if name.version == newest else "older than"
        yield Finding(
            f"the version {name.version.text} is {relation} that of {text}",
            span=next(component.span for component in name.of(Kind.VERSION)),
            expected=f"greater than {newest.text}",
            actual=name.version.text,
        )


def _without_version(name: ModelName) -> list[tuple[Kind, str]]:
    """Return all components but the first version, which is the one that is compared."""
    rest = [(component.kind, component.text.casefold()) for component in name.components]
    del rest[next(index for index, (kind, _) in enumerate(rest) if kind is Kind.VERSION)]
    return rest


RULE = Rule("NG305", "version-order", Severity.WARN, VersionOrderOptions, _check)
