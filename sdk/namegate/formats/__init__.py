"""The output formats of `namegate check`, one module each.

A module exports `render`, which turns results into the pieces of text to print, as they come where the
format lets it. Whatever a name holds, a piece never carries a control character of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked

FORMATS = {
    "text": "namegate.formats.text",
    "concise": "namegate.formats.concise",
    "json": "namegate.formats.json",
    "jsonl": "namegate.formats.jsonl",
    "sarif": "namegate.formats.sarif",
    "junit": "namegate.formats.junit",
    "github": "namegate.formats.github",
    "gitlab": "namegate.formats.gitlab",
}


class Style(NamedTuple):
    """How to print: with colours, and whether one name was asked for rather than a list."""

    colour: bool = False
    one: bool = False


class Render(Protocol):
    """Results → pieces of text."""

    def __call__(self, results: Iterable[Checked], style: Style) -> Iterator[str]:
        """Return the pieces; each ends its own line."""


def renderer(name: str) -> Render:
    """Import the format `name`, a key of `FORMATS`."""
    render: Render = import_module(FORMATS[name]).render
    return render


def printable(text: str) -> str:
    """Return the text with everything that is not printable as `\\u{…}`; spaces stay."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)
