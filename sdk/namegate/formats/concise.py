"""One line a violation, for `grep` and editors: `NAME:START-END: SEVERITY CODE RULE: MESSAGE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate.formats import Style, printable
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked
    from namegate_policy.errors import Span


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print the violations that no waiver lifts; a name without them gives no line."""
    for name, result in results:
        if isinstance(result, NamegateError):
            yield f"{_place(name, result.span)} error {result.kind}: {printable(result.message)}\n"
            continue
        hint = f" [{printable(result.suggestion)}]" if result.suggestion else ""
        for violation in result.violations:
            if violation.waived_by is None:
                place = _place(name, violation.span)
                rule = f"{violation.severity} {violation.code} {violation.rule}"
                yield f"{place} {rule}: {printable(violation.message)}{hint}\n"


def _place(name: str, span: Span | None) -> str:
    return f"{printable(name)}:{f'{span[0]}-{span[1]}:' if span else ''}"
