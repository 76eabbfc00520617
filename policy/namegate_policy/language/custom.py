"""The custom rules of a policy: checked at load, then evaluated together.

Rules made of conditions are indexed by a fact that a name must have for the rule to speak at all, so that of
ten thousand rules only the few that concern a name are looked at. Expressions are evaluated in one call.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.language import schema
from namegate_policy.language.conditions import FactReader, Term, compile_conditions, component_facts
from namegate_policy.language.expressions import Environment, Program, Undecided
from namegate_policy.language.templates import Template, parse_template
from namegate_policy.rules.base import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from namegate_policy.errors import Span
    from namegate_policy.language.conditions import Fact
    from namegate_policy.language.document import CustomRule
    from namegate_policy.naming import ModelName
    from namegate_policy.rules.base import Subject


class _Conditional(NamedTuple):
    """One rule of conditions: speaks where `when` holds, and `demand` does (`deny`) or does not."""

    place: int
    when: tuple[Term, ...]
    demand: tuple[Term, ...]
    deny: bool


class CustomRules:
    """Custom rules, all of them checked before, in the order in which they are given."""

    def __init__(self, rules: Sequence[CustomRule], params: Mapping[str, Any]) -> None:
        self._params = dict(params)
        self._parts = [_parts(rule) for rule in rules]
        self._messages = [rule.message for rule in rules]
        self._templates: dict[int, Template] = {}
        conditional = [_conditional(index, rule) for index, rule in enumerate(rules) if rule.assert_ is None]
        self._denied = {rule.place: _needed(rule.demand) for rule in conditional if rule.deny}
        guards = {
            index: compile_conditions(rule.when or {}) for index, rule in enumerate(rules) if rule.assert_
        }
        terms = [term for rule in conditional for term in (*rule.when, *rule.demand)]
        terms += [term for guard in guards.values() for term in guard]
        self._reader = FactReader(terms)
        self._always, self._indexed = _index(conditional)
        self._guards = tuple(guards.items())
        self._program: Program | None = None
        if guards:
            self._program = Program(Environment(params), [rules[index].assert_ or "" for index in guards])

    def findings(self, subject: Subject) -> Iterator[tuple[int, Finding]]:
        """Yield what the rules find, with the index of the rule, in the rules' order."""
        facts = self._reader.facts(subject.name)
        candidates = self._always
        for fact in facts & self._indexed.keys():
            candidates = candidates + self._indexed[fact]
        found = [rule.place for rule in candidates if _speaks(rule, facts)]
        undecided: dict[int, str] = {}
        if self._program is not None:
            answers = self._program.evaluate(schema.values(subject, self._program.used))
            for (index, guard), answer in zip(self._guards, answers, strict=True):
                if answer is True or not _holds(guard, facts):
                    continue
                found.append(index)
                if isinstance(answer, Undecided):
                    undecided[index] = answer.reason
        data: dict[str, Any] = {}
        for index in sorted(set(found)):
            span = _span(subject.name, self._parts[index], self._denied.get(index, frozenset()))
            template = self._template(index)
            if template.paths and not data:
                data = {**schema.values(subject), "params": self._params}
            message = template.render(data)
            if index in undecided:
                message = f"the rule cannot be decided ({undecided[index]}): {message}"
            yield index, Finding(message, span=span, actual=subject.name.text[slice(*span)])

    def _template(self, index: int) -> Template:
        """Return the message of a rule, parsed when it is first needed."""
        if index not in self._templates:
            self._templates[index] = parse_template(self._messages[index], self._params)
        return self._templates[index]


def _needed(terms: tuple[Term, ...]) -> frozenset[Fact]:
    """Return the facts of which the terms ask for some."""
    return frozenset(fact for term in terms if term.wanted for fact in term.facts)


def _conditional(index: int, rule: CustomRule) -> _Conditional:
    demand = compile_conditions(rule.deny or rule.require or {})
    return _Conditional(index, compile_conditions(rule.when or {}), demand, rule.deny is not None)


def _index(
    rules: Sequence[_Conditional],
) -> tuple[tuple[_Conditional, ...], dict[Fact, tuple[_Conditional, ...]]]:
    """Return the rules that every name is held to, and the others by a fact that a name must have.

    Of the facts that a rule needs, the one that the fewest rules need is taken.
    """
    needed = [
        [term.facts for term in (*rule.when, *(rule.demand if rule.deny else ())) if term.wanted]
        for rule in rules
    ]
    common = Counter(fact for facts in needed for fact in set().union(*facts))
    always: list[_Conditional] = []
    indexed: dict[Fact, list[_Conditional]] = {}
    for rule, choices in zip(rules, needed, strict=True):
        if not choices:
            always.append(rule)
            continue
        for fact in min(choices, key=lambda facts: sum(common[fact] for fact in facts)):
            indexed.setdefault(fact, []).append(rule)
    return tuple(always), {fact: tuple(found) for fact, found in indexed.items()}


def _speaks(rule: _Conditional, facts: set[Fact]) -> bool:
    for wanted, holds in rule.when:
        if wanted.isdisjoint(facts) is holds:
            return False
    return _holds(rule.demand, facts) is rule.deny


def _holds(terms: tuple[Term, ...], facts: set[Fact]) -> bool:
    return all(term.facts.isdisjoint(facts) is not term.wanted for term in terms)


def _parts(rule: CustomRule) -> tuple[str, ...]:
    """Return the parts of the name that a violation points at, the first that is there."""
    return tuple(filter(None, (rule.part, *(rule.deny or ()), *(rule.require or ()))))


def _span(name: ModelName, parts: tuple[str, ...], denied: frozenset[Fact]) -> Span:
    for part in parts:
        if part == "name":
            return 0, len(name.text)
        if part == "organization" and name.organization is not None:
            return 0, len(name.organization)
        spans = [
            (not denied.isdisjoint(component_facts(component)), component.span)
            for component in name.components
            if component.kind.value == part
        ]
        if spans:
            return max(spans, key=lambda found: found[0])[1]
    return name.repository_span
