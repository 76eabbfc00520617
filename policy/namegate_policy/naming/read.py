"""Text → `ModelName`: which tokens make a component, and which kind each has in this name."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from namegate_policy.naming import decode
from namegate_policy.naming.features import END, START, WordShape, context_attributes
from namegate_policy.naming.model import Component, ModelName, Reading
from namegate_policy.naming.split import Splitter, check_text, organization_end
from namegate_policy.naming.vocabulary import Vocabulary, default_vocabulary
from namegate_policy.naming.weights import Weights, trained_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from namegate_policy.errors import Span
    from namegate_policy.naming.model import Kind
    from namegate_policy.naming.split import Token
    from namegate_policy.naming.vocabulary import Entry

Choice = tuple["Kind", bool]
"""A kind that a token may have, and whether the token begins a component of it or goes on with one."""
_Pieces = dict[str, tuple[int, ...]]
"""Labels of the words of a piece of a name, by the separators and codes of the words."""

_CACHED_NAMES = 20_000
_CACHED_WORDS = 20_000
_CACHED_SIDES = 20_000
_CACHED_PIECES = 20_000
_CACHED_READERS = 8
_FIRST_CODE = 0x100
"""Codes of words are characters from here on, apart from those of separators, start and end."""
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
    return tuple(
        itertools.islice(reader(vocabulary or default_vocabulary()).readings(text, start, end), count)
    )


@lru_cache(maxsize=_CACHED_READERS)
def reader(vocabulary: Vocabulary) -> Reader:
    """Return the reader of names with one vocabulary and the shipped weights."""
    return Reader(vocabulary, trained_weights())


@lru_cache(maxsize=_CACHED_NAMES)
def _parse(text: str, vocabulary: Vocabulary) -> ModelName:
    check_text(text)
    slash = organization_end(text)
    return reader(vocabulary).name(text, slash)


class _Word(msgspec.Struct, frozen=True, gc=False):
    """What the reader keeps of a token's text: its entries, and the packed weights of its own attributes.

    Words of one class and equal weights have the same `code`, a character, since nothing else of them
    counts for the labels. A `sure` word has the label that its form alone gives, whatever stands beside
    it, so that names are decoded in pieces from one such word to the next; other words have None.
    """

    code: str
    name: str
    entries: Mapping[Kind, Entry]
    row: int
    sure: int | None


class _Memory:
    """What a reader remembers of words, and the labels of pieces of names under their words' codes.

    It is filled by several threads, and forgotten as a whole: a code means something in one memory only.
    """

    __slots__ = ("codes", "free", "pieces", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Word] = {}
        self.codes: dict[tuple[str, int], str] = {}
        self.free = map(chr, itertools.count(_FIRST_CODE))
        self.pieces: _Pieces = {}


class Reader:
    """Reads names with one vocabulary and one set of weights; its caches are bounded.

    What a name is read as depends on the name alone, never on what the caches hold.
    """

    def __init__(self, vocabulary: Vocabulary, weights: Weights) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._splitter = Splitter(vocabulary)
        self._memory = _Memory()
        self._sides: dict[str, int] = {}
        self._rivals = int(_RIVALS * weights.scale)
        self._beam = int(_BEAM * weights.scale)
        self._asked = self._alternatives

    def name(self, text: str, slash: int) -> ModelName:
        """Return the name whose organization ends at `slash` (-1: it has none)."""
        tokens = self._splitter.split(text, slash + 1)
        words, pieces = self._find(tokens)
        return ModelName(
            text,
            text[:slash] if slash >= 0 else None,
            text[slash + 1 :],
            self._components(text, tokens, words, self._labels(tokens, words, pieces)),
            alternatives=self._asked,
        )

    def readings(self, text: str, start: int, end: int) -> Iterator[Reading]:
        """Yield the readings of `text[start:end]`, best first; each is worked out when it is asked for."""
        tokens = self._splitter.split(text, start, end)
        words, _ = self._find(tokens)
        rows = self._rows(tokens, words, 0, len(words))
        for score, labels in decode.ranked(rows, self._weights, self._rivals):
            yield Reading(self._components(text, tokens, words, labels), score / self._weights.scale)

    def choices(self, text: str, start: int, end: int) -> Iterator[tuple[Span, list[Choice]]]:
        """Yield the span of each token of `text[start:end]`, and what it is in any of its `readings`."""
        tokens = self._splitter.split(text, start, end)
        kinds, begins = self._weights.kinds, self._weights.begins
        words, _ = self._find(tokens)
        tried = decode.tried(self._rows(tokens, words, 0, len(words)), self._weights, self._rivals)
        for token, labels in zip(tokens, tried, strict=True):
            yield token[1:3], [(kinds[label], begins[label]) for label, _ in labels]

    def _alternatives(self, name: ModelName) -> tuple[float, tuple[Component, ...] | None]:
        """Return by how much the reading beats the best other one, and that one."""
        start = len(name.text) - len(name.repository)
        found = tuple(itertools.islice(self.readings(name.text, start, len(name.text)), 2))
        others = [reading for reading in found if reading.components != name.components]
        if not others:
            return math.inf, None
        return round(max(0.0, found[0].score - others[0].score), 3), others[0].components

    def _find(self, tokens: Sequence[Token]) -> tuple[list[_Word], _Pieces]:
        """Return what is known of the words of a name, and of pieces under the codes of these words."""
        memory = self._memory
        known = memory.words
        if len(known) >= _CACHED_WORDS:  # between names, since the words of one need codes of one memory
            memory = self._memory = _Memory()
            known = memory.words
        words = [known.get(token[0]) or self._word(token[0], memory) for token in tokens]
        return words, memory.pieces

    def _word(self, text: str, memory: _Memory) -> _Word:
        shape = WordShape(text, self._vocabulary)
        if shape.sure is None:
            sure, row = None, self._weights.row(shape.attributes)
        else:
            sure = self._weights.beginning[shape.sure]
            row = self._weights.only(sure)
        code = memory.codes.setdefault((shape.name, row), next(memory.free))
        word = memory.words[text] = _Word(code, shape.name, shape.entries, row, sure)
        return word

    def _labels(self, tokens: Sequence[Token], words: Sequence[_Word], pieces: _Pieces) -> list[int]:
        """Return the labels of the best path, put together from pieces that were decoded before."""
        labels: list[int] = []
        first, before, key = 0, None, ""
        for i, word in enumerate(words):
            sure = word.sure
            if sure is None:
                key += tokens[i][3] + word.code
                continue
            if first < i:
                key += tokens[i][3] + word.code
                labels += pieces.get(key) or self._piece(pieces, key, tokens, words, (first, i), before, sure)
            labels.append(sure)
            first, before, key = i + 1, sure, word.code
        if first < len(words):
            labels += pieces.get(key) or self._piece(
                pieces, key, tokens, words, (first, len(words)), before, None
            )
        return labels

    def _piece(
        self,
        pieces: _Pieces,
        key: str,
        tokens: Sequence[Token],
        words: Sequence[_Word],
        part: tuple[int, int],
        before: int | None,
        after: int | None,
    ) -> tuple[int, ...]:
        """Decode the words of `part`, between words that have the labels `before` and `after`."""
        if len(pieces) >= _CACHED_PIECES:
            pieces.clear()
        rows = self._rows(tokens, words, *part)
        piece = pieces[key] = tuple(decode.best(rows, self._weights, self._beam, before, after))
        return piece

    def _rows(self, tokens: Sequence[Token], words: Sequence[_Word], start: int, end: int) -> list[int]:
        """Return the packed scores of the labels of each token from `start` to `end`."""
        last = len(words) - 1
        rows = []
        left = words[start - 1].name if start else START
        for i in range(start, end):
            word = words[i]
            name, row = word.name, word.row
            if word.sure is None:
                right, after = (words[i + 1].name, tokens[i + 1][3]) if i < last else (END, END)
                row += self._side(name, left, right, tokens[i][3], after)
            rows.append(row)
            left = name
        return rows

    def _side(self, name: str, left: str, right: str, before: str, after: str) -> int:
        key = f"{left} {before}{name}{after} {right}"
        row = self._sides.get(key)
        if row is None:
            if len(self._sides) >= _CACHED_SIDES:
                self._sides.clear()
            row = self._sides[key] = self._weights.row(context_attributes(name, left, right, before, after))
        return row

    def _components(
        self, text: str, tokens: Sequence[Token], words: Sequence[_Word], labels: Sequence[int]
    ) -> tuple[Component, ...]:
        begins, kinds = self._weights.begins, self._weights.kinds
        components: list[Component] = []
        for (piece, start, end, _), word, label in zip(tokens, words, labels, strict=True):
            kind = kinds[label]
            if begins[label]:
                entry = word.entries.get(kind) if word.entries else None
            else:
                start = components.pop().span[0]
                piece = text[start:end]
                entry = self._vocabulary.lookup(kind, piece)
            components.append(Component(kind, piece, (start, end), entry.canonical if entry else None))
        return tuple(components)
