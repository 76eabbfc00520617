"""A name as plain data, for JSON, and back without loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from namegate_policy.naming.model import Component, Kind, ModelName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.errors import Span


def name_to_dict(name: ModelName) -> dict[str, Any]:
    """Return the name's parts as JSON types; an infinite margin (no other reading) is null."""
    return {
        "text": name.text,
        "organization": name.organization,
        "repository": name.repository,
        "scheme": name.scheme,
        "components": _components(name.components),
        "size": msgspec.to_builtins(name.size),
        "version": msgspec.to_builtins(name.version),
        "margin": None if math.isinf(name.margin) else round(name.margin, 3),
        "runner_up": None if name.runner_up is None else _components(name.runner_up),
    }


def name_from_dict(record: Mapping[str, Any]) -> ModelName:
    """Return the name that `name_to_dict` wrote; raises KeyError, TypeError or ValueError for other data."""
    runner_up = record["runner_up"]
    return ModelName(
        text=record["text"],
        organization=record["organization"],
        repository=record["repository"],
        scheme=record["scheme"],
        components=_read_components(record["components"]),
        alternatives=(
            math.inf if record["margin"] is None else record["margin"],
            None if runner_up is None else _read_components(runner_up),
        ),
    )


def _components(components: tuple[Component, ...]) -> list[dict[str, Any]]:
    return [
        {
            "kind": component.kind.value,
            "text": component.text,
            "span": list(component.span),
            "canonical": component.canonical,
        }
        for component in components
    ]


def _read_components(records: list[Mapping[str, Any]]) -> tuple[Component, ...]:
    return tuple(
        Component(Kind(record["kind"]), record["text"], _read_span(record["span"]), record["canonical"])
        for record in records
    )


def _read_span(span: list[int]) -> Span:
    start, end = span
    return start, end
