"""What the trained reader sees of a token and of its neighbours.

Attributes are strings. A token's own attributes depend on its text alone; those of its place depend on
the classes and words beside it. There is no position in the name and no organization among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from namegate_policy.naming import patterns
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.naming.model import Kind
    from namegate_policy.naming.vocabulary import Entry, Vocabulary

_HASH = re.compile(r"(?=.*\d)(?=.*[A-Z])(?=.*[a-z])[0-9A-Za-z]{14,}$|(?=.*\d)[0-9a-f]{7,}$")
SHORT_KINDS = {
    "architecture": "A", "dataset": "D", "dimension": "N", "format": "F", "input": "I", "language": "L",
    "other": "O", "quantization": "Q", "size": "S", "task": "T", "title": "t", "training": "R",
    "vendor": "M", "version": "V",
}  # fmt: skip
"""The kinds as attributes write them."""
_SPELLED = 32
"""Letters of an unknown word that its spelling attributes look at; longer ones are no words."""
_SURE = frozenset(SHORT_KINDS[kind] for kind in ("quantization", "format"))
"""Kinds that a word has wherever it stands, if the vocabulary knows it as nothing else."""
START, END = "^", "$"
_NONE: Mapping[Kind, Entry] = {}


class WordShape:
    """What a token's text is by itself: its lower-case form, its class, its entries and its attributes."""

    __slots__ = ("attributes", "entries", "folded", "name", "sure")

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        folded = self.folded = text.lower()
        alphabetic = text.isalpha()
        self.entries = vocabulary.entries(folded if alphabetic else key(text)) or _NONE
        kinds = "".join([SHORT_KINDS[kind] for kind in self.entries])
        pattern = "" if alphabetic else patterns.pattern_of(folded)
        shape = _shape(text)
        if pattern:
            self.name = f"{pattern}+{kinds}" if kinds else pattern
        else:
            self.name = kinds or shape
        self.sure: Kind | None = None
        if not kinds:
            self.sure = patterns.sure_kind(folded) if pattern else None
        elif kinds in _SURE:
            self.sure = next(iter(self.entries))
        self.attributes = ["b", f"w={folded}", f"c={self.name}", *[f"k={kind}" for kind in kinds]]
        if kinds:
            self.attributes.append(f"k1={kinds[0]}")
        self.attributes.append(f"p={pattern}" if pattern else f"s={shape}")
        if not kinds and not pattern:
            self.attributes += _spelling(folded[:_SPELLED], vocabulary)
        if len(kinds) > 1 or pattern:
            self.attributes.append(f"w+s={folded if kinds else pattern}:{shape}")


def _shape(text: str) -> str:
    if text.isalpha():
        joined, digits = text, ""
    elif text.isdigit():
        return "9"
    elif _HASH.match(text):
        return "hash"
    else:
        joined, digits = "".join([c for c in text if c.isalpha()]), "9"
        if not joined:
            return "9.9"
    if joined.islower():
        form = "a"
    elif joined.isupper():
        form = "A" if len(joined) > 1 else "A1"
    elif text[0].isupper() and joined[1:].islower():
        form = "Aa"
    else:
        form = "aA"
    return form + digits + ("+" if len(joined) > 6 else "" if len(joined) > 3 else "-")


def _spelling(folded: str, vocabulary: Vocabulary) -> list[str]:
    """Return attributes of an unknown word's letters: its ends, and a known word inside it."""
    count = len(folded)
    found: list[str] = []
    for n in (2, 3, 4):
        if count > n:
            found += (f"<{folded[:n]}", f"{folded[-n:]}>")
    entries = vocabulary.listed
    for start in range(2, count - 2):
        if known := entries(folded[start:]):
            last = _first(known)
            found.append(f"ends={last}{min(count - start, 5)}")
            if known := entries(folded[:start]):
                found.append(f"both={_first(known)}{last}")
            break
    for end in range(count - 2, 2, -1):
        if known := entries(folded[:end]):
            found.append(f"starts={_first(known)}{min(end, 5)}")
            break
    return found


def _first(entries: Mapping[Kind, Entry]) -> str:
    """Return the short form of the first kind of a word."""
    return next(SHORT_KINDS[kind] for kind in entries)


def context_attributes(name: str, left: str, right: str, before: str, after: str) -> list[str]:
    """Return what a token of class `name` sees: tokens of classes `left` and `right`, behind separators."""
    return [
        f"L={left}",
        f"<{before}",
        f"L{before}{left}|{name}",
        f"R={right}",
        f">{after}",
        f"R{after}{right}|{name}",
        f"LR{left}|{right}",
    ]
