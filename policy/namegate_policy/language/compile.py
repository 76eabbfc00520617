"""The active rules of a policy as one function."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from namegate_policy.language.custom import CustomRules
    from namegate_policy.language.policy import ActiveRule
    from namegate_policy.rules.base import Finding, Subject

Check: TypeAlias = "Callable[[Subject], list[tuple[ActiveRule, Finding]]]"


def compile_rules(
    own: Sequence[ActiveRule], custom: Sequence[ActiveRule], custom_rules: CustomRules | None
) -> Check:
    """Return a function that gives every finding on a subject: of Namegate's own rules, then of custom ones.

    `custom_rules` evaluates the rules `custom`, in the same order; None where there are none.
    """
    steps = tuple((active, active.rule.check, active.options) for active in own)

    def check(subject: Subject) -> list[tuple[ActiveRule, Finding]]:
        found = [(active, finding) for active, run, options in steps for finding in run(subject, options)]
        if custom_rules is not None:
            found += [(custom[index], finding) for index, finding in custom_rules.findings(subject)]
        return found

    return check
