"""Schemes: which names are well formed, said by a grammar over kinds of components.

A scheme is a Lark grammar (`grammars/*.lark`, or an organization's own file). The universal scheme
`ptm` and an organization's schemes read ids `[organization/]repository`; the scheme of a registry
(`ollama`, `oci` …) reads that registry's references, cut by its own syntax into fields first.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from namegate_policy.errors import SchemeError
from namegate_policy.naming.grammar import END, Grammar, Rejection
from namegate_policy.naming.grammar_text import MAX_CHARACTERS
from namegate_policy.naming.model import Component, Kind, ModelName, Reading, SchemeMismatch
from namegate_policy.naming.parts import Part, free_parts, id_parts, reference_parts
from namegate_policy.naming.read import parse_name, reader
from namegate_policy.naming.registries import REGISTRIES, Registry
from namegate_policy.naming.split import check_text
from namegate_policy.naming.vocabulary import default_vocabulary
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from namegate_policy.errors import Span
    from namegate_policy.naming.grammar import Stack, Template
    from namegate_policy.naming.model import Alternatives
    from namegate_policy.naming.vocabulary import Vocabulary

READINGS = 8
"""How many of the best readings of a name are offered to a strict grammar."""

KINDS = frozenset(kind.name for kind in Kind)
TERMINALS = KINDS | {"ORGANIZATION", "SEPARATOR"}
"""The terminals of every grammar: the kinds, the organization, and any separator that it does not write."""

_TERMINAL = {kind: kind.name for kind in Kind}

_LOADED = 64
_MAX_BYTES = 4 * MAX_CHARACTERS
"""Bytes of the largest grammar file: a character of UTF-8 has at most four."""
_CACHED_NAMES = 8_192
_WAYS = 64
"""Ways into the grammar that are followed at once before it is asked about whole readings instead."""


_Best = tuple[float, "tuple[Component, ...] | None"]
"""The margin of a name, and its runner-up."""
_Item = tuple["Span", str, "Component | Part | None"]
"""A token of the grammar: its span, its terminal, and what it stands for, None for a separator."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a name under the rule of the grammar that it matches."""

    rule: str
    children: tuple[Branch | Component | str, ...]


