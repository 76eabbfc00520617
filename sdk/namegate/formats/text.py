"""For people: the name, carets under the parts that are wrong, and the name that would pass."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

import click

from namegate.formats import Level, Style, level, printable
from namegate_policy.errors import NamegateError, UnreadableNameError, caret
from namegate_policy.verdict import Mode, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked
    from namegate_policy.verdict import Violation

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:
    """Print each result as it comes."""
    for name, result in results:
        if isinstance(result, NamegateError):
            yield _undecided(name, result, style)
        else:
            yield "".join(f"{line}\n" for line in _verdict(result, style))


def _verdict(verdict: Verdict, style: Style) -> Iterator[str]:
    name, policy = verdict.name.text, printable(str(verdict.policy))
    headline = _styled(printable(name), style, bold=True)
    if verdict.allowed:
        headline += f"  {_styled('allowed', style, fg='green')} by {policy}"
    yield headline
    for violation in verdict.violations:
        yield _violation(name, violation, style)
    if verdict.suggestion:
        suggestion = _styled(printable(verdict.suggestion), style, fg="green")
        yield f"  did you mean  {suggestion}   (passes policy {policy})"


def _violation(name: str, violation: Violation, style: Style) -> str:
    colour = "bright_black" if violation.waived_by else _COLOURS[level(violation)]
    notes = "" if violation.severity is Severity.ERROR else f" ({violation.severity})"
    if violation.mode is not Mode.ENFORCE:
        notes += f" (mode {violation.mode})"
    if violation.waived_by:
        notes += f" (waived by {printable(violation.waived_by)})"
    text = (
        f"{_styled(violation.code, style, fg=colour)} {violation.rule}{notes}: {printable(violation.message)}"
    )
    if violation.span is None:
        return f"  {text}"
    start, end = violation.span
    before, width = _columns(name[:start]), max(1, _columns(name[start:end]))
    return f"{' ' * before}{_styled('^' * width, style, fg=colour)} {text}"


def _undecided(name: str, error: NamegateError, style: Style) -> str:
    """Return an error under the name that caused it; a long name is cut around the error."""
    span = error.span if isinstance(error, UnreadableNameError) else None
    line, _, carets = caret(name, span).partition("\n")
    reason = f"{_styled(error.kind, style, fg='red')}: {printable(error.message)}"
    return f"{_styled(line, style, bold=True)}\n{carets or ' '} {reason}\n"


def _columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(1 + (east_asian_width(each) in "FW") for each in printable(text) if not combining(each))


def _styled(text: str, style: Style, *, fg: str | None = None, bold: bool = False) -> str:
    return click.style(text, fg=fg, bold=bold or None) if style.colour else text
