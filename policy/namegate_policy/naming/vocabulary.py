"""The words that schemes share: `grammars/vocabulary/*.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from namegate_policy.errors import SchemeError
from namegate_policy.naming.model import Kind
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from namegate_policy.naming.word_patterns import WordPatterns

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml: the same documents, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_SEPARATORS = re.compile(r"[\W_]+")
CHUNK = re.compile(r"([^\W_]+(?:(?<=\d)\.(?=\d)[^\W_]+)*)")
"""A run of letters and digits, as names are cut into first; a dot between digits belongs to it."""


def key(text: str) -> str:
    """Return the form under which a word is looked up: case and separators do not matter."""
    folded = text.casefold()
    return folded if folded.isalnum() else _SEPARATORS.sub("", folded)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One known word: its own spelling, kind, and what it stands for elsewhere.

    `model_types` are the `model_type`s of transformers configurations that an architecture's word may
    stand for; `pipeline_tag` is the Hugging Face task of a task word; `code` the ISO 639 code of a
    language.
    """

    canonical: str
    kind: Kind
    model_types: tuple[str, ...] = ()
    pipeline_tag: str | None = None
    code: str | None = None


class Vocabulary:
    """An immutable set of known words of each kind.

    A word may have several kinds: which one it has in a name is for the reader to say.
    """

    __slots__ = ("_entries", "_patterns", "_phrases", "entries", "listed")

    entries: Callable[[str], Mapping[Kind, Entry] | None]
    """Returns the entries of a word in the form that `key` gives, by kind; None for an unknown word."""
    listed: Callable[[str], Mapping[Kind, Entry] | None]
    """Returns the same for words that are listed one by one; for others, patterns are not asked."""

    def __init__(
        self,
        entries: Mapping[str, Mapping[Kind, Entry]],
        phrases: frozenset[tuple[str, ...]],
        patterns: WordPatterns | None = None,
    ) -> None:
        self._entries = entries
        self._phrases = phrases
        self._patterns = patterns
        self.listed = entries.get
        self.entries = entries.get if patterns is None else self._listed_or_formed

    def lookup(self, kind: Kind | str, text: str) -> Entry | None:
        """Return the entry of that kind for a word, in any case and with any separators, or None."""
        return (self.entries(key(text)) or {}).get(Kind(kind))

    def kinds(self, text: str) -> tuple[Kind, ...]:
        """Return the kinds that a word may have, in the vocabulary's order; empty for an unknown word."""
        return tuple(self.entries(key(text)) or ())

    def _listed_or_formed(self, word: str) -> Mapping[Kind, Entry] | None:
        found = self._entries.get(word)
        if found or self._patterns is None:
            return found
        return {kind: Entry(word, kind) for kind in self._patterns.kinds(word)}

    def words(self, kind: Kind | str) -> tuple[str, ...]:
        """Return the canonical spellings of one kind, sorted and without repeats."""
        kind = Kind(kind)
        return tuple(sorted({entry[kind].canonical for entry in self._entries.values() if kind in entry}))

    @property
    def phrases(self) -> frozenset[tuple[str, ...]]:
        """Entries of several words (`xlm-roberta`) or with a dot (`sd3.5`): their words, in lower case."""
        return self._phrases

    def extended(
        self,
        words: Mapping[Kind | str, Iterable[str]],
        patterns: Mapping[Kind, Sequence[str]] | None = None,
    ) -> Vocabulary:
        """Return this vocabulary with further words; an extension's word has its new kind first.

        `patterns` are regular expressions of RE2, each of which stands for all words that it takes wholly
        and that are not listed; see `word_patterns`.

        Raises SchemeError for an unknown kind, a word without a letter or digit, and a wrong pattern.
        """
        entries = {word: dict(kinds) for word, kinds in self._entries.items()}
        phrases = set(self._phrases)
        for name, texts in words.items():
            kind = _kind(name, "the vocabulary")
            for text in texts:
                if not isinstance(text, str) or not key(text):
                    raise SchemeError(f"the vocabulary's {kind} {text!r} holds no letter or digit")
                known = entries.get(key(text), {})
                entry = known.get(kind) or Entry(text, kind)
                entries[key(text)] = {kind: entry, **{k: e for k, e in known.items() if k is not kind}}
                phrases.update(_phrase(text))
        return Vocabulary(entries, frozenset(phrases), _checked(patterns) if patterns else self._patterns)


