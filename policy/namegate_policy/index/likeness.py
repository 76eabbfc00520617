"""Whether one name would be taken for another, and where they differ."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from namegate_policy.index.fold import fold, fold_organization, one_edit_apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.errors import Span

_SHORTEST = 4
"""Letters of the shortest word in which one other letter is a slip and not another word."""
_SEPARATORS = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def is_alike_organization(one: str, other: str) -> bool:
    """Return whether a reader would take one organization for the other, in which no part has a meaning."""
    folded_one, folded_other = fold_organization(one), fold_organization(other)
    if folded_one == folded_other:
        return True
    return min(len(folded_one), len(folded_other)) >= _SHORTEST and one_edit_apart(folded_one, folded_other)


def is_alike_repository(one: str, other: str, is_word: Callable[[str], bool]) -> bool:
    """Return whether a reader would take the text `one` for `other`.

    They are alike if they fold to the same text, or are one edit apart in a word. An edit of a digit is
    none: versions and sizes carry meaning. Neither is one in a short word, nor one that leads from a known
    word to another (`is_word`), as from `cased` to `based`.
    """
    folded_one, folded_other = fold(one), fold(other)
    if not one_edit_apart(folded_one, folded_other):
        return False
    words_one, words_other = (_SEPARATORS.sub(" ", text.casefold()).split() for text in (one, other))
    if len(words_one) != len(words_other):
        words_one, words_other = ["".join(words_one)], ["".join(words_other)]
    pairs = [(a, b) for a, b in zip(words_one, words_other, strict=True) if a != b]
    if folded_one == folded_other:
        return not pairs or not all(is_word(a) and is_word(b) for a, b in pairs)
    if not pairs:
        return False  # only a separator between digits differs: 3.5 and 35
    edited = [(a, b) for a, b in pairs if fold(a) != fold(b)]
    return not edited or any(_is_slip(a, b, is_word) for a, b in edited)


def _is_slip(one: str, other: str, is_word: Callable[[str], bool]) -> bool:
    """Return whether two words of names are one word, once written wrongly."""
    if not one_edit_apart(one, other):
        return min(len(one), len(other)) >= _SHORTEST  # an edit and a look-alike besides: no accident
    start, end = difference(one, other)
    other_end = len(other) - (len(one) - end)
    if any(map(str.isdigit, one[start:end] + other[start:other_end])):
        return False
    letters = _letters_at(one, start, end), _letters_at(other, start, other_end)
    return min(map(len, letters)) >= _SHORTEST and not all(map(is_word, letters))


def difference(one: str, other: str) -> Span:
    """Return the part of `one` between what both begin with and what both end with."""
    start = _shared(one, other)
    return start, len(one) - _shared(one[start:][::-1], other[start:][::-1])


def _shared(one: str, other: str) -> int:
    """Return how many characters both texts begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _letters_at(text: str, start: int, end: int) -> str:
    """Return the run of letters that holds or touches `[start, end)`."""
    for match in _LETTERS.finditer(text):
        if match.start() <= start and end <= match.end():
            return match[0]
    return ""
