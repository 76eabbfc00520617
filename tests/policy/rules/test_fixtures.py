"""Every rule against its table, its snapshot and the examples of its page."""

import re

import pytest

from namegate_policy.rules.pages import page
from namegate_policy.rules.registry import RULES
from tests.policy.rules.cases import SNAPSHOTS, fixtures, snapshot

CASES = fixtures()
EXAMPLE = re.compile(
    r"^## (Good|Bad) example\n(?:(?!```|##)[^\n]*\n)*?```\n(.*?)^```", re.MULTILINE | re.DOTALL
)


def _named(outcome):
    return [
        pytest.param(case, id=f"{name}-{case.name}")
        for name, cases in CASES.items()
        for case in cases[outcome]
    ]


@pytest.mark.parametrize("case", _named("passes"))
def test_it_passes(case):
    assert [violation.message for violation in case.verdict().violations] == []


@pytest.mark.parametrize("case", _named("fails"))
def test_it_fails_and_says_where(case):
    violations = case.verdict().violations
    assert {violation.rule for violation in violations} == {case.rule}
    for violation in violations:
        assert violation.span is None or 0 <= violation.span[0] <= violation.span[1] <= len(case.name)


@pytest.mark.parametrize("name", CASES)
def test_what_a_reader_sees(name):
    """`python -m tests.policy.rules.cases` writes the snapshots."""
    assert (SNAPSHOTS / f"{name.replace('-', '_')}.txt").read_text() == snapshot(CASES[name]["fails"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_examples_of_the_page_are_in_the_table(rule):
    outcomes = {"Bad": "fails", "Good": "passes"}
    examples = EXAMPLE.findall(page(rule))
    assert {quality for quality, _ in examples} == {"Bad", "Good"}
    for quality, block in examples:
        tabled = {case.name for case in CASES[rule.name][outcomes[quality]]}
        assert set(block.strip("\n").split("\n")) <= tabled


def test_fixtures_and_snapshots_belong_to_rules():
    names = {rule.name for rule in RULES}
    assert CASES.keys() == names
    assert {path.stem.replace("_", "-") for path in SNAPSHOTS.iterdir()} == names
