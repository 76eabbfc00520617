"""What the trained reader sees of a token and of its neighbours.

Attributes are strings. A token's own attributes (`own`) depend on its text alone, those of its place
(`place`) on the classes and words beside it. There is no position in the name and no organization.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from namegate_policy.naming import patterns

if TYPE_CHECKING:
    from namegate_policy.naming.vocabulary import Vocabulary

_HASH = re.compile(r"(?=.*\d)(?=.*[A-Z])(?=.*[a-z])[0-9A-Za-z]{14,}$|(?=.*\d)[0-9a-f]{7,}$")
_SHORT = {
    "architecture": "A", "dataset": "D", "dimension": "N", "format": "F", "input": "I", "language": "L", "other": "O",
    "quantization": "Q", "size": "S", "task": "T", "title": "t", "training": "R", "vendor": "M", "version": "V",
}  # fmt: skip
SEPARATORS = {"": "g", "-": "-", "_": "_", ".": ".", " ": "-", "/": "-"}
_FAMILY_PART = 4
"""Letters of the shortest architecture word that is looked for inside another word."""


class Word:
    """A token's text, and everything about it that does not depend on the name it stands in."""

    __slots__ = ("cls", "folded", "own")

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        folded = text.lower()
        kinds = "".join(_SHORT[kind] for kind in vocabulary.kinds(text))
        pattern = patterns.pattern_of(folded)
        shape = _shape(text)
        self.folded = folded
        if pattern and kinds:
            self.cls = f"{pattern}+{kinds}"
        elif pattern:
            self.cls = pattern
        else:
            self.cls = kinds or shape
        self.own = ["b", f"w={folded}", f"c={self.cls}"]
        self.own += [f"k={kind}" for kind in kinds]
        if kinds:
            self.own.append(f"k1={kinds[0]}")
        if pattern:
            self.own.append(f"p={pattern}")
        else:
            self.own.append(f"s={shape}")
        if not kinds and not pattern:
            self.own += _spelling(folded, vocabulary)
        if len(kinds) > 1 or pattern:
            self.own.append(f"w+s={folded if kinds else pattern}:{shape}")


def _shape(text: str) -> str:
    if _HASH.match(text):
        return "hash"
    if text.isdigit():
        return "9"
    letters = [c for c in text if c.isalpha()]
    digits = "9" if len(letters) < len(text) else ""
    if not letters:
        return "9.9"
    if all(c.islower() for c in letters):
        form = "a"
    elif all(c.isupper() for c in letters):
        form = "A" if len(letters) > 1 else "A1"
    elif text[0].isupper() and all(c.islower() for c in letters[1:]):
        form = "Aa"
    else:
        form = "aA"
    return form + digits + ("+" if len(letters) > 6 else "" if len(letters) > 3 else "-")


def _spelling(folded: str, vocabulary: Vocabulary) -> list[str]:
    """Return attributes of an unknown word's letters: its ends, and a known word inside it."""
    found = []
    for n in (2, 3, 4):
        if len(folded) > n:
            found += [f"<{folded[:n]}", f"{folded[-n:]}>"]
    for i in range(len(folded) - 2):
        found.append(f"~{folded[i : i + 3]}")
    for n in range(len(folded) - 2, 2, -1):
        kinds = vocabulary.kinds(folded[-n:])
        if kinds:
            found.append(f"ends={_SHORT[kinds[0]]}{min(n, 5)}")
            rest = vocabulary.kinds(folded[:-n])
            if rest:
                found.append(f"both={_SHORT[rest[0]]}{_SHORT[kinds[0]]}")
            break
    for n in range(len(folded) - 2, 2, -1):
        kinds = vocabulary.kinds(folded[:n])
        if kinds:
            found.append(f"starts={_SHORT[kinds[0]]}{min(n, 5)}")
            break
    return found


def place(left2: str, left: Word | None, word: Word, right: Word | None, right2: str, before: str, after: str) -> list[str]:
    """Return the attributes of a token's place; `before` and `after` are separators' short forms."""
    a, b, c = left.cls if left else "^", word.cls, right.cls if right else "$"
    return [
        f"L={a}", f"R={c}", f"LL={left2}", f"RR={right2}", f"<{before}", f">{after}",
        f"L{before}{a}|{b}", f"R{after}{b}|{c}", f"LR{a}|{c}",
        f"Lw={left.folded if left else '^'}", f"Rw={right.folded if right else '$'}",
    ]  # fmt: skip