def _checked(patterns: Mapping[Kind, Sequence[str]]) -> WordPatterns:
    from namegate_policy.naming.word_patterns import MAX_PATTERNS, WordPatterns, pattern_problem

    given = [pattern for each in patterns.values() for pattern in each]
    if problem := next(filter(None, map(pattern_problem, given)), None):
        raise SchemeError(problem)
    if len(given) > MAX_PATTERNS:
        raise SchemeError(
            f"the vocabulary has {len(given)} patterns of words; at most {MAX_PATTERNS} are taken"
        )
    return WordPatterns(patterns)


@cache
def default_vocabulary() -> Vocabulary:
    """Return the shipped vocabulary; it is read once."""
    return load_vocabulary(sorted((folder("grammars") / "vocabulary").glob("*.yaml")))


def load_vocabulary(paths: Iterable[Path]) -> Vocabulary:
    """Read vocabulary files, one kind a file; a word of several kinds has them in the files' order.

    A file holds `kind`, `source` and the words: `words` as plain text, and `entries`, which map a
    canonical spelling to its attributes (`aliases`, `model_types`, `pipeline_tag`, `code`).
    Raises SchemeError, naming the file, if one does not have that form.
    """
    entries: dict[str, dict[Kind, Entry]] = {}
    phrases: set[tuple[str, ...]] = set()
    for path in paths:
        try:
            document = yaml.load(path.read_bytes(), Loader=_Loader)
        except yaml.YAMLError as error:
            raise SchemeError(f"{path.name}: {error}") from error
        for text, entry in _entries(document, path.name):
            entries.setdefault(key(text), {}).setdefault(entry.kind, entry)
            phrases.update(_phrase(text))
    return Vocabulary(entries, frozenset(phrases))


def _entries(document: Any, source: str) -> Iterator[tuple[str, Entry]]:
    if not isinstance(document, dict) or not {"kind", "source"} <= document.keys():
        raise SchemeError(f"{source}: a vocabulary is a mapping with kind, source, and words or entries")
    if unknown := document.keys() - {"kind", "source", "words", "entries"}:
        raise SchemeError(
            f"{source}: unknown {', '.join(map(repr, sorted(unknown)))}; valid: kind, source, words, entries"
        )
    kind = _kind(document["kind"], source)
    for canonical, attributes in (document.get("entries") or {}).items():
        attributes = attributes or {}
        try:
            entry = Entry(
                str(canonical),
                kind,
                tuple(attributes.get("model_types", ())),
                attributes.get("pipeline_tag"),
                attributes.get("code"),
            )
            texts = [str(canonical), *attributes.get("aliases", ())]
        except (AttributeError, TypeError) as error:
            raise SchemeError(
                f"{source}: the attributes of {canonical!r} are not a mapping of lists"
            ) from error
        for text in texts:
            yield text, entry
    for text in (document.get("words") or "").split():
        yield text, Entry(text, kind)


def _kind(name: object, source: str) -> Kind:
    try:
        return Kind(str(name))
    except ValueError:
        raise SchemeError(f"{source}: unknown kind {name!r}; valid: {', '.join(Kind)}") from None


def _phrase(text: str) -> Iterator[tuple[str, ...]]:
    folded = text.casefold()
    if folded.isalnum():
        return
    words = tuple(CHUNK.findall(folded))
    if len(words) > 1 or any("." in word for word in words):
        yield words
