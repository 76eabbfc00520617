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
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.errors import SchemeError
from namegate_policy.naming.grammar import END, Grammar, Rejection
from namegate_policy.naming.model import Component, Kind, ModelName, Reading, SchemeMismatch
from namegate_policy.naming.read import parse_name, readings
from namegate_policy.naming.registries import REGISTRIES, Registry
from namegate_policy.naming.split import check_text, organization_end
from namegate_policy.naming.vocabulary import default_vocabulary
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from namegate_policy.errors import Span
    from namegate_policy.naming.grammar import Template
    from namegate_policy.naming.vocabulary import Vocabulary

READINGS = 8
"""How many of the best readings of a name are offered to a strict grammar."""

KINDS = frozenset(kind.name for kind in Kind)
TERMINALS = KINDS | {"ORGANIZATION", "SEPARATOR"}
"""The terminals of every grammar: the kinds, the organization, and any separator that it does not write."""

_COMPILED = 64


class _Part(NamedTuple):
    """A stretch of a text that is one token, or, without a terminal, a name still to be read."""

    span: Span
    terminal: str | None = None
    noun: str = ""
    kind: Kind | None = None


class _Item(NamedTuple):
    """What a token of the grammar stands for: a component, a field of a reference, or a separator."""

    terminal: str
    span: Span
    component: Component | None = None
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a name under the rule of the grammar that it matches."""

    rule: str
    children: tuple[Branch | Component | str, ...]


@dataclass(frozen=True)
class Scheme:
    """A loaded scheme; names are read with its `vocabulary`."""

    name: str
    grammar: Grammar
    vocabulary: Vocabulary
    registry: Registry | None = None

    def parse(self, text: str) -> ModelName:
        """Read `text`: of its best readings, the first that the grammar accepts.

        Where none is accepted, the name has the best reading of all, and a `mismatch` that says where it
        leaves the scheme and what the scheme takes there.

        Raises UnreadableNameError for a text that is no name in any scheme.
        """
        return self._read(text)[0]

    def tree(self, text: str) -> Branch | None:
        """Return the parse of `text` as a tree of the grammar's rules, or None where it does not fit."""
        _, items = self._read(text)
        if items is None:
            return None
        template = self.grammar.parse(tuple([item.terminal for item in items]))
        return None if isinstance(template, Rejection) else _bind(template, items, text)

    def read_freely(self, text: str) -> tuple[Component, ...]:
        """Return the components of the best reading of `text` under no scheme."""
        return self._best_of(text, (0, len(text)))

    def _read(self, text: str) -> tuple[ModelName, Sequence[_Item] | None]:
        """Return the name, and its tokens where the grammar takes them."""
        check_text(text)
        if self.registry is not None and (problem := self.registry.problem(text)):
            mismatch = SchemeMismatch(self.name, problem.span, problem.found, (problem.expected,))
            return self._universal(text, mismatch), None
        parts = _reference_parts(text, self.registry) if self.registry else _id_parts(text)
        best = self._best(text, parts)
        items = self._items(text, parts, best)
        rejection = self._rejection(items)
        if rejection is None:
            return self._name(text, parts, best, lambda: self._others(text, parts, best)), items
        accepted = self._accepted(text, parts)
        reading, fitting = next(accepted, (None, None))
        if reading is None:
            return self._universal(text, self._mismatch(text, rejection, items)), None
        return self._name(text, parts, reading.components, lambda: _next(reading, accepted)), fitting

    def _rejection(self, items: Sequence[_Item]) -> Rejection | None:
        return self.grammar.rejection(tuple([item.terminal for item in items]))

    def _best(self, text: str, parts: Sequence[_Part]) -> tuple[Component, ...]:
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
            return readings(text, self.vocabulary, span=span, count=1)[0].components
        components = parse_name(text[start:end], vocabulary=self.vocabulary).components
        return components if start == 0 else tuple(_moved(components, start))

    def _readings(self, text: str, parts: Sequence[_Part]) -> list[Reading]:
        """Return the best readings of all parts that are names, together, best first."""
        regions = [
            readings(text, self.vocabulary, span=part.span, count=READINGS) or (Reading((), 0.0),)
            for part in parts
            if part.terminal is None
        ]
        kept = READINGS if len(regions) == 1 else 3
        together = (
            Reading(
                tuple(component for reading in chosen for component in reading.components),
                sum(reading.score for reading in chosen),
            )
            for chosen in itertools.product(*(region[:kept] for region in regions))
        )
        return heapq.nlargest(READINGS, together, key=lambda reading: reading.score)

    def _accepted(self, text: str, parts: Sequence[_Part]) -> Iterator[tuple[Reading, list[_Item]]]:
        for reading in self._readings(text, parts):
            items = self._items(text, parts, reading.components)
            if self._rejection(items) is None:
                yield reading, items

    def _others(
        self, text: str, parts: Sequence[_Part], best: tuple[Component, ...]
    ) -> tuple[float, tuple[Component, ...] | None]:
        """Return by how much the best reading beats the best other one, and that one."""
        found = self._readings(text, parts)
        other = next((reading for reading in found if reading.components != best), None)
        return (math.inf, None) if other is None else _margin(found[0], other)

    def _items(self, text: str, parts: Sequence[_Part], components: Sequence[Component]) -> list[_Item]:
        """Return the tokens of a reading: components, fields, and what stands between them."""
        pieces = [_Item(component.kind.name, component.span, component) for component in components]
        for part in parts:
            if part.terminal is not None:
                component = None if part.kind is None else self._component(text, part)
                pieces.append(_Item(part.terminal, part.span, component, part.noun))
        pieces.sort(key=lambda piece: piece.span)
        items: list[_Item] = []
        position = 0
        for piece in (*pieces, _Item(END, (len(text), len(text)))):
            start, end = piece.span
            if start > position:
                items.append(_Item(self.grammar.separator(text[position:start]), (position, start)))
            items.append(piece)
            position = end
        items.pop()
        return items

    def _component(self, text: str, part: _Part) -> Component:
        kind = part.kind or Kind.OTHER
        word = text[slice(*part.span)]
        entry = self.vocabulary.lookup(kind, word)
        return Component(kind, word, part.span, entry.canonical if entry else None)

    def _name(
        self,
        text: str,
        parts: Sequence[_Part],
        components: tuple[Component, ...],
        alternatives: Callable[[], tuple[float, tuple[Component, ...] | None]],
    ) -> ModelName:
        fields = [self._component(text, part) for part in parts if part.kind is not None]
        organization = next((part.span for part in parts if part.terminal == "ORGANIZATION"), None)
        return ModelName(
            text,
            text[slice(*organization)] if organization else None,
            text[organization[1] + 1 if organization else 0 :],
            _in_order(components, fields) if fields else components,
            self.name,
            alternatives=alternatives,
        )

    def _universal(self, text: str, mismatch: SchemeMismatch) -> ModelName:
        """Return the best reading of all of a name that leaves the scheme."""
        parts = _id_parts(text) if text.count("/") < 2 else [_Part((0, len(text)))]
        organization = parts[0].span if len(parts) > 1 else None
        components = self._best_of(text, parts[-1].span)
        return ModelName(
            text,
            text[slice(*organization)] if organization else None,
            text[organization[1] + 1 if organization else 0 :],
            components,
            self.name,
            mismatch=mismatch,
            alternatives=lambda: self._others(text, parts, components),
        )

    def _mismatch(self, text: str, rejection: Rejection, items: Sequence[_Item]) -> SchemeMismatch:
        if rejection.index < len(items):
            item = items[rejection.index]
            span, found = item.span, _found(item, text)
        else:
            span, found = (len(text), len(text)), "the end of the name"
        expected = rejection.expected
        if KINDS.issubset(expected):
            expected = (*(terminal for terminal in expected if terminal not in KINDS), "COMPONENT")
        return SchemeMismatch(self.name, span, found, tuple(map(_in_words, expected)))


