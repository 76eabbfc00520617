"""What expressions and messages of custom rules may speak of: the fields of each variable and their types.

A type is `string`, `int`, `double`, `bool`, the name of another message, or one of these in a list
(`[string]`). The same tables make the types that CEL checks, the data that it evaluates, and the choices
that a mistake is answered with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.naming.model import Kind

if TYPE_CHECKING:
    from namegate_policy.rules.base import Subject

_VALUES = (Kind.SIZE, Kind.VERSION)
"""Kinds that are no list of words but a value."""

MESSAGES: dict[str, dict[str, str]] = {
    "Name": {
        "text": "string",
        "organization": "string",
        "repository": "string",
        "scheme": "string",
        "margin": "double",
        "components": "[Component]",
        "size": "Size",
        "version": "Version",
        **{kind.value: "[string]" for kind in Kind if kind not in _VALUES},
    },
    "Component": {"kind": "string", "text": "string", "canonical": "string", "start": "int", "end": "int"},
    "Size": {
        "text": "string",
        "parameters": "int",
        "active_parameters": "int",
        "experts": "int",
        "expert_parameters": "int",
        "word": "string",
    },
    "Version": {
        "text": "string",
        "major": "int",
        "minor": "int",
        "patch": "int",
        "release": "[int]",
        "pre_release": "string",
        "date": "[int]",
        "step": "int",
    },
    "Weights": {
        "verifiable": "bool",
        "format": "string",
        "families": "[string]",
        "parameters": "int",
        "stored_bytes": "int",
        "layers": "int",
        "hidden_size": "int",
        "vocabulary_size": "int",
        "experts": "int",
        "active_parameters": "int",
        "quantization": "string",
        "quantization_bits": "double",
        "adapter": "string",
    },
    "Registry": {"taken": "bool", "owners": "[string]", "owner": "string"},
}

VARIABLES: dict[str, str | None] = {
    "name": "Name",
    "weights": "Weights",
    "config": None,
    "card": None,
    "registry": "Registry",
}
"""Variable → message; None is a mapping of any keys, as the upload's own files have them."""


ALL = frozenset([*VARIABLES, "components"])


def values(subject: Subject, used: frozenset[str] = ALL) -> dict[str, Any]:
    """Return the variables' data for a subject; what is not known is left out.

    Of the variables and of `name.components`, only those `used` are filled.
    """
    evidence = subject.evidence
    return {
        "name": _name(subject, used) if "name" in used else {},
        "weights": _weights(subject) if "weights" in used else {},
        "config": dict(evidence.config or {}) if "config" in used else {},
        "card": dict(evidence.card or {}) if "card" in used else {},
        "registry": _registry(subject) if "registry" in used else {},
    }


def _name(subject: Subject, used: frozenset[str]) -> dict[str, Any]:
    name = subject.name
    found: dict[str, Any] = {
        "text": name.text,
        "organization": name.organization,
        "repository": name.repository,
        "scheme": name.scheme,
        "margin": name.margin,
    }
    if "components" in used:
        found["components"] = [
            _known(
                kind=component.kind.value,
                text=component.text,
                canonical=component.canonical,
                start=component.span[0],
                end=component.span[1],
            )
            for component in name.components
        ]
    for component in name.components:
        if component.kind not in _VALUES:
            word = (component.canonical or component.text).casefold()
            found.setdefault(component.kind.value, []).append(word)
    if name.size is not None:
        found["size"] = _known(**{field: getattr(name.size, field) for field in MESSAGES["Size"]})
    if name.version is not None:
        version = name.version
        release = dict(zip(("major", "minor", "patch"), version.release, strict=False))
        found["version"] = _known(
            text=version.text,
            release=list(version.release),
            pre_release=version.pre_release and version.pre_release[0],
            date=list(version.date),
            step=version.step,
            **release,
        )
    return _known(**found)


def _weights(subject: Subject) -> dict[str, Any]:
    weights, architecture = subject.evidence.weights, subject.evidence.architecture
    if weights is None:
        return {}
    found: dict[str, Any] = {"verifiable": weights.verifiable, "format": weights.format}
    if architecture is not None:
        for field in MESSAGES["Weights"].keys() - found.keys():
            value = getattr(architecture, field)
            found[field] = list(value) if isinstance(value, tuple) else value
    return _known(**found)


def _registry(subject: Subject) -> dict[str, Any]:
    """Return whether the name exists, which accounts made the organization's names, and who uploads."""
    names, owner = subject.evidence.names, subject.evidence.owner
    if names is None:
        return _known(owner=owner)
    taken = names.get(subject.name.text) is not None
    return _known(taken=taken, owners=sorted(names.owners(subject.name.organization or "")), owner=owner)


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
