"""How errors print."""

from __future__ import annotations

import pytest

from namegate_policy.errors import PolicyError, PolicyProblem, UnreadableNameError, caret

RENDERED = [
    ("acme/llama", (5, 10), "acme/llama\n     ^^^^^"),
    ("a\x07b", (1, 2), "a\\u{7}b\n ^^^^^"),
    ("a" * 300, (200, 201), "…" + "a" * 120 + "…\n" + " " * 61 + "^"),
    ("", (0, 0), "\n^"),
    ("no span", None, "no span"),
]


@pytest.mark.parametrize(("source", "span", "expected"), RENDERED)
def test_the_caret_stands_under_the_span(source: str, span: tuple[int, int] | None, expected: str) -> None:
    assert caret(source, span) == expected


def test_an_unreadable_name_prints_itself() -> None:
    error = UnreadableNameError("a name has no tab", reason="control-character", source="a\tb", span=(1, 2))
    assert str(error) == "a name has no tab\na\\u{9}b\n ^^^^^"


def test_a_policy_error_prints_every_problem() -> None:
    problems = (
        PolicyProblem("unknown mode 'strict'", "acme.yaml", 3, 7, ("audit", "warn", "enforce")),
        PolicyProblem("duplicate key 'rules'", "acme.yaml", 9, 1),
    )
    assert str(PolicyError("the policy has 2 mistakes", problems)).splitlines() == [
        "the policy has 2 mistakes",
        "  acme.yaml:3:7: unknown mode 'strict'; valid: audit, warn, enforce",
        "  acme.yaml:9:1: duplicate key 'rules'",
    ]
