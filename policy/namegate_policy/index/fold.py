"""Text → the form in which two texts are equal if a hasty reader takes one for the other."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from namegate_policy.index.confusables import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS_FOR = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "i": "l"})
"""The letters that digits stand for, and those that look like another."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_WORDS_APART = re.compile(r"[\W_]+")
_SEPARATORS = re.compile(r"[^\w.]+|_+|(?<!\d)\.+|\.+(?!\d)")


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return `text` without case, without separators (but between digits), and with look-alikes as one.

    `Meta-Llama`, `metallama`, `meta_lIama` and `rneta-11ama` fold to the same text; `3.1` and `31` do not.
    """
    return _alike_as_one(_SEPARATORS.sub("", _BETWEEN_DIGITS.sub(".", _visible(text))))


@lru_cache(maxsize=16384)
def fold_organization(organization: str) -> str:
    """Return the organization folded; no separator in it has a meaning."""
    return _alike_as_one(_WORDS_APART.sub("", _visible(organization)))


def _visible(text: str) -> str:
    """Return `text` in lower case, with ASCII in place of what looks like it."""
    if not text.isascii():
        text = "".join(letter if letter.isascii() else skeleton(letter) for letter in text)
    return text.casefold()


def _alike_as_one(text: str) -> str:
    return text.translate(_LETTERS_FOR).replace("rn", "m").replace("vv", "w")


def one_edit_apart(one: str, other: str) -> bool:
    """Return whether two texts are equal, or one letter added, left out, changed or swapped makes them so."""
    return OSA.distance(one, other, score_cutoff=1) <= 1


def halves(text: str) -> tuple[str, str]:
    """Return the keys under which `text` is filed: its length with its first half, and with its second.

    An edit leaves one half as it is, so that texts one edit apart share a key of `near_halves`.
    """
    middle = len(text) // 2
    return f"{len(text)}<{text[:middle]}", f"{len(text)}>{text[middle:]}"


def near_halves(text: str) -> Iterator[str]:
    """Yield every key of `halves` that a text at most one edit from `text` can have in common with it."""
    for length in (len(text) - 1, len(text), len(text) + 1):
        if length < 0:
            continue
        middle = length // 2
        yield f"{length}<{text[:middle]}"
        yield f"{length}>{text[len(text) - (length - middle) :]}"
    middle = len(text) // 2
    if middle:  # two letters swapped across the middle change both halves
        yield f"{len(text)}<{text[: middle - 1]}{text[middle]}"
