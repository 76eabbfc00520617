"""Runs policy tests: what differs from what was expected, and which rules the cases made speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from namegate_policy.engine import judge
from namegate_policy.errors import UnreadableNameError
from namegate_policy.language import load_policy
from namegate_policy.testing.cases import evidence_of, load_policy_test

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from namegate_policy.language import Policy
    from namegate_policy.testing.cases import Case
    from namegate_policy.verdict import Verdict

UNREADABLE = "unreadable-name"
"""What `codes` holds for a text that is no name at all."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: its line in the file, and how the verdict differs from what was expected."""

    line: int
    name: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """In how many cases a rule spoke, and in how many it was silent."""

    code: str
    rule: str
    fired: int
    silent: int

    @property
    def full(self) -> bool:
        """Whether the cases show the rule speak as well as being silent."""
        return self.fired > 0 and self.silent > 0


@dataclass(frozen=True, slots=True)
class TestReport:
    """What a policy test found."""

    __test__ = False
    """No test of pytest's, whatever its name."""

    source: str
    policy: Policy
    results: tuple[CaseResult, ...]
    coverage: tuple[Coverage, ...]

    @property
    def passed(self) -> bool:
        """Whether every verdict was as expected."""
        return not any(result.differences for result in self.results)


def run_policy_test(path: Path, *, base: Path | None = None) -> TestReport:
    """Run the policy test in a file. `base` is what `load_policy` says.

    Raises PolicyNotFoundError or PolicyError where the test or its policy does not load.
    """
    test = load_policy_test(path)
    policy = load_policy(test.reference, base=base)
    names = {key: active.rule.code for active in policy.rules for key in (active.rule.code, active.rule.name)}
    fired: dict[str, int] = dict.fromkeys((active.rule.code for active in policy.rules), 0)
    results = []
    for line, case in test.cases:
        try:
            evidence = evidence_of(case.evidence, test.checkpoints)
            verdict = judge(case.name, policy, evidence, now=case.now or test.now)
        except UnreadableNameError as error:
            results.append(CaseResult(line, case.name, tuple(_unreadable(case, error))))
            continue
        for code in {violation.code for violation in verdict.violations}:
            fired[code] += 1
        results.append(CaseResult(line, case.name, tuple(_differences(case, verdict, names))))
    coverage = tuple(
        Coverage(active.rule.code, active.rule.name, count, len(results) - count)
        for active in policy.rules
        if (count := fired[active.rule.code]) is not None
    )
    return TestReport(test.source, policy, tuple(results), coverage)


def _differences(case: Case, verdict: Verdict, names: dict[str, str]) -> Iterator[str]:
    if case.allowed is not None and verdict.allowed != case.allowed:
        yield f"allowed: expected {_word(case.allowed)}, found {_word(verdict.allowed)}"
    for key, expected, waived in (("codes", case.codes, False), ("waived", case.waived, True)):
        if expected is None:
            continue
        asked = sorted({names.get(code, code) for code in expected})
        found = sorted({each.code for each in verdict.violations if (each.waived_by is not None) is waived})
        if asked != found:
            yield f"{key}: expected {_list(asked)}, found {_list(found)}"
    for key, span in case.spans.items():
        code = names.get(key, key)
        spans = sorted({each.span for each in verdict.violations if each.code == code and each.span})
        if span not in spans:
            shown = ", ".join(f"[{start}, {end}]" for start, end in spans) or "none"
            yield f"span of {key}: expected [{span[0]}, {span[1]}], found {shown}"
    if case.suggestion is not None and (verdict.suggestion or "none") != case.suggestion:
        yield f"suggestion: expected {case.suggestion}, found {verdict.suggestion or 'none'}"


def _unreadable(case: Case, error: UnreadableNameError) -> Iterator[str]:
    if case.allowed is not False or (case.codes is not None and case.codes != (UNREADABLE,)):
        yield f"this is no name ({error.reason}); expect `allowed: false, codes: [{UNREADABLE}]`"


def _word(value: bool) -> str:
    return "true" if value else "false"


def _list(codes: list[str]) -> str:
    return f"[{', '.join(codes)}]"
