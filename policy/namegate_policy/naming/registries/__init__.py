"""Registries' own rules for names: one table, one function that checks a name against a row of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming.registries.clouds import CLOUDS
from namegate_policy.naming.registries.files import FILES
from namegate_policy.naming.registries.hubs import HUBS
from namegate_policy.naming.registries.references import REFERENCES
from namegate_policy.naming.registries.registry import Field, Reference, Registry, RegistryProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTRIES: Mapping[str, Registry] = MappingProxyType(
    {registry.name: registry for registry in (*HUBS, *REFERENCES, *FILES, *CLOUDS)}
)
"""Every registry whose rules are known, by name."""


def check_name(registry: str, text: str) -> RegistryProblem | None:
    """Return the first reason why the registry refuses the name `text`, or None if it takes it.

    `registry` is a key of `REGISTRIES`. The problem has `registry`, `field`, `span` (in characters of
    `text`), `found` and `expected`, and its `str` is a sentence.

    Raises KeyError for an unknown registry.
    """
    return REGISTRIES[registry].problem(text)


def parse_reference(registry: str, text: str) -> Reference:
    """Return the reference that `text` is in a registry; `str` of it is `text` again.

    Raises KeyError for an unknown registry, UnreadableNameError (reason `invalid-registry-name`) for a
    text that the registry refuses.
    """
    known = REGISTRIES[registry]
    if problem := known.problem(text):
        raise UnreadableNameError(
            str(problem), reason="invalid-registry-name", source=text, span=problem.span
        )
    spans = known.cut(text)
    fields = {name: text[slice(*spans[name])] if name in spans else None for name in known.fields}
    return Reference(known, MappingProxyType(fields))


__all__ = ["REGISTRIES", "Field", "Reference", "Registry", "RegistryProblem", "check_name", "parse_reference"]
