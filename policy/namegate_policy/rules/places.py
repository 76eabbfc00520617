"""Places in a name, and edits there, that several rules need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.verdict import Edit

if TYPE_CHECKING:
    from namegate_policy.naming.model import ModelName


def removal(name: ModelName, index: int) -> tuple[Edit, ...] | None:
    """Return the edit that deletes a component with one separator beside it; None for the only component."""
    components = name.components
    start, end = components[index].span
    if index:
        return (Edit((components[index - 1].span[1], end), ""),)
    if len(components) > 1:
        return (Edit((start, components[1].span[0]), ""),)
    return None


def elsewhere(count: int) -> str:
    """Return the words for `count` further places of the same kind, for the end of a message."""
    return "" if not count else " (and once more)" if count == 1 else f" (and in {count} more places)"
