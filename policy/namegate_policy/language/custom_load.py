"""Custom rules of the documents → active rules, with every mistake in expressions, patterns and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.language.custom import CustomRules
from namegate_policy.language.document import CustomRule, Pattern
from namegate_policy.language.expressions import Environment, ExpressionError
from namegate_policy.language.nodes import Node, place_inside
from namegate_policy.language.policy import ActiveRule
from namegate_policy.language.problems import problem
from namegate_policy.language.templates import TemplateError, parse_template
from namegate_policy.regex import regex_problem
from namegate_policy.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from namegate_policy.errors import PolicyProblem
    from namegate_policy.language.merge import Merged, Setting
    from namegate_policy.rules.base import Finding, Subject


def load_custom(
    merged: Merged, texts: Mapping[str, str], problems: list[PolicyProblem]
) -> tuple[tuple[ActiveRule, ...], CustomRules | None]:
    """Return the custom rules that are on, and the one function that evaluates them all.

    `texts` are the documents by source. Rules that are off are checked as well.
    """
    settings = [setting for setting in merged.settings.values() if isinstance(setting.definition, CustomRule)]
    before = len(problems)
    checker = _Checker(merged.params, texts, problems)
    for setting in settings:
        checker.check(setting)
    active = [setting for setting in settings if setting.severity is not None]
    if len(problems) > before or not active:
        return (), None
    rules = CustomRules([_definition(setting) for setting in active], merged.params)
    return tuple(_active(active, rules, merged)), rules


def _active(settings: Sequence[Setting], rules: CustomRules, merged: Merged) -> Iterator[ActiveRule]:
    for index, setting in enumerate(settings):
        definition = _definition(setting)
        if setting.severity is None or setting.location is None:
            continue

        def check(subject: Subject, _: CustomRule, index: int = index) -> Iterable[Finding]:
            return [finding for found, finding in rules.findings(subject) if found == index]

        rule = Rule(setting.code, setting.name, definition.severity, CustomRule, check)
        mode = setting.mode or merged.mode
        yield ActiveRule(rule, setting.severity, definition, setting.location, mode)


def _definition(setting: Setting) -> CustomRule:
    if not isinstance(setting.definition, CustomRule):
        raise TypeError(f"{setting.code} is no custom rule")
    return setting.definition


class _Checker:
    def __init__(
        self, params: Mapping[str, Any], texts: Mapping[str, str], problems: list[PolicyProblem]
    ) -> None:
        self._params = params
        self._texts = texts
        self._problems = problems
        self._environment: Environment | None = None

    def check(self, setting: Setting) -> None:
        rule, node = _definition(setting), setting.node
        if node is None:
            return
        for name in ("when", "require", "deny"):
            for part, pattern in (getattr(rule, name) or {}).items():
                self._check_pattern(pattern, _descend(node, name, part))
        if rule.assert_ is not None:
            self._check_expression(rule.assert_, _descend(node, "assert"))
        try:
            parse_template(rule.message, self._params)
        except TemplateError as error:
            self._report(error, _descend(node, "message"), 1, error.offset + 1)

    def _check_pattern(self, pattern: Pattern, node: Node) -> None:
        for name in ("matches", "not_matches"):
            expression = getattr(pattern, name)
            wrong = expression and regex_problem(expression)
            if wrong:
                message = f"{name} is no regular expression of RE2: {wrong}"
                self._problems.append(problem(message, _descend(node, name).location))

    def _check_expression(self, expression: str, node: Node) -> None:
        if self._environment is None:
            self._environment = Environment(self._params)
        try:
            self._environment.compile(expression)
        except ExpressionError as error:
            self._report(error, node, error.line, error.column)

    def _report(self, error: ExpressionError | TemplateError, node: Node, line: int, column: int) -> None:
        text = self._texts.get(node.location.source or "", "")
        place = place_inside(node, text, line, column)
        self._problems.append(problem(str(error), place, error.choices))


def _descend(node: Node, *steps: str) -> Node:
    """Return the node at a path, or the last one on the way that there is."""
    for step in steps:
        node = node.child(step) or node
    return node
