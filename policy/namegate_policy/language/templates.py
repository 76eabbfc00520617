"""Messages of custom rules: text with `{name.version}` in it, checked against the schema at load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.language.problems import did_you_mean
from namegate_policy.language.schema import MESSAGES, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+")
MAX_VALUE = 200
"""Characters of one value that a message shows."""


class TemplateError(ValueError):
    """What is wrong with a template, and at which character of it."""

    def __init__(self, message: str, offset: int, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.offset = offset
        self.choices = choices


class Template(NamedTuple):
    """Pieces of text, and paths of data between them."""

    pieces: tuple[str | tuple[str, ...], ...]

    @property
    def paths(self) -> bool:
        """Whether the text depends on data."""
        return any(isinstance(piece, tuple) for piece in self.pieces)

    def render(self, data: Mapping[str, Any]) -> str:
        """Return the text for the data; what is not known reads `unknown`."""
        return "".join(
            piece if isinstance(piece, str) else _shown(_find(data, piece)) for piece in self.pieces
        )


def parse_template(text: str, params: Iterable[str]) -> Template:
    """Return the template that `text` holds; `{{` and `}}` stand for braces.

    Raises TemplateError for a path that the schema does not have, or for a brace without its other.
    """
    pieces: list[str | tuple[str, ...]] = []
    end = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[0] in ("{{", "}}"):
            pieces.append(found[0][0])
        elif found[1] is None:
            raise TemplateError(
                f"a single {found[0]!r}; write {found[0] * 2!r} for the character", found.start()
            )
        else:
            pieces.append(_path(found[1].strip(), found.start() + 1, params))
    pieces.append(text[end:])
    return Template(tuple(piece for piece in pieces if piece))


def _path(text: str, offset: int, params: Iterable[str]) -> tuple[str, ...]:
    steps = tuple(text.split("."))
    variables = (*VARIABLES, "params")
    if steps[0] not in variables:
        message = f"a message cannot show {text[:60]!r}{did_you_mean(steps[0], variables)}"
        raise TemplateError(message, offset, variables)
    if steps[0] == "params":
        choices = tuple(params)
        if len(steps) != 2 or steps[1] not in choices:
            raise TemplateError(f"there is no parameter {text[7:60]!r}", offset, choices)
        return steps
    message_type = VARIABLES[steps[0]]
    if message_type is None:
        if not _PATH.fullmatch(text):
            raise TemplateError(
                f"a message shows a value such as {steps[0]}.license, found {text[:60]!r}", offset
            )
        return steps
    kind = message_type
    for depth, step in enumerate(steps[1:], 1):
        fields = tuple(MESSAGES.get(kind, ()))
        if step not in fields:
            parent = ".".join(steps[:depth])
            message = f"{parent} has no field {step[:60]!r}{did_you_mean(step, fields)}"
            raise TemplateError(message, offset, fields)
        kind = MESSAGES[kind][step]
    return steps


def _find(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = data
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "unknown"
    if isinstance(value, dict):
        value = value.get("text", ", ".join(map(str, value)))
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, list):
        value = ", ".join(_shown(item) for item in value[:20])
    text = "".join(character if character.isprintable() else "�" for character in str(value)[: MAX_VALUE + 1])
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
