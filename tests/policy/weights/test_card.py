"""Front matter of model cards: YAML 1.2's plain values, and nothing that readers resolve differently."""

from __future__ import annotations

from typing import Any

import pytest

from namegate_policy.errors import EvidenceError
from namegate_policy.weights.source import BytesSource
from namegate_policy.weights.upload import read_card

READ: list[tuple[str, Any]] = [
    ("language: no", {"language": "no"}),
    ("language: [en, 'on', off, y]", {"language": ["en", "on", "off", "y"]}),
    ("gated: true\nprivate: False", {"gated": True, "private": False}),
    ("date: 2024-01-31", {"date": "2024-01-31"}),
    ("a: 12\nb: -1.5\nc: 1e3\nd: 0x1F\ne: 0o17", {"a": 12, "b": -1.5, "c": 1000.0, "d": 31, "e": 15}),
    ("a: 08\nb: 1_000\nc: 1:30", {"a": 8, "b": "1_000", "c": "1:30"}),
    ("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}),
    ("text: |\n  two\n  lines", {"text": "two\nlines\n"}),
    ("", {}),
]

REFUSED = [
    ("a: &x [1]\nb: *x", "aliases are refused"),
    ("a: 1\na: 2", "a key occurs twice"),
    ("a: [", "no plain YAML"),
    ("a: !!python/name:os.system", "no plain YAML"),
    ("- a", "no mapping"),
    ("a: " + "[" * 10_000, "nested too deeply"),
    ("1: a", "no mapping"),
]


def _card(front: str) -> BytesSource:
    return BytesSource(f"---\n{front}\n---\n# A model\n".encode(), "README.md")


@pytest.mark.parametrize(("front", "card"), READ)
def test_plain_values(front: str, card: dict[str, Any]) -> None:
    assert read_card(_card(front)) == card


@pytest.mark.parametrize(("front", "message"), REFUSED)
def test_refused(front: str, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        read_card(_card(front))


def test_a_card_without_front_matter() -> None:
    assert read_card(BytesSource(b"# A model\n", "README.md")) is None
