"""Text → `ModelName`: which tokens make a component, and which kind each has in this name."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from namegate_policy.naming import decode
from namegate_policy.naming.features import (
    END,
    SEPARATORS,
    START,
    WordShape,
    between_attribute,
    left_attributes,
    right_attributes,
)
from namegate_policy.naming.model import Component, ModelName, Reading
from namegate_policy.naming.split import Splitter, check_text, organization_end
from namegate_policy.naming.vocabulary import Vocabulary, default_vocabulary
from namegate_policy.naming.weights import Weights, trained_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from namegate_policy.errors import Span
    from namegate_policy.naming.model import Kind
    from namegate_policy.naming.split import Token

Choice = tuple["Kind", bool]
"""A kind that a token may have, and whether the token begins a component of it or goes on with one."""

_CACHED_NAMES = 20_000
_CACHED_WORDS = 20_000
_CACHED_SIDES = 20_000
_CACHED_READERS = 8
_BEAM = 4.0
"""Readings that fall this many log-odds behind the best one on the way are given up."""
_RIVALS = 9.0
"""A label this many log-odds behind a token's best one is not tried for other readings."""


def parse_name(text: str, scheme: str = "ptm", vocabulary: Vocabulary | None = None) -> ModelName:
    """Read a model id `[organization/]repository` in a naming scheme: `ptm`, or see `load_scheme`.

    Raises UnreadableNameError for a text that is no name (its `reason` is one of empty, too-long,
    control-character, unpaired-surrogate, bidirectional-mark, path), and SchemeError for a scheme that
    does not load.
    """
    if scheme != "ptm":
        from namegate_policy.naming.scheme import load_scheme

        return load_scheme(scheme, vocabulary).parse(text)
    return _parse(text, vocabulary or default_vocabulary())


def readings(
    text: str, vocabulary: Vocabulary | None = None, *, span: Span | None = None, count: int = 8
) -> tuple[Reading, ...]:
    """Return the best readings of `text`, or of a part of it, best first: at most `count`."""
    start, end = span or (0, len(text))
    return tuple(islice(reader(vocabulary or default_vocabulary()).readings(text, start, end), count))


@lru_cache(maxsize=_CACHED_READERS)
def reader(vocabulary: Vocabulary) -> Reader:
    """Return the reader of names with one vocabulary and the shipped weights."""
    return Reader(vocabulary, trained_weights())


@lru_cache(maxsize=_CACHED_NAMES)
def _parse(text: str, vocabulary: Vocabulary) -> ModelName:
    check_text(text)
    slash = organization_end(text)
    return reader(vocabulary).name(text, slash)


class _Word(WordShape):
    """A token's text with the packed weights of its own attributes."""

    __slots__ = ("row", "sure_row")

    def __init__(self, text: str, vocabulary: Vocabulary, weights: Weights) -> None:
        super().__init__(text, vocabulary)
        self.row = weights.row(self.attributes)
        self.attributes = []
        self.sure_row = None if self.sure is None else weights.only(self.sure)


class Reader:
    """Reads names with one vocabulary and one set of weights; its caches are bounded.

    What a name is read as depends on the name alone, never on what the caches hold.
    """

    def __init__(self, vocabulary: Vocabulary, weights: Weights) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._splitter = Splitter(vocabulary)
        self._words: dict[str, _Word] = {}
        self._sides: dict[tuple[str, str, str, str, str], int] = {}
        self._rivals = int(_RIVALS * weights.scale)
        self._beam = int(_BEAM * weights.scale)

    def name(self, text: str, slash: int) -> ModelName:
        """Return the name whose organization ends at `slash` (-1: it has none)."""
        tokens = self._splitter.split(text, slash + 1)
        words = self._find(tokens)
        labels = decode.best(self._rows(tokens, words), self._weights, self._beam)
        components = self._components(text, tokens, words, labels)
        return ModelName(
            text,
            text[:slash] if slash >= 0 else None,
            text[slash + 1 :],
            components,
            alternatives=lambda: self._alternatives(text, slash, components),
        )

    def readings(self, text: str, start: int, end: int) -> Iterator[Reading]:
        """Yield the readings of `text[start:end]`, best first; each is worked out when it is asked for."""
        tokens = self._splitter.split(text, start, end)
        words = self._find(tokens)
        for score, labels in decode.ranked(self._rows(tokens, words), self._weights, self._rivals):
            yield Reading(self._components(text, tokens, words, labels), score / self._weights.scale)

    def choices(self, text: str, start: int, end: int) -> Iterator[tuple[Span, list[Choice]]]:
        """Yield the span of each token of `text[start:end]`, and what it is in any of its `readings`."""
        tokens = self._splitter.split(text, start, end)
        kinds, begins = self._weights.kinds, self._weights.begins
        tried = decode.tried(self._rows(tokens, self._find(tokens)), self._weights, self._rivals)
        for token, labels in zip(tokens, tried, strict=True):
            yield token[1:3], [(kinds[label], begins[label]) for label, _ in labels]

    def _alternatives(
        self, text: str, slash: int, components: tuple[Component, ...]
    ) -> tuple[float, tuple[Component, ...] | None]:
        """Return by how much the reading beats the best other one, and that one."""
        found = tuple(islice(self.readings(text, slash + 1, len(text)), 2))
        others = [reading for reading in found if reading.components != components]
        if not others:
            return math.inf, None
        return round(max(0.0, found[0].score - others[0].score), 3), others[0].components

    def _find(self, tokens: Sequence[Token]) -> list[_Word]:
        known = self._words
        return [known.get(token[0]) or self._word(token[0]) for token in tokens]

    def _word(self, text: str) -> _Word:
        if len(self._words) >= _CACHED_WORDS:
            self._words.clear()
        word = self._words[text] = _Word(text, self._vocabulary, self._weights)
        return word

    def _rows(self, tokens: Sequence[Token], words: Sequence[_Word]) -> list[int]:
        """Return the packed scores of the labels of each token."""
        sides = self._sides
        rows = []
        last = len(words) - 1
        left, before = START, START
        for i, word in enumerate(words):
            if i < last:
                after, right = SEPARATORS.get(tokens[i + 1][3], "#"), words[i + 1].name
            else:
                after = right = END
            if word.sure_row is not None:
                rows.append(word.sure_row)
            else:
                side = (word.name, left, right, before, after)
                row = sides.get(side)
                rows.append(word.row + (self._side(*side) if row is None else row))
            left, before = word.name, after
        return rows

    def _side(self, name: str, left: str, right: str, before: str, after: str) -> int:
        if len(self._sides) >= _CACHED_SIDES:
            self._sides.clear()
        row = self._sides[name, left, right, before, after] = self._weights.row(
            [
                *left_attributes(left, before, name),
                *right_attributes(right, after, name),
                between_attribute(left, right),
            ]
        )
        return row

    def _components(
        self, text: str, tokens: Sequence[Token], words: Sequence[_Word], labels: Sequence[int]
    ) -> tuple[Component, ...]:
        begins, kinds = self._weights.begins, self._weights.kinds
        components: list[Component] = []
        i, count = 0, len(tokens)
        while i < count:
            kind = kinds[labels[i]]
            piece, start, end, _ = tokens[i]
            j = i + 1
            while j < count and not begins[labels[j]]:
                j += 1
            if j == i + 1:
                entry = words[i].entries.get(kind)
            else:
                end = tokens[j - 1][2]
                piece = text[start:end]
                entry = self._vocabulary.lookup(kind, piece)
            components.append(Component(kind, piece, (start, end), entry.canonical if entry else None))
            i = j
        return tuple(components)
