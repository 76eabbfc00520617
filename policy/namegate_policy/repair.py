"""Findings → the names closest to the given one that pass the same policy.

Rules propose fixes; here they are combined, the results are judged again, and only names that pass
are returned. A returned name has no repair of its own, so applying a suggestion is stable.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice, product
from typing import TYPE_CHECKING

from namegate_policy.errors import UnreadableNameError
from namegate_policy.verdict import Edit, Severity, Suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from namegate_policy.verdict import Violation

    Fixable = tuple[Violation, tuple[tuple[Edit, ...], ...]]
    """A violation, and the alternative repairs that its rule proposes, the best first."""

_COMBINATIONS = 32
"""Combinations of fixes tried for one name: each costs a judgement."""
_ROUNDS = 3
"""How often a repaired name may be repaired again: a fix can bring up what it hid."""


def repairs(
    text: str, found: Sequence[Fixable], weigh: Callable[[str], Sequence[Fixable]]
) -> tuple[Suggestion, ...]:
    """Return the names nearest to `text` that pass, those with the fewest and smallest edits; else ().

    `found` are the unwaived violations of `text`, `weigh` gives those on another name. A name passes
    when no error is left and it breaks fewer rules than `text`.
    """
    if not any(fixes for _, fixes in found):
        return ()
    passing = [
        (name, left)
        for name, left in _reachable(text, found, weigh, _ROUNDS)
        if len(left) < len(found) and not any(violation.severity is Severity.ERROR for violation, _ in left)
    ]
    if not passing:
        return ()
    fewest = min(len(left) for _, left in passing)
    nearest = [Suggestion(name, edits_between(text, name)) for name, left in passing if len(left) == fewest]
    smallest = min(_size(suggestion.edits) for suggestion in nearest)
    # Of equally small changes the rules' own order decides: they put the best fix first.
    return tuple(suggestion for suggestion in nearest if _size(suggestion.edits) == smallest)


def _reachable(
    text: str, found: Sequence[Fixable], weigh: Callable[[str], Sequence[Fixable]], rounds: int
) -> Iterator[tuple[str, Sequence[Fixable]]]:
    seen = {text}
    frontier = [(text, found)]
    for _ in range(rounds):
        following = []
        for name, findings in frontier:
            for candidate in _candidates(name, findings):
                if candidate in seen:
                    continue
                seen.add(candidate)
                try:
                    left = weigh(candidate)
                except UnreadableNameError:
                    continue
                yield candidate, left
                if len(left) <= len(findings):
                    following.append((candidate, left))
        frontier = sorted(following, key=lambda each: len(each[1]))[:2]
        if frontier and not frontier[0][1]:
            return


def _candidates(text: str, found: Sequence[Fixable]) -> Iterator[str]:
    """Yield `text` with the fixes applied: all findings' first fixes together, then other combinations.

    A fix that touches what an earlier one edits is left for the next round. Skipping such combinations
    instead would go through numbers of them that double with every finding.
    """
    choices = [(*fixes, ()) for _, fixes in found if fixes]
    for combination in islice(product(*choices), _COMBINATIONS):
        edited = apply(text, tuple(edit for fix in combination for edit in fix))
        yield _one_by_one(text, combination) if edited is None else edited


def _one_by_one(text: str, fixes: Sequence[tuple[Edit, ...]]) -> str:
    """Return `text` with the fixes, without those that touch the same characters as an earlier one."""
    touched: set[int] = set()
    edits: list[Edit] = []
    for fix in fixes:
        places = {place for edit in fix for place in _places(edit)}
        if touched.isdisjoint(places):
            touched |= places
            edits += fix
    return apply(text, edits) or text


def _places(edit: Edit) -> range:
    """Return what an edit takes up: characters as odd numbers, the gaps between them as even ones."""
    start, end = edit.span
    return range(2 * start + 1, 2 * end) if end > start else range(2 * start, 2 * start + 1)


def apply(text: str, edits: Sequence[Edit]) -> str | None:
    """Return `text` with all edits made, or None when two of them touch the same characters.

    Texts inserted at one place follow each other in the order in which they are given.
    """
    position, parts = 0, []
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.span):
        start, end = edit.span
        if start < position:
            return None
        parts += [text[position:start], edit.text]
        position = end
    return "".join([*parts, text[position:]])


def edits_between(old: str, new: str) -> tuple[Edit, ...]:
    """Return edits of `old` that make it `new`."""
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(Edit((i1, i2), new[j1:j2]) for tag, i1, i2, j1, j2 in opcodes if tag != "equal")


def _size(edits: tuple[Edit, ...]) -> int:
    return sum(edit.span[1] - edit.span[0] + len(edit.text) for edit in edits)
