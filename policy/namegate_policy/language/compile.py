"""The active rules of a policy as one function."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.language.policy import ActiveRule
    from namegate_policy.rules.base import Finding, Subject

Check: TypeAlias = "Callable[[Subject], list[tuple[ActiveRule, Finding]]]"


def compile_rules(rules: tuple[ActiveRule, ...]) -> Check:
    """Return a function that gives every finding of the rules on a subject, in the rules' order."""
    steps = tuple((active, active.rule.check, active.options) for active in rules)

    def check(subject: Subject) -> list[tuple[ActiveRule, Finding]]:
        return [(active, finding) for active, run, options in steps for finding in run(subject, options)]

    return check
