"""(name, evidence, policy) → `Verdict`: the one evaluator behind every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.evidence import Evidence
from namegate_policy.language.waivers import active_waiver
from namegate_policy.naming import parse_name
from namegate_policy.repair import repairs
from namegate_policy.rules.base import Subject
from namegate_policy.verdict import Outcome, PolicyReference, Severity, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from namegate_policy.language import ActiveRule, Policy
    from namegate_policy.rules.base import Finding

UNVERIFIABLE = "NG499"
"""The rule that speaks when weights cannot be trusted; alone, it means *could not decide*."""

Found = tuple["ActiveRule", "Finding", "str | None"]
"""A finding with the setting that asked for it and the approver of the waiver that lifts it."""


def judge(text: str, policy: Policy, evidence: Evidence | None = None, *, now: datetime) -> Verdict:
    """Return the verdict of `policy` on the name `text` at the time `now`.

    Raises UnreadableNameError when the text is no name at all. Everything else that can be wrong
    with a name is part of the verdict.
    """
    evidence = evidence or Evidence()
    subject, found = _examine(text, policy, evidence, now)
    violations = tuple(_violation(*each) for each in found)

    def weigh(candidate: str) -> Sequence[Found]:
        return _unwaived(_examine(candidate, policy, evidence, now)[1])

    return Verdict(
        name=subject.name,
        policy=PolicyReference(policy.name, policy.revision, policy.digest),
        mode=policy.mode,
        outcome=_outcome(violations),
        violations=violations,
        suggestions=repairs(text, _unwaived(found), weigh),
        weights=_facts(evidence),
    )


def _examine(text: str, policy: Policy, evidence: Evidence, now: datetime) -> tuple[Subject, list[Found]]:
    name = parse_name(text, vocabulary=policy.vocabulary)
    subject = Subject(name=name, evidence=evidence, vocabulary=policy.vocabulary, now=now)
    found: list[Found] = []
    for active, finding in policy.check(subject):
        waiver = active_waiver(policy, text, active.rule.code, now)
        found.append((active, finding, waiver.approved_by if waiver else None))
    return subject, found


def _unwaived(found: Sequence[Found]) -> list[Found]:
    return [each for each in found if each[2] is None]


def _violation(active: ActiveRule, finding: Finding, waived_by: str | None) -> Violation:
    return Violation(
        code=active.rule.code,
        rule=active.rule.name,
        severity=_capped(active.severity, finding.severity),
        mode=active.mode,
        message=finding.message,
        span=finding.span,
        expected=finding.expected,
        actual=finding.actual,
        waived_by=waived_by,
        policy_location=active.location,
    )


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
