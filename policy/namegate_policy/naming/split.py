"""Text → tokens: the pieces of a name that are read as one, found without looking at their meaning in it.

A *chunk* is a run of letters and digits (a dot between digits belongs to it: `Qwen2.5`). A *token* is a
part of a chunk (`Qwen`, `2.5`), a whole chunk, or several chunks that the vocabulary or a pattern knows
as one unit (`stable-diffusion`, `Q4_K_M`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming import patterns
from namegate_policy.naming.vocabulary import CHUNK

if TYPE_CHECKING:
    from namegate_policy.naming.vocabulary import Vocabulary

MAX_LENGTH = 1024
"""Characters of the longest readable name: the longest Ollama reference that its rules allow has 741."""
_LONGEST = 64
"""Letters and digits without a separator that are taken apart; longer runs are no words."""
_CACHED_CHUNKS = 20_000

_FORBIDDEN = re.compile(
    "(?P<control>[\x00-\x1f\x7f-\x9f\u2028\u2029])"
    "|(?P<surrogate>[\ud800-\udfff])"
    "|(?P<bidirectional>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
)
_PATH = re.compile(r"^/+|/+$|^\.{1,2}(?=/|\\|$)|(?<=[/\\])\.{1,2}(?=[/\\]|$)|^~(?=[/\\])|//+|\\")
_ATOM = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")
_GLUED_VERSION = re.compile(r"[^\W\d_]+?(?P<version>v\d+(?:\.\d+)*)$")
_COUNT = re.compile(r"\d+(?:\.\d+)*$")
_COINED = re.compile(r"[a-z]{1,2}\d[ac-jln-z]{1,2}$")
_LETTERS_AROUND = re.compile(r"[a-z]+\d+[a-z]+")
_QUANTIZATION_HEAD = re.compile(r"i?q\d$|tq\d$|q\d+f\d+$")
_QUANTIZATION_TAIL = frozenset(["0", "1", "k", "s", "m", "l", "xs", "xxs", "nl", "xl"])
_DECIMAL = re.compile(r"(?:[vV]\d{1,2}[-_]\d|\d[-_]\d|[01]_\d[bB])$")
_DECIMAL_HEAD = re.compile(r"v\d{1,2}$|\d$")
_SMALL_COUNT = re.compile(r"[01]_\d[bB]$")
_HYPHENS = frozenset("-_ ")
_SHAPE_LETTERS = frozenset("lhak")
_PATCHES = frozenset(["8", "14", "16", "32"])
"""Patch sizes of vision transformers: in `ViT-L-14`, the L is a size and no count of layers."""


_SEPARATORS = {"-": "-", "_": "_", ".": ".", " ": "-", "/": "-"}
_GLUED, _UNUSUAL = "g", "#"
FIRST = "^"

Token = tuple[str, int, int, str]
"""A piece of a name: its text, `[start, end)` in characters of the full id, and the class of the separator
before it: `-` (also for a space or `/`), `_` or `.`, `g` for none, `#` for all else, and `^` for whatever
stands before the first.
"""
_Chunk = tuple[tuple[tuple[str, int, int], ...], bool]
"""The text of each token of a chunk with its start and end there; whether later chunks may belong to it."""


def check_text(text: str) -> None:
    """Raise UnreadableNameError for a text that is no name in any scheme.

    Reasons: `empty`, `too-long`, `control-character`, `unpaired-surrogate`, `bidirectional-mark`.
    """
    if not text or text.isspace():
        raise UnreadableNameError(
            "a name needs at least one character", reason="empty", source=text, span=(0, len(text))
        )
    if len(text) > MAX_LENGTH:
        raise UnreadableNameError(
            f"the name has {len(text):,} characters; no registry takes more than {MAX_LENGTH:,}",
            reason="too-long",
            source=text,
            span=(MAX_LENGTH, len(text)),
        )
    if text.isprintable():
        return
    if found := _FORBIDDEN.search(text):
        kind, point = found.lastgroup or "", f"U+{ord(found[0]):04X}"
        reason, words = {
            "control": ("control-character", f"the control character {point}"),
            "surrogate": ("unpaired-surrogate", f"{point}, half of a surrogate pair, which is no character"),
            "bidirectional": (
                "bidirectional-mark",
                f"{point}, which changes the direction of the text shown",
            ),
        }[kind]
        raise UnreadableNameError(
            f"the name holds {words}, at character {found.start()}",
            reason=reason,
            source=text,
            span=found.span(),
        )


def organization_end(text: str) -> int:
    """Return the position of the `/` after the organization, or -1 if the name has none.

    Raises UnreadableNameError, reason `path`, for a text that is a path: more than one `/`, a leading or
    trailing one, a backslash, or a part that is `.` or `..`.
    """
    slash = text.find("/")
    plain = "\\" not in text and text[0] not in ".~/" and "/." not in text
    if plain and (slash < 0 or (text.find("/", slash + 1) < 0 and slash < len(text) - 1)):
        return slash
    found = _PATH.search(text)
    span = found.span() if found else None
    if span is None and slash >= 0 and (second := text.find("/", slash + 1)) >= 0:
        span = (second, second + 1)
    if span is not None:
        raise UnreadableNameError(
            "the text is a path; a model id is a name, or an organization, one '/' and a name",
            reason="path",
            source=text,
            span=span,
        )
    return slash


class Splitter:
    """Splits names into tokens with one vocabulary; every distinct chunk is taken apart once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._chunks: dict[str, _Chunk] = {}
        self._phrases: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        self._dotted = frozenset(phrase[0] for phrase in vocabulary.phrases if len(phrase) == 1)
        for phrase in sorted(vocabulary.phrases, key=lambda phrase: (-len(phrase), phrase)):
            if len(phrase) > 1:
                self._phrases.setdefault(phrase[0], {}).setdefault(phrase[1], []).append(phrase)

    def split(self, text: str, start: int = 0, end: int = MAX_LENGTH) -> list[Token]:
        """Return the tokens of `text[start:end]`, in order; they cover every letter and digit of it."""
        tokens: list[Token] = []
        known, classes = self._chunks, _SEPARATORS
        parts = CHUNK.split(text[start:end])  # separator, chunk, separator, …
        position = start
        i, last = 1, len(parts) - 2
        while i <= last:
            separator, word = parts[i - 1], parts[i]
            position += len(separator)
            before = classes.get(separator, _UNUSUAL) if i > 1 else FIRST
            chunk = known.get(word) or self._chunk(word)
            if chunk[1] and i < last and (joined := self._joined(parts, i)) > 1:
                piece = "".join(parts[i : i + 2 * joined - 1])
                tokens.append((piece, position, position + len(piece), before))
                position += len(piece)
                i += 2 * joined
                continue
            for piece, x, y in chunk[0]:
                tokens.append((piece, position + x, position + y, before))
                before = _GLUED
            position += len(word)
            i += 2
        return tokens

    def _chunk(self, word: str) -> _Chunk:
        if len(self._chunks) >= _CACHED_CHUNKS:
            self._chunks.clear()
        folded = word.lower()
        joins = folded in self._phrases or folded in _SHAPE_LETTERS
        pieces: tuple[tuple[str, int, int], ...]
        if word.isalpha():
            pieces = ((word, 0, len(word)),)
        else:
            joins = joins or bool(_QUANTIZATION_HEAD.match(folded) or _DECIMAL_HEAD.match(folded))
            pieces = tuple((word[x:y], x, y) for x, y in self._cut(word, folded))
        chunk = self._chunks[word] = (pieces, joins)
        return chunk

    def _joined(self, parts: list[str], i: int) -> int:
        """Return how many chunks from `parts[i]` on are one unit; there is one behind it at least."""
        first, second = parts[i].lower(), parts[i + 2].lower()
        number = first[-1].isdigit()
        if number and _QUANTIZATION_HEAD.match(first):
            j = i + 2
            while j < len(parts) and parts[j].lower() in _QUANTIZATION_TAIL and parts[j - 1] in _HYPHENS:
                j += 2
            return (j - i) // 2
        if (phrases := self._phrases.get(first)) and second in phrases:
            for phrase in phrases[second]:
                n = 2 * len(phrase)
                folded = tuple([part.lower() for part in parts[i : i + n : 2]])
                if folded == phrase and _HYPHENS.issuperset(parts[i + 1 : i + n - 1 : 2]):
                    return len(phrase)
        if number:
            decimal = len(second) < 3 and _DECIMAL.match(f"{first}{parts[i + 1]}{second}")
            return 2 if decimal and not _SMALL_COUNT.match("".join(parts[i + 2 : i + 5])) else 1
        if _is_shape(parts, i) and (
            (first == "l" and second not in _PATCHES)
            or _is_shape(parts, i + 4)
            or (i > 4 and _is_shape(parts, i - 4))
        ):
            return 2
        return 1

    def _cut(self, chunk: str, folded: str) -> list[tuple[int, int]]:
        if (
            len(folded) != len(chunk)
            or len(folded) > _LONGEST
            or self._is_word(folded)
            or patterns.is_hash(folded)
            or self._is_coined(folded)
        ):
            return [(0, len(chunk))]
        ends = [found.end() for found in _ATOM.finditer(folded)]
        pieces: list[tuple[int, int]] = []
        position = 0
        while position < len(folded):
            end = self._unit_end(folded, position, ends)
            pieces.append((position, end - 1 if folded[end - 1] == "." else end))
            position = end
        return pieces

    def _unit_end(self, folded: str, position: int, ends: list[int]) -> int:
        unit = patterns.unit_end(folded, position)
        if unit and patterns.sure_kind(folded[position:unit]):
            return unit
        for end in reversed(ends):
            if end <= position:
                break
            if end - position > 1 and self._is_word(folded[position:end]):
                return end
        if unit:
            return unit
        end = next((end for end in ends if end > position), len(folded))
        if found := _GLUED_VERSION.match(folded, position):
            return found.start("version")
        return end if folded[end : end + 1] != "." else end + 1

    def _is_word(self, text: str) -> bool:
        known = text in self._dotted or self._vocabulary.entries(text)
        return bool(known) and not _COUNT.match(text)

    def _is_coined(self, folded: str) -> bool:
        """Return whether letters and digits make one word: `t3q`, or a known word's end (`indicwav2vec`)."""
        if _COINED.match(folded):
            return True
        return bool(_LETTERS_AROUND.search(folded)) and any(
            self._is_word(folded[i:])
            for i in range(1, min(len(folded) - 4, 40))
            if _LETTERS_AROUND.match(folded, i)
        )


def _is_shape(parts: list[str], i: int) -> bool:
    """Return whether the chunks at `i` are a letter and a count, as in `L-12_H-768_A-12`."""
    return (
        i + 2 < len(parts)
        and parts[i].lower() in _SHAPE_LETTERS
        and parts[i + 2].isdigit()
        and parts[i + 1] == "-"
    )
