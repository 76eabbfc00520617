"""Text → its parts: the organization, the fields of a registry's reference, and what is read as a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.naming.split import organization_end

if TYPE_CHECKING:
    from namegate_policy.errors import Span
    from namegate_policy.naming.model import Kind
    from namegate_policy.naming.registries import Registry


class Part(NamedTuple):
    """A stretch of a text that is one token of a grammar, or, without a terminal, a name still to be read."""

    span: Span
    terminal: str | None = None
    noun: str = ""
    kind: Kind | None = None


def id_parts(text: str) -> list[Part]:
    """Return the parts of a model id `[organization/]repository`.

    Raises UnreadableNameError, reason `path`, for a text that is a path.
    """
    slash = organization_end(text)
    if slash < 0:
        return [Part((0, len(text)))]
    return [Part((0, slash), "ORGANIZATION", "organization"), Part((slash + 1, len(text)))]


def free_parts(text: str) -> list[Part]:
    """Return the parts of a text under no scheme: those of an id, or one, where it has more than one `/`."""
    return id_parts(text) if text.count("/") < 2 else [Part((0, len(text)))]


def reference_parts(text: str, registry: Registry) -> list[Part]:
    """Return the fields of a reference in order; neighbours that are read as names become one part."""
    parts: list[Part] = []
    spans = registry.cut(text)
    for name, (start, end) in sorted(spans.items(), key=lambda field: field[1]):
        field = registry.fields[name]
        before = parts[-1] if parts else None
        if field.terminal is None and before and before.terminal is None:
            between = text[before.span[1] : start]
            if "/" not in between and not any(character.isalnum() for character in between):
                parts[-1] = Part((before.span[0], end))
                continue
        parts.append(Part((start, end), field.terminal, field.noun, field.kind))
    return parts
