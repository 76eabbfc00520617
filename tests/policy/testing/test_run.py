from datetime import UTC, datetime
from pathlib import Path

import pytest

from namegate_policy.errors import PolicyError
from namegate_policy.language import parse_policy
from namegate_policy.testing import compare, replay, run_policy_test

HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme}\n"
POLICY = HEAD + (
    'rules:\n  separator-style: {severity: error, separators: ["-"]}\n'
    "  missing-component: {components: [size]}\n"
    "custom:\n"
    "  - code: A1\n    rule: llama-type\n    severity: warn\n    message: m\n"
    "    assert: \"!has(config.model_type) || config.model_type == 'llama'\"\n"
    "waivers:\n"
    "  - {match: acme/old_*, rules: [NG103], reason: x, approved_by: y, expires: 2026-06-30}\n"
)
TEST = "apiVersion: namegate/v1\nkind: PolicyTest\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acme.yaml").write_text(POLICY)
    return tmp_path


def run(folder: Path, text: str):
    (folder / "acme_test.yaml").write_text(TEST + text)
    return run_policy_test(folder / "acme_test.yaml", base=folder)


PASSING = """
now: 2026-06-30T12:00:00Z
cases:
  - {name: acme/llama-7b, allowed: true, codes: [], suggestion: none}
  - name: acme/llama_7b
    allowed: false
    codes: [separator-style]
    spans: {NG103: [10, 11]}
    suggestion: acme/llama-7b
  - {name: acme/old_7b, allowed: true, codes: [], waived: [NG103]}
  - {name: acme/old_7b, now: 2026-07-01, allowed: false, codes: [NG103], waived: []}
  - {name: acme/llama, codes: [NG201]}
  - {name: acme/llama-7b, evidence: {config: {model_type: bert}}, allowed: true, codes: [A1]}
  - {name: "a\\u202eb", allowed: false, codes: [unreadable-name]}
"""


def test_verdicts_as_expected(folder: Path) -> None:
    report = run(folder, PASSING)
    assert [result.differences for result in report.results] == [()] * 7
    assert report.passed
    assert {each.code: (each.fired, each.silent) for each in report.coverage} == {
        "NG103": (3, 4),
        "NG201": (1, 6),
        "A1": (1, 6),
    }


def test_differences_are_told_with_their_line(folder: Path) -> None:
    report = run(
        folder,
        "cases:\n  - {name: acme/llama_7b, allowed: true, codes: [NG201],"
        " spans: {NG103: [0, 1], NG201: [0, 1]}, suggestion: none}\n  - {name: ../a, allowed: true}\n",
    )
    assert [(result.line, result.differences) for result in report.results] == [
        (
            4,
            (
                "allowed: expected true, found false",
                "codes: expected [NG201], found [NG103]",
                "span of NG103: expected [0, 1], found [10, 11]",
                "span of NG201: expected [0, 1], found none",
                "suggestion: expected none, found acme/llama-7b",
            ),
        ),
        (5, ("this is no name (path); expect `allowed: false, codes: [unreadable-name]`",)),
    ]
    assert not report.passed


def test_mistakes_of_a_test_have_their_place(folder: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        run(
            folder,
            "now: today\ncases:\n  - {nme: a}\ncheckpoints: {c: {tensors: {x: [F32, -1]}}}\n",
        )
    assert [str(problem).partition(":")[2] for problem in caught.value.problems] == [
        "3:6: now: a time is written 2026-01-01T00:00:00Z, found 'today'",
        "5:5: the key 'name' is missing in cases[0]",
        "5:6: unknown key of cases[0] 'nme'; did you mean 'name'?; valid: name, evidence, now, allowed, "
        "codes, waived, spans, suggestion",
        "6:38: checkpoints.c.tensors.x[1] should be greater than or equal to 0, found '-1'",
    ]


def test_weights_are_described_by_their_tensors(folder: Path) -> None:
    rule = "{code: A1, rule: a, assert: weights.parameters > 100, message: m}"
    (folder / "acme.yaml").write_text(f"{HEAD}custom: [{rule}]")
    tensors = "{'layers.{0..3}.w': [F32, 5, 6], b: [BF16, 3]}"
    report = run(
        folder,
        f"checkpoints: {{many: {{tensors: {tensors}}}, few: {{tensors: {{b: [BF16, 3]}}}}}}\n"
        "cases:\n  - {name: a/b, evidence: {weights: many}, codes: []}\n"
        "  - {name: a/b, evidence: {weights: few}, codes: [A1]}\n",
    )
    assert [result.differences for result in report.results] == [(), ()]
    with pytest.raises(PolicyError, match="unknown checkpoint 'one'"):
        run(folder, "cases: [{name: a/b, evidence: {weights: one}}]")


def test_names_of_the_registry_are_evidence(folder: Path) -> None:
    (folder / "acme.yaml").write_text(HEAD + "rules: {name-taken: error, namespace-reuse: error}")
    report = run(
        folder,
        "cases:\n  - {name: a/b, evidence: {names: [a/c, a/b]}, codes: [NG301]}\n"
        "  - {name: a/b, evidence: {names: [{text: a/c, owner: x}], owner: y}, codes: [NG304]}\n",
    )
    assert [result.differences for result in report.results] == [(), ()]


NAMES = ["acme/llama-7b", "acme/llama_7b", "acme/llama", "acme/llama-7b", "../x"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_replay_counts_names_once() -> None:
    found = replay(parse_policy(POLICY), NAMES, now=NOW)
    assert found.denied == 3
    assert dict(found.denying) == {"NG103": 1, "NG201": 1, "unreadable-name": 1}
    assert [waiver.match for waiver in found.unused_waivers] == ["acme/old_*"]
    assert replay(parse_policy(POLICY), [*NAMES, "acme/old_7b"], now=NOW).unused_waivers == ()


def test_a_change_is_what_decisions_turn() -> None:
    old = replay(parse_policy(POLICY), NAMES, now=NOW)
    new = replay(parse_policy(HEAD + "rules: {missing-component: {components: [version]}}"), NAMES, now=NOW)
    change = compare(new, old)
    assert change.newly_denied == ("acme/llama-7b",)
    assert change.newly_allowed == ()
    assert str(change) == "would newly deny 1 of 4 names, newly allow 0"
    assert compare(old, new).newly_allowed == ("acme/llama-7b",)
