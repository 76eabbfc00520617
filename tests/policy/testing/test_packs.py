"""The shipped packs: each is tested with full coverage, and sane on real names."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from namegate_policy.language import load_policy
from namegate_policy.language.documents import PACK, packs
from namegate_policy.resources import folder
from namegate_policy.testing import replay, run_policy_test

NAMES = Path(__file__).parents[3].parent / "shared" / "data" / "hub_ids.txt.gz"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("reference", packs())
def test_every_rule_of_a_pack_is_shown_to_speak_and_to_be_silent(reference: str) -> None:
    test = folder("policies") / f"{reference.removeprefix(PACK)}_test.yaml"
    report = run_policy_test(test, base=test.parent)
    assert {result.name: result.differences for result in report.results if result.differences} == {}
    assert [coverage.code for coverage in report.coverage if not coverage.full] == []


def test_recommended_denies_hardly_any_published_name() -> None:
    with gzip.open(NAMES, "rt") as file:
        names = [line.strip() for line in file][::7]
    found = replay(load_policy("namegate:recommended"), names, now=NOW)
    assert found.denied <= len(names) / 1000
