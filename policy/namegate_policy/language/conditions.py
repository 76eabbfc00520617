"""Conditions on the parts of a name, as sets of facts.

What a name is gives a set of facts: `("architecture",)` says that there is such a part,
`("architecture", "llama")` which word stands there, and a `Regex` which expression is found in it. A
condition is a list of `Term`s; each asks whether one of some facts is there. So every condition is a
few set operations, and rules can be indexed by the facts that they need.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.regex import RegexSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from namegate_policy.language.document import Pattern
    from namegate_policy.naming import Component, ModelName

WHOLE = ("name", "organization", "repository")
"""The parts that are text as it stands; the others are kinds of components."""


class Regex(NamedTuple):
    """The fact that an expression is found in a part."""

    part: str
    expression: str


Fact = tuple[str, ...] | Regex


class Term(NamedTuple):
    """Holds where the name has one of the `facts` (`wanted`), or where it has none of them."""

    facts: frozenset[Fact]
    wanted: bool


_JOINTS = re.compile(r"[-_\s]+")


@lru_cache(maxsize=65536)
def _folded(text: str) -> str:
    """Return the form in which words are compared: `Go_Emotions` is `go-emotions`, 1.5b is not 15b."""
    return _JOINTS.sub("-", text.casefold())


def compile_conditions(conditions: Mapping[Any, Pattern]) -> tuple[Term, ...]:
    """Return the terms of conditions on parts; the expressions must have been checked."""
    return tuple(term for part, pattern in conditions.items() for term in _terms(part, pattern))


def _terms(part: str, pattern: Pattern) -> Iterator[Term]:
    if pattern.present is not None:
        yield Term(frozenset({(part,)}), pattern.present)
    if pattern.any_of is not None:
        yield Term(_words(part, pattern.any_of), True)
    if pattern.none_of is not None:
        yield Term(_words(part, pattern.none_of), False)
    if pattern.matches is not None:
        yield Term(frozenset({Regex(part, pattern.matches)}), True)
    if pattern.not_matches is not None:
        yield Term(frozenset({Regex(part, pattern.not_matches)}), False)


def _words(part: str, words: Iterable[str]) -> frozenset[Fact]:
    fold = str.casefold if part in WHOLE else _folded
    return frozenset((part, fold(word)) for word in words)


class FactReader:
    """Gives the facts of names, among them those of the expressions that the terms ask for."""

    def __init__(self, terms: Iterable[Term]) -> None:
        wanted: dict[str, dict[str, Regex]] = {}
        for term in terms:
            for fact in term.facts:
                if isinstance(fact, Regex):
                    wanted.setdefault(fact.part, {})[fact.expression] = fact
        self._searches = [
            (part, tuple(found.values()), RegexSet(list(found))) for part, found in wanted.items()
        ]

    def facts(self, name: ModelName) -> set[Fact]:
        """Return everything that is so of a name, as far as terms may ask."""
        found: set[Fact] = {
            ("name",),
            ("repository",),
            ("name", name.text.casefold()),
            ("repository", name.repository.casefold()),
        }
        if name.organization is not None:
            found.add(("organization",))
            found.add(("organization", name.organization.casefold()))
        for component in name.components:
            found.update(component_facts(component))
        for part, wanted, search in self._searches:
            for text in texts(name, part):
                found.update(wanted[index] for index in search.found(text))
        return found


def component_facts(component: Component) -> tuple[Fact, ...]:
    """Return the facts that one component makes: its kind, its text, and the word that it stands for."""
    kind, text = component.kind.value, (component.kind.value, _folded(component.text))
    if component.canonical is None:
        return (kind,), text
    return (kind,), text, (kind, _folded(component.canonical))


def texts(name: ModelName, part: str) -> tuple[str, ...]:
    """Return the texts of one part of a name: none, one, or one for each component of a kind."""
    if part not in WHOLE:
        return tuple(component.text for component in name.components if component.kind.value == part)
    text = {"name": name.text, "organization": name.organization, "repository": name.repository}[part]
    return () if text is None else (text,)