def load_scheme(reference: str | Path, vocabulary: Vocabulary | None = None) -> Scheme:
    """Load a shipped scheme by name (`ptm`, `ollama` …), or a grammar by the path of its `.lark` file.

    Raises SchemeError for an unknown name, a file that cannot be read, and a grammar with mistakes, each
    with line, column and the valid choices.
    """
    name = str(reference)
    if not name.endswith(".lark"):
        grammar, registry = _shipped(name)
        return Scheme(name, grammar, vocabulary or default_vocabulary(), registry)
    path = Path(reference)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SchemeError(f"there is no grammar at {name}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(f"the grammar {name} cannot be read: {error}") from None
    return Scheme(path.stem, _compile(text, TERMINALS, path.name), vocabulary or default_vocabulary())


@lru_cache(maxsize=_COMPILED)
def _compile(text: str, terminals: frozenset[str], origin: str) -> Grammar:
    return Grammar(text, terminals, origin)


@cache
def _shipped(name: str) -> tuple[Grammar, Registry | None]:
    names = scheme_names()
    if name not in names:
        raise SchemeError(
            f"unknown scheme {name!r}; valid: {', '.join(names)}, or the path of a grammar, as ./acme.lark"
        )
    registry = REGISTRIES.get(name)
    fields = registry.fields.values() if registry else ()
    terminals = TERMINALS | {field.terminal for field in fields if field.terminal}
    text = (folder("grammars") / f"{name}.lark").read_text(encoding="utf-8")
    return Grammar(text, terminals, f"{name}.lark"), registry


def scheme_names() -> tuple[str, ...]:
    """Return the names of the shipped schemes, sorted."""
    return tuple(sorted(path.stem for path in folder("grammars").glob("*.lark")))


def _id_parts(text: str) -> list[_Part]:
    slash = organization_end(text)
    if slash < 0:
        return [_Part((0, len(text)))]
    return [_Part((0, slash), "ORGANIZATION", "organization"), _Part((slash + 1, len(text)))]


def _reference_parts(text: str, registry: Registry) -> list[_Part]:
    """Return the fields of a reference in order; neighbours that are read as names become one part."""
    parts: list[_Part] = []
    spans = registry.cut(text)
    for name, (start, end) in sorted(spans.items(), key=lambda field: field[1]):
        field = registry.fields[name]
        before = parts[-1] if parts else None
        if field.terminal is None and before and before.terminal is None:
            between = text[before.span[1] : start]
            if "/" not in between and not any(character.isalnum() for character in between):
                parts[-1] = _Part((before.span[0], end))
                continue
        parts.append(_Part((start, end), field.terminal, field.noun, field.kind))
    return parts


def _next(
    chosen: Reading, others: Iterator[tuple[Reading, list[_Item]]]
) -> tuple[float, tuple[Component, ...] | None]:
    """Return by how much a reading beats the next one that the grammar takes, and that one."""
    following = next(others, None)
    return (math.inf, None) if following is None else _margin(chosen, following[0])


def _margin(best: Reading, other: Reading) -> tuple[float, tuple[Component, ...]]:
    return round(max(0.0, best.score - other.score), 3), other.components


def _moved(components: Sequence[Component], by: int) -> Iterator[Component]:
    for part in components:
        yield Component(part.kind, part.text, (part.span[0] + by, part.span[1] + by), part.canonical)


def _in_order(components: Sequence[Component], fields: Sequence[Component]) -> tuple[Component, ...]:
    return tuple(sorted((*components, *fields), key=lambda component: component.span))


def _bind(template: Template, items: Sequence[_Item], text: str) -> Branch:
    rule, children = template
    return Branch(
        rule,
        tuple(
            _bind(child, items, text)
            if isinstance(child, tuple)
            else items[child].component or text[slice(*items[child].span)]
            for child in children
        ),
    )


def _found(item: _Item, text: str) -> str:
    word = repr(text[slice(*item.span)])
    if item.component is not None:
        return f"the {item.component.kind} {word}"
    return f"the {item.noun} {word}" if item.noun else word


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