@dataclass(frozen=True, eq=False)
class Scheme:
    """A loaded scheme; names are read with its `vocabulary`.

    `text` is its grammar as it is written.
    """

    name: str
    text: str
    grammar: Grammar
    vocabulary: Vocabulary
    registry: Registry | None = None

    def parse(self, text: str) -> ModelName:
        """Read `text`: of its best readings, the first that the grammar accepts.

        Where none is accepted, the name has the best reading of all, and a `mismatch` that says where it
        leaves the scheme and what the scheme takes there.

        Raises UnreadableNameError for a text that is no name in any scheme.
        """
        return _parse(self, text)

    def tree(self, text: str) -> Branch | None:
        """Return the parse of `text` as a tree of the grammar's rules, or None where it does not fit."""
        _, items = self._read(text)
        if items is None:
            return None
        template = self.grammar.parse(tuple([terminal for _, terminal, _ in items]))
        return None if isinstance(template, Rejection) else self._bind(template, items, text)

    def read_freely(self, text: str) -> tuple[Component, ...]:
        """Return the components of the best reading of `text` under no scheme."""
        return self._best_of(text, (0, len(text)))

    def _read(self, text: str) -> tuple[ModelName, Sequence[_Item] | None]:
        """Return the name, and its tokens where the grammar takes them."""
        check_text(text)
        if self.registry is not None and (problem := self.registry.problem(text)):
            mismatch = SchemeMismatch(self.name, problem.span, problem.found, (problem.expected,))
            return self._universal(text, mismatch), None
        parts = self._parts(text)
        best = self._best(text, parts)
        items = self._items(text, parts, best)
        rejection = self._rejection(items)
        if rejection is None:
            return self._name(text, parts, best, partial(self._others, best)), items
        accepted = self._accepted(text, parts) if self._may_fit(text, parts) else iter(())
        reading, fitting = next(accepted, (None, None))
        if reading is None:
            mismatch = self._mismatch(text, rejection, items)
            return self._universal(text, mismatch, best if self.registry is None else None), None
        return self._name(text, parts, reading.components, self._next), fitting

    def _parts(self, text: str) -> list[Part]:
        return id_parts(text) if self.registry is None else reference_parts(text, self.registry)

    def _rejection(self, items: Sequence[_Item]) -> Rejection | None:
        return self.grammar.rejection(tuple([terminal for _, terminal, _ in items]))

    def _may_fit(self, text: str, parts: Sequence[Part]) -> bool:
        """Return whether the grammar takes some sequence of kinds that the tokens may have.

        Where it takes none, no reading fits, and they need not be worked out, which costs more. What whole
        readings score is not seen here, so that True is no promise.
        """
        grammar = self.grammar
        ways: set[tuple[Stack, Kind | None]] = {(grammar.start, None)}
        position = 0
        for (begin, end), choices in self._choices(text, parts):
            stacks = grammar.behind({stack for stack, _ in ways}, text[position:begin])
            going_on = {kind for _, kind, begins in choices if not begins}
            following = {way for way in ways if way[1] in going_on}
            following |= {
                (taken, kind)
                for stack in stacks
                for terminal, kind, begins in choices
                if begins and (taken := grammar.after(stack, terminal)) is not None
            }
            if not following or len(following) > _WAYS:
                return bool(following)
            ways, position = following, end
        stacks = grammar.behind({stack for stack, _ in ways}, text[position:])
        return any(grammar.after(stack, END) is not None for stack in stacks)

    def _choices(
        self, text: str, parts: Sequence[Part]
    ) -> Iterator[tuple[Span, list[tuple[str, Kind | None, bool]]]]:
        """Yield the span of each token and of each field, the terminals it may be, and of which kinds."""
        choices_of = reader(self.vocabulary).choices
        for part in parts:
            if part.terminal is not None:
                yield part.span, [(part.terminal, None, True)]
            else:
                for span, choices in choices_of(text, *part.span):
                    yield span, [(_TERMINAL[kind], kind, begins) for kind, begins in choices]

    def _best(self, text: str, parts: Sequence[Part]) -> tuple[Component, ...]:
        """Return the components of the best reading of all parts that are names."""
        if self.registry is None:
            return parse_name(text, vocabulary=self.vocabulary).components
        spans = [part.span for part in parts if part.terminal is None]
        return tuple(component for span in spans for component in self._best_of(text, span))

    def _best_of(self, text: str, span: Span) -> tuple[Component, ...]:
        start, end = span
        if start == end:
            return ()
        if "/" in text[start:end]:
            return next(reader(self.vocabulary).readings(text, start, end)).components
        components = parse_name(text[start:end], vocabulary=self.vocabulary).components
        return components if start == 0 else tuple(_moved(components, start))

    def _readings(self, text: str, parts: Sequence[Part]) -> Iterator[Reading]:
        """Yield the best readings of all parts that are names, together, best first."""
        readings = reader(self.vocabulary).readings
        regions = [readings(text, *part.span) for part in parts if part.terminal is None]
        if len(regions) == 1:
            return itertools.islice(regions[0], READINGS)
        together = (
            Reading(
                tuple(component for reading in chosen for component in reading.components),
                sum(reading.score for reading in chosen),
            )
            for chosen in itertools.product(*(tuple(itertools.islice(region, 3)) for region in regions))
        )
        return iter(heapq.nlargest(READINGS, together, key=lambda reading: reading.score))

    def _accepted(self, text: str, parts: Sequence[Part]) -> Iterator[tuple[Reading, list[_Item]]]:
        for reading in self._readings(text, parts):
            items = self._items(text, parts, reading.components)
            if self._rejection(items) is None:
                yield reading, items

    # A name works out its margin and runner-up when it is asked for them, and holds nothing for it but texts:
    # thousands of names are remembered.

    def _next(self, name: ModelName) -> _Best:
        """Return by how much the best reading that the grammar takes beats the next one, and that one."""
        text = name.text
        parts = self._parts(text)
        (best, _), *others = itertools.islice(self._accepted(text, parts), 2)
        return self._margin(text, parts, best, others[0][0] if others else None)

    def _others(self, best: tuple[Component, ...], name: ModelName, *, freely: bool = False) -> _Best:
        """Return by how much the best reading beats the best other one, and that one."""
        text = name.text
        parts = free_parts(text) if freely else self._parts(text)
        found = tuple(itertools.islice(self._readings(text, parts), 2))
        other = next((reading for reading in found if reading.components != best), None)
        return self._margin(text, parts, found[0], other)

    def _margin(self, text: str, parts: Sequence[Part], best: Reading, other: Reading | None) -> _Best:
        if other is None:
            return math.inf, None
        return round(max(0.0, best.score - other.score), 3), self._with_fields(text, parts, other.components)

    def _items(self, text: str, parts: Sequence[Part], components: Sequence[Component]) -> list[_Item]:
        """Return the tokens of a reading: components, fields, and what stands between them."""
        pieces: list[_Item] = [(part.span, _TERMINAL[part.kind], part) for part in components]
        pieces += [(part.span, part.terminal, part) for part in parts if part.terminal is not None]
        if len(pieces) > len(components):
            pieces.sort(key=_span)
        items: list[_Item] = []
        position = 0
        for piece in pieces:
            start, end = piece[0]
            if start > position:
                items.append(((position, start), self.grammar.separator(text[position:start]), None))
            items.append(piece)
            position = end
        if position < len(text):
            items.append(((position, len(text)), self.grammar.separator(text[position:]), None))
        return items

    def _component(self, text: str, part: Part) -> Component:
        kind = part.kind or Kind.OTHER
        word = text[slice(*part.span)]
        entry = self.vocabulary.lookup(kind, word)
        return Component(kind, word, part.span, entry.canonical if entry else None)

    def _name(
        self,
        text: str,
        parts: Sequence[Part],
        components: tuple[Component, ...],
        alternatives: Alternatives,
    ) -> ModelName:
        organization = next((part.span for part in parts if part.terminal == "ORGANIZATION"), None)
        return ModelName(
            text,
            text[slice(*organization)] if organization else None,
            text[organization[1] + 1 if organization else 0 :],
            self._with_fields(text, parts, components),
            self.name,
            alternatives=alternatives,
        )

    def _with_fields(
        self, text: str, parts: Sequence[Part], components: tuple[Component, ...]
    ) -> tuple[Component, ...]:
        """Return a reading with those fields of the reference that are of a kind, in order."""
        fields = [self._component(text, part) for part in parts if part.kind is not None]
        if not fields:
            return components
        return tuple(sorted((*components, *fields), key=lambda component: component.span))

    def _universal(
        self, text: str, mismatch: SchemeMismatch, best: tuple[Component, ...] | None = None
    ) -> ModelName:
        """Return the best reading of all of a name that leaves the scheme; `best` where it is known."""
        parts = free_parts(text)
        organization = parts[0].span if len(parts) > 1 else None
        components = self._best_of(text, parts[-1].span) if best is None else best
        return ModelName(
            text,
            text[slice(*organization)] if organization else None,
            text[organization[1] + 1 if organization else 0 :],
            components,
            self.name,
            mismatch=mismatch,
            alternatives=partial(self._others, components, freely=True),
        )

    def _bind(self, template: Template, items: Sequence[_Item], text: str) -> Branch:
        rule, children = template
        return Branch(
            rule,
            tuple(
                self._bind(child, items, text) if isinstance(child, tuple) else self._leaf(text, items[child])
                for child in children
            ),
        )

    def _leaf(self, text: str, item: _Item) -> Component | str:
        span, _, token = item
        if isinstance(token, Part):
            return text[slice(*span)] if token.kind is None else self._component(text, token)
        return text[slice(*span)] if token is None else token

    def _mismatch(self, text: str, rejection: Rejection, items: Sequence[_Item]) -> SchemeMismatch:
        if rejection.index < len(items):
            span, _, token = items[rejection.index]
            found = _found(repr(text[slice(*span)]), token)
        else:
            span, found = (len(text), len(text)), "the end of the name"
        expected = rejection.expected
        if KINDS.issubset(expected):
            expected = (*(terminal for terminal in expected if terminal not in KINDS), "COMPONENT")
        return SchemeMismatch(self.name, span, found, tuple(map(_in_words, expected)))


