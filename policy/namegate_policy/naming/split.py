"""Text → tokens: the pieces of a name that are read as one, found without looking at their meaning in it.

A *chunk* is a run of letters and digits (a dot between digits belongs to it: `Qwen2.5`). A *token* is a
part of a chunk (`Qwen`, `2.5`), a whole chunk, or several chunks that the vocabulary or a pattern knows
as one unit (`stable-diffusion`, `Q4_K_M`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming import patterns
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.naming.vocabulary import Vocabulary

MAX_LENGTH = 1024
"""Characters of the longest readable name: the longest Ollama reference that its rules allow has 741."""

_FORBIDDEN = re.compile(
    "(?P<control>[\x00-\x1f\x7f-\x9f\u2028\u2029])"
    "|(?P<surrogate>[\ud800-\udfff])"
    "|(?P<bidirectional>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
)
_PATH = re.compile(r"^/+|/+$|^\.{1,2}(?=/|\\|$)|(?<=[/\\])\.{1,2}(?=[/\\]|$)|^~(?=[/\\])|//+|\\")
_CHUNK = re.compile(r"[^\W_]+(?:(?<=\d)\.(?=\d)[^\W_]+)*")
_ATOM = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")
_GLUED_VERSION = re.compile(r"[^\W\d_]+?(?P<version>v\d+(?:\.\d+)*)$")
_COUNT = re.compile(r"\d+(?:\.\d+)*$")
_COINED = re.compile(r"[a-z]{1,2}\d[ac-jln-z]{1,2}$")
_LETTERS_AROUND = re.compile(r"[a-z]+\d+[a-z]+")
_QUANTIZATION_HEAD = re.compile(r"i?q\d$|tq\d$|q\d+f\d+$")
_QUANTIZATION_TAIL = frozenset(["0", "1", "k", "s", "m", "l", "xs", "xxs", "nl", "xl"])
_SMALL_COUNT = re.compile(r"[01]_\d[bB]$")
_DECIMAL = re.compile(r"(?:[vV]\d{1,2}[-_]\d|\d[-_]\d|[01]_\d[bB])$")
_SHAPE_LETTERS = frozenset("lhak")


class Token(NamedTuple):
    """A piece of a name; `[start, end)` counts characters of the full id."""

    text: str
    start: int
    end: int
    glued: bool
    """Whether no separator divides it from the token before."""


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
    if slash < 0 and "\\" not in text and not text.startswith("."):
        return slash
    found = _PATH.search(text)
    span = found.span() if found else None
    if span is None and (second := text.find("/", slash + 1)) >= 0 and slash >= 0:
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
        self._chunks: dict[str, tuple[tuple[int, int], ...]] = {}
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        for phrase in sorted(vocabulary.phrases, key=len, reverse=True):
            self._phrases.setdefault(phrase[0], []).append(phrase)

    def split(self, text: str, start: int = 0) -> list[Token]:
        """Return the tokens of `text[start:]`, in order; they cover every letter and digit of it."""
        chunks = [(found.start(), found.end()) for found in _CHUNK.finditer(text, start)]
        folded = [text[a:b].lower() for a, b in chunks]
        tokens: list[Token] = []
        i = 0
        while i < len(chunks):
            a, b = chunks[i]
            joined = self._joined(text, chunks, folded, i)
            if joined > 1:
                end = chunks[i + joined - 1][1]
                tokens.append(Token(text[a:end], a, end, glued=False))
                i += joined
                continue
            for x, y in self._pieces(text[a:b]):
                tokens.append(Token(text[a + x : a + y], a + x, a + y, glued=x > 0))
            i += 1
        return tokens

    def _joined(self, text: str, chunks: list[tuple[int, int]], folded: list[str], i: int) -> int:
        """Return how many chunks from `i` on are one unit."""
        first = folded[i]
        for phrase in self._phrases.get(first, ()):
            n = len(phrase)
            if tuple(folded[i : i + n]) == phrase and all(
                chunks[j + 1][0] == chunks[j][1] + 1 and text[chunks[j][1]] != "."
                for j in range(i, i + n - 1)
            ):
                return n
        if _QUANTIZATION_HEAD.match(first):
            j = i + 1
            while (
                j < len(chunks)
                and folded[j] in _QUANTIZATION_TAIL
                and text[chunks[j - 1][1] : chunks[j][0]] in ("_", "-")
            ):
                j += 1
            return j - i
        if (
            i + 1 < len(chunks)
            and _DECIMAL.match(text, chunks[i][0], chunks[i + 1][1])
            and not (i + 2 < len(chunks) and _SMALL_COUNT.match(text, chunks[i + 1][0], chunks[i + 2][1]))
        ):
            return 2
        if _is_shape(text, chunks, folded, i) and (
            _is_shape(text, chunks, folded, i + 2) or (i > 1 and _is_shape(text, chunks, folded, i - 2))
        ):
            return 2
        return 1

    def _pieces(self, chunk: str) -> tuple[tuple[int, int], ...]:
        pieces = self._chunks.get(chunk)
        if pieces is None:
            pieces = self._chunks[chunk] = tuple(self._cut(chunk))
        return pieces

    def _cut(self, chunk: str) -> list[tuple[int, int]]:
        folded = chunk.lower()
        if len(folded) != len(chunk) or self._is_word(folded) or self._is_coined(folded):
            return [(0, len(chunk))]
        ends = [found.end() for found in _ATOM.finditer(folded)]
        pieces: list[tuple[int, int]] = []
        position = 0
        while position < len(folded):
            end = self._unit_end(folded, position, ends)
            pieces.append((position, end))
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
        end = next(end for end in ends if end > position)
        if found := _GLUED_VERSION.match(folded, position):
            return found.start("version")
        return end if folded[end : end + 1] != "." else end + 1

    def _is_word(self, text: str) -> bool:
        return not _COUNT.match(text) and bool(self._vocabulary.kinds(text))

    def _is_coined(self, folded: str) -> bool:
        """Return whether letters and digits make one word: `t3q`, or a known word's end (`indicwav2vec`)."""
        if _COINED.match(folded):
            return True
        return bool(_LETTERS_AROUND.search(folded)) and any(
            self._is_word(folded[i:]) for i in range(1, len(folded) - 4) if _LETTERS_AROUND.match(folded[i:])
        )


def _is_shape(text: str, chunks: list[tuple[int, int]], folded: list[str], i: int) -> bool:
    """Return whether the chunks at `i` are a letter and a count, as in `L-12_H-768_A-12`."""
    return (
        i + 1 < len(chunks)
        and folded[i] in _SHAPE_LETTERS
        and folded[i + 1].isdigit()
        and text[chunks[i][1] : chunks[i + 1][0]] == "-"
    )
