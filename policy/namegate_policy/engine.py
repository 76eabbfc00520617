"""(name, evidence, policy) → `Verdict`: the one evaluator behind every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.evidence import Evidence
from namegate_policy.language.waivers import active_waiver
from namegate_policy.repair import repairs
from namegate_policy.rules.base import Subject
from namegate_policy.verdict import Outcome, PolicyReference, Severity, Verdict, Violation

if TYPE_CHECKING:
    from datetime import datetime

    from namegate_policy.language import Policy
    from namegate_policy.naming import ModelName
    from namegate_policy.repair import Fixable

UNVERIFIABLE = "NG499"
"""The rule that speaks when weights cannot be trusted; alone, it means *could not decide*."""


def judge(
    text: str, policy: Policy, evidence: Evidence | None = None, *, now: datetime, suggest: bool = True
) -> Verdict:
    """Return the verdict of `policy` on the name `text` at the time `now`.

    Without `suggest` no better name is looked for, which takes many times as long as the verdict.

    Raises UnreadableNameError when the text is no name at all. Everything else that can be wrong
    with a name is part of the verdict.
    """
    evidence = evidence or Evidence()
    name, found = examine(text, policy, evidence, now)
    violations = tuple(violation for violation, _ in found)

    def weigh(candidate: str) -> list[Fixable]:
        return _to_repair(examine(candidate, policy, evidence, now)[1])

    return Verdict(
        name=name,
        policy=PolicyReference(policy.name, policy.revision, policy.digest),
        mode=policy.mode,
        outcome=_outcome(violations),
        violations=violations,
        suggestions=repairs(text, _to_repair(found), weigh) if suggest else (),
        weights=_facts(evidence),
    )


def examine(text: str, policy: Policy, evidence: Evidence, now: datetime) -> tuple[ModelName, list[Fixable]]:
    """Return the name as the policy's scheme reads it, and its violations with the fixes proposed for each.

    Raises UnreadableNameError as `judge` does.
    """
    name = policy.read(text)
    subject = Subject(name=name, evidence=evidence, vocabulary=policy.vocabulary, now=now)
    found: list[Fixable] = []
    for active, finding in policy.check(subject):
        waiver = active_waiver(policy, text, active.rule.code, now)
        violation = Violation(
            code=active.rule.code,
            rule=active.rule.name,
            severity=_capped(active.severity, finding.severity),
            mode=active.mode,
            message=finding.message,
            span=finding.span,
            expected=finding.expected,
            actual=finding.actual,
            waived_by=waiver.approved_by if waiver else None,
            policy_location=active.location,
        )
        found.append((violation, finding.fixes))
    return name, found


def _to_repair(found: list[Fixable]) -> list[Fixable]:
    """Return what a better name would be without: neither what is waived nor what is only remarked."""
    return [
        (violation, fixes)
        for violation, fixes in found
        if violation.waived_by is None and violation.severity is not Severity.INFO
    ]


def _capped(setting: Severity, cap: Severity | None) -> Severity:
    """Return the policy's severity, or the finding's own where that weighs less."""
    return setting if cap is None else max(setting, cap, key=list(Severity).index)


def _outcome(violations: tuple[Violation, ...]) -> Outcome:
    denying = {violation.code for violation in violations if violation.denies}
    if not denying:
        return Outcome.ALLOWED
    return Outcome.UNVERIFIABLE if denying == {UNVERIFIABLE} else Outcome.DENIED


def _facts(evidence: Evidence) -> dict[str, Any] | None:
    architecture = evidence.architecture
    return None if architecture is None else architecture.to_dict()
