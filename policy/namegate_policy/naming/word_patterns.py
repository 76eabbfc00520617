"""Patterns of words that an organization adds to the vocabulary, such as `acmenet[0-9]+`.

A pattern may come from anybody: it runs on RE2, in time linear in the word, with little memory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from namegate_policy.regex import RegexSet, regex_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from namegate_policy.naming.model import Kind

MAX_CHARACTERS = 200
MAX_PATTERNS = 64
"""Patterns of one vocabulary."""
_MEMORY = 1 << 18
"""Bytes of the largest compiled pattern; `acmenet[0-9]{1,4}` takes some hundred."""

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_SYNTAX = re.compile(r"\(\?(?:P?<\w+>|[a-zA-Z-]*[:)])|\\[pP]\{\^?\w+\}")
_SEPARATOR = re.compile(r"[-_\s/]|\\\W")


def pattern_problem(pattern: str) -> str | None:
    """Return what is wrong with a pattern of words, or None.

    Refused are what RE2 does not take, patterns that are long or compile to something large, that take
    the empty text, or that hold a separator, which no word has.
    """
    if len(pattern) > MAX_CHARACTERS:
        return f"a pattern of words has at most {MAX_CHARACTERS} characters, this one has {len(pattern)}"
    if problem := regex_problem(pattern, _MEMORY):
        return f"RE2 does not take the pattern {pattern!r}: {problem}"
    if found := _SEPARATOR.search(_SYNTAX.sub("", _CLASS.sub("", pattern))):
        return f"a word is letters and digits between separators; none has the {found[0]!r} of {pattern!r}"
    if RegexSet([_whole(pattern)]).found(""):
        return f"the pattern {pattern!r} takes the empty text; a word has at least one letter or digit"
    return None


class WordPatterns:
    """Patterns by kind, all of them checked before; letter case does not matter."""

    def __init__(self, patterns: Mapping[Kind, Sequence[str]]) -> None:
        self._kinds = [kind for kind, given in patterns.items() for _ in given]
        self._set = RegexSet([_whole(pattern) for given in patterns.values() for pattern in given])

    def kinds(self, word: str) -> tuple[Kind, ...]:
        """Return the kinds whose patterns take the whole word, in their order."""
        return tuple(dict.fromkeys(self._kinds[index] for index in sorted(self._set.found(word))))


def _whole(pattern: str) -> str:
    return rf"(?i)\A(?:{pattern})\z"
