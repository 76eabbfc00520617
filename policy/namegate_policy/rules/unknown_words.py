"""Words of a name that the policy's vocabulary does not hold; shared by the unknown-… rules."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from namegate_policy.rules.base import Finding, Subject
from namegate_policy.verdict import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Component, Kind
    from namegate_policy.naming.vocabulary import Vocabulary

_NEAR = 75
"""Similarity in percent (2·matches / length) from which a known word is offered instead."""
_SHORTEST = 6
"""Letters from which one wrong letter is a slip; shorter words have too many neighbours."""


def unknown_words(subject: Subject, kind: Kind) -> Iterator[Finding]:
    """Yield a finding for every component of `kind` that is no known word, with the nearest known ones."""
    for component in subject.name.components:
        if component.kind is kind and component.canonical is None and not component.text.isdigit():
            word = component.text.lower()
            near = nearest(subject.vocabulary, kind, word)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            # A like word is worth telling, but only a slip of the pen may be repaired.
            meant = tuple(known for known in near if OSA.distance(word, known.lower()) <= 1)
            yield _finding(component, meant, f"the {kind} “{component.text}” is not in the vocabulary{hint}")


def misspelt_words(subject: Subject, kind: Kind) -> Iterator[Finding]:
    """Yield a finding for every unknown word, read as another kind, that misses one of `kind` by a letter."""
    for component in subject.name.components:
        text = component.text
        if component.canonical is not None or component.kind is kind or len(text) < _SHORTEST:
            continue
        if not text.isalpha() or subject.vocabulary.kinds(text):
            continue
        meant = misspelt(subject.vocabulary, kind, text.lower())
        if meant is not None:
            message = f"“{text}” is no known {kind}, and one letter from “{meant}”"
            yield _finding(component, (meant,), message)


def _finding(component: Component, instead: tuple[str, ...], message: str) -> Finding:
    """Return a finding on `component` with the words that may stand in its place, the best first."""
    return Finding(
        message,
        span=component.span,
        expected=instead[0] if instead else None,
        actual=component.text,
        fixes=tuple((Edit(component.span, word),) for word in instead),
    )


@lru_cache(maxsize=64)
def _words(vocabulary: Vocabulary, kind: Kind) -> tuple[str, ...]:
    return vocabulary.words(kind)


@lru_cache(maxsize=4096)
def nearest(vocabulary: Vocabulary, kind: Kind, word: str) -> tuple[str, ...]:
    """Return up to three known words like `word`, the most alike first."""
    found = process.extract(
        word, _words(vocabulary, kind), scorer=fuzz.ratio, processor=str.lower, limit=3, score_cutoff=_NEAR
    )
    return tuple(known for known, _, _ in found)


@lru_cache(maxsize=4096)
def misspelt(vocabulary: Vocabulary, kind: Kind, word: str) -> str | None:
    """Return the known word that `word` misses by one letter (added, left out, changed or swapped)."""
    found = process.extractOne(
        word, _words(vocabulary, kind), scorer=OSA.distance, processor=str.lower, score_cutoff=1
    )
    return found[0] if found else None
