"""One JSON document a line: the verdict, or problem details for a name that could not be judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from namegate_policy.errors import NamegateError
from namegate_policy.problem import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.formats import Style
    from namegate.results import Checked


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print each document as it comes, byte for byte as the server sends it."""
    for checked in results:
        yield f"{document(checked)}\n"


def document(checked: Checked) -> str:
    """Return a result as one line of JSON."""
    if isinstance(checked.result, NamegateError):
        details = {"name": checked.name, **problem_of(checked.result)}
        return json.dumps(details, separators=(",", ":"))
    return checked.result.to_json().decode()
