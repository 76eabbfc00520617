from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from namegate_policy.evidence import Evidence
from namegate_policy.index.names import KnownName
from namegate_policy.index.store import NameStore
from namegate_policy.language import parse_policy
from namegate_policy.naming import parse_name
from namegate_policy.rules.base import Subject

HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme}\n"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def found(policy: str, name: str, **evidence: Any) -> list[tuple[str, str, str | None]]:
    loaded = parse_policy(HEAD + policy)
    subject = Subject(parse_name(name), Evidence(**evidence), loaded.vocabulary, NOW)
    return [
        (active.rule.code, finding.message, name[slice(*finding.span)] if finding.span else None)
        for active, finding in loaded.check(subject)
    ]


def rule(text: str) -> str:
    return f"custom: [{{code: A1, rule: a-rule, message: m, {text}}}]"


NAME = "acme/llama-3-8b-instruct"

HOLD = [
    "require: {architecture: llama}",
    "require: {architecture: [mistral, LLAMA]}",
    "require: {organization: acme, repository: llama-3-8b-instruct, name: acme/Llama-3-8b-instruct}",
    "require: {size: {matches: '^[0-9]+b$'}}",
    "require: {size: {not_matches: m}, dataset: {not_matches: '.'}}",
    "require: {task: {present: yes}, dataset: {present: no}}",
    "require: {architecture: {any_of: llama, none_of: [mistral], matches: ^l}}",
    "require: {size: 70b}, when: {architecture: mistral}",
    "require: {size: 70b}, when: {architecture: llama, task: {present: false}}",
    "deny: {architecture: mistral}",
    "deny: {architecture: llama, size: 70b}",
    "deny: {size: {present: false}}",
    "deny: {name: {matches: '--'}}",
    "assert: 'true'",
    "assert: name.size.parameters == 8000000000",
    "assert: name.version.major == 3 && !has(name.version.minor)",
    "assert: \"'llama' in name.architecture\"",
    "assert: \"name.components.exists(c, c.kind == 'size' && c.start == 13)\"",
    "assert: name.text.matches('^acme/')",
    "assert: '!has(config.model_type) && !has(weights.parameters)'",
    "assert: 'false', when: {organization: other}",
    "assert: config.model_type == 'mistral', when: {architecture: mistral}",
]

BREAK = [
    ("require: {architecture: mistral}", "llama"),
    ("require: {dataset: {present: true}}", "llama-3-8b-instruct"),
    ("require: {size: {not_matches: b}}", "8b"),
    ("require: {size: 70b}, when: {architecture: llama}", "8b"),
    ("require: {organization: other}", "acme"),
    ("deny: {architecture: llama}", "llama"),
    ("deny: {architecture: llama, size: 8b}", "llama"),
    ("deny: {size: 8b}, part: version", "3"),
    ("deny: {task: instruct}", "instruct"),
    ("deny: {name: {matches: '(a|b)c'}}", NAME),
    ("assert: 'false'", "llama-3-8b-instruct"),
    ("assert: 'false', part: task", "instruct"),
    ("assert: 'false', part: dataset", "llama-3-8b-instruct"),
    ("assert: 'false', when: {architecture: llama}", "llama-3-8b-instruct"),
    ("assert: name.size.parameters > 8000000000, part: size", "8b"),
]


@pytest.mark.parametrize("text", HOLD)
def test_holds(text: str) -> None:
    assert found(rule(text), NAME) == []


@pytest.mark.parametrize(("text", "part"), BREAK)
def test_breaks(text: str, part: str) -> None:
    assert found(rule(text), NAME) == [("A1", "m", part)]


def test_of_several_components_the_denied_one_is_pointed_at() -> None:
    name = "acme/llama-mistral-8b"
    assert found(rule("deny: {architecture: mistral}"), name) == [("A1", "m", "mistral")]
    assert found(rule("deny: {architecture: llama}"), name) == [("A1", "m", "llama")]


def test_words_match_whatever_their_case_and_separators() -> None:
    assert found(rule("deny: {dataset: go-emotions}"), "acme/BERT-Go_Emotions") != []
    assert found(rule("deny: {size: 15b}"), "acme/llama-1.5b") == []


def test_messages_show_data() -> None:
    policy = (
        "params: {limit: 7, words: [a, b]}\ncustom: [{code: A1, rule: a-rule, assert: 'false', message: "
        "'{name.version} {name.size.parameters} {name.architecture} {name.language} {params.limit} "
        "{params.words}"
        " {card.license} {card.nothing.at.all} {{braces}}'}]"
    )
    assert found(policy, "acme/llama-3.1-8b-de-fr", card={"license": "mit\u202e"}) == [
        ("A1", "3.1 8000000000 llama german, french 7 a, b mit� unknown {braces}", "llama-3.1-8b-de-fr")
    ]


