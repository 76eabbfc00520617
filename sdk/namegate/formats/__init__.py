"""The output formats of `namegate check`, one module each.

A module exports `render`, which turns results into the pieces of text to print, as they come where the
format lets it. Whatever a name holds, a piece never carries a control character of it.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from namegate_policy.verdict import Mode, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked
    from namegate_policy.verdict import Violation

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


class Level(StrEnum):
    """How loudly to speak of a violation: an error is what denies, unless a waiver lifts it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def level(violation: Violation) -> Level:
    """Return the level of a violation; errors of a rule that only warns or audits are warnings."""
    if violation.severity is Severity.INFO:
        return Level.NOTE
    enforced = violation.severity is Severity.ERROR and violation.mode is Mode.ENFORCE
    return Level.ERROR if enforced else Level.WARNING


def printable(text: str) -> str:
    """Return the text with everything that is not printable as `\\u{…}`; spaces stay."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)
