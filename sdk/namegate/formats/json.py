"""The verdict as JSON: one document for one name, an array for a list of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate.formats.jsonl import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.formats import Style
    from namegate.results import Checked


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:
    """Print each document as it comes."""
    if style.one:
        yield from (f"{document(checked)}\n" for checked in results)
        return
    before = "["
    for checked in results:
        yield f"{before}\n{document(checked)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