def test_parameters_are_typed() -> None:
    policy = "params: {limit: 7, share: 0.5, name: '8', flag: true, words: [llama]}\n"
    asked = "params.limit > 6 && params.share < 0.6 && params.name == '8' && params.flag"
    asked += " && 'llama' in params.words"
    assert found(policy + rule(f'assert: "{asked}"'), NAME) == []


def test_what_cannot_be_decided_is_a_violation_and_spares_the_others() -> None:
    policy = """
custom:
  - {code: A1, rule: first, assert: config.model_type == 'llama', message: model type}
  - {code: A2, rule: second, assert: "true", message: never}
  - {code: A3, rule: third, assert: "false", message: always}
  - {code: A4, rule: fourth, assert: 1 / (name.size.parameters - 8000000000) > 0, message: division}
"""
    assert [(code, message) for code, message, _ in found(policy, NAME, config={"model_type": "llama"})] == [
        ("A3", "always"),
        ("A4", "the rule cannot be decided (divide by zero): division"),
    ]
    assert found(policy, NAME)[0][:2] == (
        "A1",
        'the rule cannot be decided (Key not found in map : "model_type"): model type',
    )


def test_the_registry_is_data() -> None:
    store = NameStore.create(":memory:")
    store.add([KnownName(NAME, "u1")])
    asked = rule("assert: \"registry.taken && registry.owners == ['u1'] && registry.owner == 'u1'\"")
    assert found(asked, NAME, names=store, owner="u1") == []
    assert len(found(asked, NAME, names=store, owner="u2")) == 1
    assert found(rule("assert: '!has(registry.taken)'"), NAME) == []


@pytest.mark.parametrize("pattern", ["(", "(?<=a)b", 7])
def test_a_wrong_pattern_in_the_evidence_is_undecided(pattern: object) -> None:
    asked = rule("assert: name.text.matches(config.pattern)")
    assert "cannot be decided" in found(asked, NAME, config={"pattern": pattern})[0][1]
    assert found(asked, NAME, config={"pattern": "^acme"}) == []


def test_an_expression_may_end_in_a_comment() -> None:
    assert found(rule("assert: 'true // so be it'"), NAME) == []


HOSTILE_EVIDENCE: list[dict[str, Any]] = [
    {"n": 2**70},
    {"n": [{"a": [None, 1.5, {"b": True}]}]},
    {"n": object()},
    {1: "x", "n": NOW},
    {"n": "\ud800"},
]


@pytest.mark.parametrize("config", HOSTILE_EVIDENCE)
def test_any_evidence_gives_an_answer(config: dict[str, Any]) -> None:
    assert len(found(rule("assert: has(config.n) && has(config.missing)"), NAME, config=config)) == 1


def test_work_is_bounded() -> None:
    numbers = str(list(range(100)))
    nested = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, a + b + c >= 0)))"
    answers = found(rule(f'assert: "{nested}"'), NAME)
    assert "cannot be decided" in answers[0][1]


def test_rules_section_sets_custom_rules() -> None:
    text = "custom: [{code: A1, rule: a-rule, assert: 'false', message: m, severity: warn, mode: audit}]\n"
    policy = parse_policy(HEAD + text)
    assert [(active.severity, active.mode) for active in policy.rules] == [("warn", "audit")]
    policy = parse_policy(HEAD + text + "rules: {A1: error}")
    assert [(active.severity, active.mode) for active in policy.rules] == [("error", "audit")]
    assert parse_policy(HEAD + text + "rules: {a-rule: off}").rules == ()


def test_many_rules_find_what_each_would_find_alone() -> None:
    words = ["llama", "mistral", "bert", "qwen"]
    texts = [f"deny: {{architecture: {word}, size: {size}b}}" for word in words for size in range(12)]
    texts += [
        f"require: {{size: {size}b}}, when: {{architecture: {word}}}" for word in words for size in (7, 8)
    ]
    texts += [f"deny: {{name: {{matches: '{word}.*{size}b'}}}}" for word in words for size in range(9)]
    entries = [f"{{code: A{index}, rule: r{index}, message: m, {text}}}" for index, text in enumerate(texts)]
    together = [code for code, _, _ in found("custom:\n- " + "\n- ".join(entries), NAME)]
    alone = [f"A{index}" for index, text in enumerate(texts) if found(rule(text), NAME)]
    assert together == alone
    assert together


def test_a_rule_checks_alone_what_the_policy_checks_together() -> None:
    policy = parse_policy(
        HEAD + "custom: [{code: A1, rule: a, deny: {size: 8b}, message: m}, "
        "{code: A2, rule: b, deny: {size: 8b}, message: n}]"
    )
    subject = Subject(parse_name(NAME), Evidence(), policy.vocabulary, NOW)
    together = policy.check(subject)
    assert together == [
        (active, finding) for active in policy.rules for finding in active.rule.check(subject, active.options)
    ]