@lru_cache(maxsize=_CACHED_NAMES)
def _parse(scheme: Scheme, text: str) -> ModelName:
    return scheme._read(text)[0]


def load_scheme(reference: str | Path, vocabulary: Vocabulary | None = None) -> Scheme:
    """Load a shipped scheme by name (`ptm`, `ollama` …), or a grammar by the path of its `.lark` file.

    Raises SchemeError for an unknown name, a file that cannot be read, and a grammar with mistakes, each
    with line, column and the valid choices.
    """
    name, vocabulary = str(reference), vocabulary or default_vocabulary()
    if not name.endswith(".lark"):
        return _shipped(name, vocabulary)
    try:
        with Path(reference).open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise SchemeError(
                f"the grammar {name} is larger than {_MAX_BYTES // 1024} KB; at most {MAX_CHARACTERS} "
                "characters are read"
            )
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise SchemeError(f"there is no grammar at {name}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(f"the grammar {name} cannot be read: {error}") from None
    return _own(Path(reference).name, text, vocabulary)


@lru_cache(maxsize=_LOADED)
def _own(file: str, text: str, vocabulary: Vocabulary) -> Scheme:
    return Scheme(Path(file).stem, text, _compile(text, TERMINALS, file), vocabulary)


@lru_cache(maxsize=_LOADED)
def _shipped(name: str, vocabulary: Vocabulary) -> Scheme:
    names = scheme_names()
    if name not in names:
        raise SchemeError(
            f"unknown scheme {name!r}; valid: {', '.join(names)}, or the path of a grammar, as ./acme.lark"
        )
    registry = REGISTRIES.get(name)
    fields = registry.fields.values() if registry else ()
    terminals = TERMINALS | {field.terminal for field in fields if field.terminal}
    text = (folder("grammars") / f"{name}.lark").read_text(encoding="utf-8")
    return Scheme(name, text, _compile(text, terminals, f"{name}.lark"), vocabulary, registry)


@lru_cache(maxsize=_LOADED)
def _compile(text: str, terminals: frozenset[str], origin: str) -> Grammar:
    return Grammar(text, terminals, origin)


def scheme_names() -> tuple[str, ...]:
    """Return the names of the shipped schemes, sorted."""
    return tuple(sorted(path.stem for path in folder("grammars").glob("*.lark")))


def _moved(components: Sequence[Component], by: int) -> Iterator[Component]:
    for part in components:
        yield Component(part.kind, part.text, (part.span[0] + by, part.span[1] + by), part.canonical)


def _span(item: _Item) -> Span:
    return item[0]


def _found(word: str, token: Component | Part | None) -> str:
    noun = "" if token is None else token.kind or token.noun if isinstance(token, Part) else token.kind
    return f"the {noun} {word}" if noun else word


def _in_words(terminal: str) -> str:
    """Return a terminal, a literal in double quotes or the end as people say it."""
    if terminal == END:
        return "the end of the name"
    if terminal.startswith('"'):
        return repr(terminal[1:-1])
    if terminal == Kind.OTHER.name:
        return "a word of no other kind"
    noun = terminal.removesuffix("_FIELD").lower().replace("_", " ")
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
