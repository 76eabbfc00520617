"""GitLab's Code Quality report: an array of issues, where a name stands for a file of one line."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from namegate.formats import Level, Style, level, printable
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print the report, when all names are judged; what a waiver lifts is not in it."""
    yield json.dumps([issue for checked in results for issue in _issues(checked)], indent=2) + "\n"


def _issues(checked: Checked) -> Iterator[dict[str, Any]]:
    name, result = checked
    if isinstance(result, NamegateError):
        yield _issue(name, result.kind, "critical", result.message)
        return
    hint = f"; did you mean {result.suggestion}" if result.suggestion else ""
    for violation in result.violations:
        if violation.waived_by is None:
            check = f"{violation.code} {violation.rule}"
            yield _issue(name, check, _SEVERITIES[level(violation)], f"{violation.message}{hint}")


def _issue(name: str, check: str, severity: str, message: str) -> dict[str, Any]:
    identity = json.dumps([name, check, message])
    return {
        "description": printable(message),
        "check_name": check,
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
        "severity": severity,
        "location": {"path": printable(name), "lines": {"begin": 1}},
    }
