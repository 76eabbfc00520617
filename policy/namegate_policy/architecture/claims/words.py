"""The words of a name by which the network is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.naming.model import Kind
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.naming.model import ModelName


def family_words(name: ModelName) -> tuple[str, ...]:
    """Return the architecture words of a name as tables hold them: folded, without separators and versions.

    A generation joins its family where a table tells generations apart (`qwen2-vl` beside `qwen`).
    """
    found: dict[str, None] = {}
    components = name.components
    for number, component in enumerate(components):
        if component.kind not in (Kind.ARCHITECTURE, Kind.TITLE):
            continue
        folded = component.text.casefold()
        found[folded] = None
        found[key(component.text)] = None
        found[key(component.text).rstrip("0123456789")] = None
        if component.canonical:
            found[component.canonical] = None
        if number + 1 < len(components) and components[number + 1].kind is Kind.VERSION:
            found[key(component.text + components[number + 1].text)] = None
    found.pop("", None)
    return tuple(found)
