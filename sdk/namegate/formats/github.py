"""GitHub Actions workflow commands, which show as annotations of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate.formats import Level, Style, level, printable
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print an annotation for each violation that no waiver lifts."""
    for name, result in results:
        if isinstance(result, NamegateError):
            yield _annotation("error", result.kind, f"{name}: {result.message}")
            continue
        hint = f"; did you mean {result.suggestion}" if result.suggestion else ""
        for violation in result.violations:
            if violation.waived_by is None:
                title = f"{violation.code} {violation.rule}"
                yield _annotation(_COMMANDS[level(violation)], title, f"{name}: {violation.message}{hint}")


def _annotation(command: str, title: str, message: str) -> str:
    # A message may not end the command or begin another: `%` escapes are part of the format.
    safe = printable(message).replace("%", "%25")
    safe_title = printable(title).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{command} title={safe_title}::{safe}\n"
