"""The words of a name by which the network is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims.size import known_labels, statement
from namegate_policy.naming.model import Kind
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.naming.model import Component, ModelName
    from namegate_policy.naming.values import Size


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
    repository = name.repository.casefold()
    for family in known_labels():
        if len(family) >= _LONG and family in repository:
            found[family] = None
    found.pop("", None)
    return tuple(found)


_LONG = 4
"""Letters from which a family's word is one inside longer words too (`colqwen`)."""


def stated_counts(name: ModelName) -> list[tuple[Component, Size]]:
    """Return the size components that state a count.

    A count that is glued to a word which names no network (`lvd1689m`) counts data.
    """
    found = []
    for component in name.of(Kind.SIZE):
        said = statement(component.text)
        if said is None:
            continue
        before = next((other for other in name.components if other.span[1] == component.span[0]), None)
        glued = before is not None and before.text[-1:].isalpha() and component.text[:1].isdecimal()
        if not glued or before is None or before.kind is Kind.ARCHITECTURE:
            found.append((component, said))
    return found
