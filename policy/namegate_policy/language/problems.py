"""Mistakes in a document as a person should read them: where, what, and what would be right."""

from __future__ import annotations

import difflib
import types
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from namegate_policy.errors import PolicyProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from namegate_policy.language.nodes import Node
    from namegate_policy.verdict import Location

SHOWN = 60
"""Characters of a wrong value that a message repeats."""


def problem(message: str, location: Location, choices: Iterable[str] = ()) -> PolicyProblem:
    """Return a mistake at a place of a document."""
    return PolicyProblem(message, location.source or "", location.line, location.column, tuple(choices))


def unknown(what: str, found: str, location: Location, choices: Sequence[str]) -> PolicyProblem:
    """Return the mistake that `found` is none of the `choices`, with the nearest of them."""
    return problem(f"unknown {what} {shorten(found)}{did_you_mean(found, choices)}", location, choices)


def did_you_mean(found: str, choices: Sequence[str], *, prefix: str = "") -> str:
    """Return `; did you mean 'x'?` with the nearest choice, or nothing where none is near.

    A `prefix` that all choices share is shown, and makes nothing near.
    """
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(found.casefold()[:200], folded, n=1, cutoff=0.6)
    return f"; did you mean {prefix + folded[near[0]]!r}?" if near else ""


def shorten(value: Any) -> str:
    """Return a value as a message shows it, cut to a readable length."""
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def explain(
    model: type[BaseModel],
    error: ValidationError,
    node: Node,
    *,
    what: str = "key",
    within: str = "",
    beside: tuple[str, ...] = (),
) -> list[PolicyProblem]:
    """Return pydantic's findings on the data of `node` as positioned mistakes, in document order.

    `what` names a field in messages: `key` for documents, `option` for rules; `within` is what the
    node itself is called; `beside` are keys that it may hold and that the model does not read. Of
    several findings on one value (the members of a union) one is kept, the one that lists choices
    first; of a list that is too short only because its items are wrong, only the items are told.
    """
    errors = error.errors(include_url=False)
    places = [each["loc"] for each in errors]
    found = [
        _explain(model, each, node, what, within, beside)
        for each in errors
        if each["type"] != "too_short" or not any(_inside(place, each["loc"]) for place in places)
    ]
    best: dict[tuple[Any, ...], PolicyProblem] = {}
    for each in found:
        place = (each.source, each.line, each.column, each.message if "missing" in each.message else "")
        if place not in best or (each.choices and not best[place].choices):
            best[place] = each
    return sorted(best.values(), key=lambda each: (each.source, each.line, each.column))


def _inside(inner: tuple[Any, ...], outer: tuple[Any, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _explain(
    model: type[BaseModel], found: Any, root: Node, what: str, within: str, beside: tuple[str, ...]
) -> PolicyProblem:
    node, steps = root, []
    annotation: Any = model
    is_key = "[key]" in found["loc"]
    for step in found["loc"]:
        child = node.child(step)
        if child is None:  # a missing key, or the name of a union's member
            continue
        node = child
        steps.append(step)
        annotation = _member(annotation, step)
    name = _path(steps, within)
    if found["type"] == "missing":
        where = f" in {name}" if name else ""
        return problem(f"the {what} {found['loc'][-1]!r} is missing{where}", node.location)
    if found["type"] == "extra_forbidden":
        parent = _path(steps[:-1], within)
        fields = _fields(_parent(model, steps))
        kind = f"{what} of {parent}" if parent else what
        fields = _fields(_parent(model, steps)) + (beside if len(steps) == 1 else ())
        return unknown(kind, str(steps[-1]), node.key or node.location, fields)
    if is_key:
        choices = _key_choices(model, steps)
        if choices:
            place = node.key or node.location
            return unknown(f"key of {_path(steps[:-1], within)}", str(steps[-1]), place, choices)
        return problem(_reworded(found, _path(steps[:-1], within), node), node.key or node.location)
    if isinstance(node.value, str) and (choices := _choices(annotation)):
        return unknown(name, node.value, node.location, choices)
    return problem(_reworded(found, name or "the document", node), node.location)


_EXPECTED = {
    "tuple": "a list",
    "list": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a mapping of keys to values",
    "model": "a mapping of keys to values",
    "model_attributes": "a mapping of keys to values",
    "string": "text",
}


def _reworded(found: Any, name: str, node: Node) -> str:
    kind = found["type"].removesuffix("_type")
    if kind in _EXPECTED:
        return f"{name} should be {_EXPECTED[kind]}, found {_kind_of(node)}"
    if kind in ("too_short", "string_too_short"):
        least = found["ctx"].get("min_length", 1)
        return f"{name} should not be empty" if least == 1 else f"{name} should hold at least {least}"
    if kind in ("value_error", "assertion_error"):
        return f"{name}: {found['ctx']['error']}"
    message = str(found["msg"]).partition(", unable to parse")[0].removeprefix("Input ")
    return f"{name} {message[0].lower()}{message[1:]}, found {_kind_of(node)}"


def _kind_of(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    return "nothing" if node.value is None else shorten(node.value)


def _path(steps: Iterable[str | int], within: str = "") -> str:
    text = within
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation itself; `Annotated` and None are taken off."""
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(part for member in get_args(annotation) for part in _alternatives(member))
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    return () if annotation is type(None) else (annotation,)


def _fields(model: Any) -> tuple[str, ...]:
    for part in _alternatives(model):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return tuple(field.alias or name for name, field in part.model_fields.items())
    return ()


def _member(annotation: Any, step: str | int) -> Any:
    """Return the annotation of the value at a key or an index of a value of `annotation`."""
    for part in _alternatives(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            for name, field in part.model_fields.items():
                if step in (name, field.alias):
                    return field.annotation
        arguments = get_args(part)
        if isinstance(step, int) and arguments:
            return arguments[0]
        if isinstance(step, str) and len(arguments) == 2:
            return arguments[1]
    return None


def _parent(model: Any, steps: Sequence[str | int]) -> Any:
    annotation = model
    for step in steps[:-1]:
        annotation = _member(annotation, step)
    return annotation


def _choices(annotation: Any) -> tuple[str, ...]:
    choices: list[str] = []
    for part in _alternatives(annotation):
        if get_origin(part) is Literal:
            choices += map(str, get_args(part))
        elif isinstance(part, type) and issubclass(part, Enum):
            choices += [str(member.value) for member in part]
        else:
            return ()
    return tuple(choices)


def _key_choices(model: Any, steps: Sequence[str | int]) -> tuple[str, ...]:
    for part in _alternatives(_parent(model, steps)):
        if len(get_args(part)) == 2:
            return _choices(get_args(part)[0])
    return ()
