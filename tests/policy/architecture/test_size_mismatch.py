"""The main job: a name that states a wrong count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from namegate_policy.evidence import Evidence
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.rules import architecture_mismatch, experts_mismatch, size_mismatch
from namegate_policy.rules.base import Finding, Rule, Subject
from namegate_policy.verdict import Edit, Severity
from tests.policy.architecture.headers import header, llama

EIGHT = header(llama())


def findings(rule: Rule, name: str, weights=EIGHT, config=None) -> list[Finding]:
    subject = Subject(
        parse_name(name), Evidence(weights, config), default_vocabulary(), datetime(2026, 1, 1, tzinfo=UTC)
    )
    return list(rule.check(subject, rule.options()))


def test_the_main_job() -> None:
    (finding,) = findings(size_mismatch.RULE, "acme/llama-3-7b")
    assert finding.message == "the name says 7B, the weights hold 8.03B parameters"
    assert finding.span == (13, 15)
    assert finding.expected == "8b"
    assert finding.actual == 8_030_261_248
    assert finding.fixes == ((Edit((13, 15), "8b"),),)
    assert finding.severity is None


ACCEPTED = ["acme/llama-3-8b", "acme/Llama-3-8B", "acme/llama-8.03B", "acme/llama", "acme/mistral-8b"]
REJECTED = {
    "acme/llama-3-70b": "8b",
    "acme/Llama-3-13B": "8B",
    "acme/llama-3-1b": "8b",
    "acme/llama-3-800m": "8b",
}
DOUBTED = ["acme/frobnicator-7b"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert findings(size_mismatch.RULE, name) == []


@pytest.mark.parametrize(("name", "expected"), REJECTED.items())
def test_rejected(name: str, expected: str) -> None:
    (finding,) = findings(size_mismatch.RULE, name)
    assert (finding.expected, finding.severity) == (expected, None)


@pytest.mark.parametrize("name", DOUBTED)
def test_what_only_embeddings_explain_is_a_warning(name: str) -> None:
    (finding,) = findings(size_mismatch.RULE, name)
    assert finding.severity is Severity.WARN


def test_experts_are_claimed_and_there_are_none() -> None:
    (finding,) = findings(experts_mismatch.RULE, "acme/llama-8x7b")
    assert finding.message == "the name says 8x7b, the weights hold no experts"


def test_families_that_write_the_same_names_are_not_told_apart() -> None:
    weights = header(llama(vocabulary=32000))
    assert findings(architecture_mismatch.RULE, "acme/mistral-8b", weights) == []


@pytest.mark.parametrize("word", ["bert", "gpt2", "whisper", "mixtral"])
def test_another_family_is_found(word: str) -> None:
    (finding,) = findings(architecture_mismatch.RULE, f"acme/{word}-8b")
    assert finding.span == (5, 5 + len(word))
    assert "llama" in finding.actual
