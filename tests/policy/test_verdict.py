"""Verdicts as data: the same bytes on every way, and nothing that can be changed unseen."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest

from namegate_policy.naming import parse_name
from namegate_policy.verdict import (
    Edit,
    Location,
    Mode,
    Outcome,
    PolicyReference,
    Severity,
    Suggestion,
    Verdict,
    Violation,
)

NAMES = ["acme/llama-3-7b", "gpt2", "mistralai/Mixtral-8x7B-Instruct-v0.1", "a/Qwen3-30B-A3B-2507", "b/x_y.z"]


def verdict(name: str) -> Verdict:
    size = Violation(
        code="NG402",
        rule="size-mismatch",
        severity=Severity.ERROR,
        mode=Mode.ENFORCE,
        message="the name says 7B, the weights hold 8.03B parameters",
        span=(13, 15),
        expected="8b",
        actual=8_030_261_248,
        policy_location=Location(12, 5, "acme.yaml"),
    )
    return Verdict(
        name=parse_name(name),
        policy=PolicyReference("acme", "14", "ab" * 32),
        mode=Mode.ENFORCE,
        outcome=Outcome.DENIED,
        violations=(size,),
        suggestions=(Suggestion("acme/llama-3-8b", (Edit((13, 14), "8"),)),),
        weights={"families": ["llama"], "parameters": 8_030_261_248},
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_verdict_survives_json(name: str) -> None:
    original = verdict(name)
    again = Verdict.from_dict(json.loads(original.to_json()))
    assert again == original
    assert again.to_json() == original.to_json()


def test_equal_decisions_have_equal_ids_and_others_do_not() -> None:
    assert verdict(NAMES[0]).decision_id == verdict(NAMES[0]).decision_id
    assert len({verdict(name).decision_id for name in NAMES}) == len(NAMES)


def forged(path: list[str | int], value: object) -> dict[str, object]:
    record = copy.deepcopy(verdict(NAMES[0]).to_dict())
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return record


FORGED = [
    (["outcome"], "allowed"),
    (["violations"], []),
    (["violations", 0, "severity"], "warn"),
    (["name", "text"], "acme/other"),
    (["decision_id"], "0" * 32),
    (["outcome"], "perhaps"),
    (["policy"], None),
    (["name", "components", 0, "span"], [1]),
]


@pytest.mark.parametrize(("path", "value"), FORGED)
def test_a_changed_verdict_is_refused(path: list[str | int], value: object) -> None:
    with pytest.raises(ValueError, match=r"verdict|is not a valid|unpack"):
        Verdict.from_dict(forged(path, value))


def test_only_unwaived_enforced_errors_deny() -> None:
    [violation] = verdict(NAMES[0]).violations
    assert violation.denies
    for change in ({"severity": Severity.WARN}, {"mode": Mode.AUDIT}, {"waived_by": "ml-gov"}):
        assert not dataclasses.replace(violation, **change).denies
