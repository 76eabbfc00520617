"""When a component has the value that a policy lists; shared by allowed-values and denied-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from namegate_policy.naming.model import Component
    from namegate_policy.rules.base import Subject


def matches(subject: Subject, component: Component, value: str) -> bool:
    """Return whether `component` says `value`, in any case or by an alias of the vocabulary."""
    folded = value.casefold()
    if folded in (component.text.casefold(), (component.canonical or "").casefold()):
        return True
    entry = subject.vocabulary.lookup(component.kind, value)
    return entry is not None and entry.canonical == component.canonical
