"""The reference page names every problem code, with its meaning, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from namegate_policy.weights import CODES

PAGE = Path(__file__).parents[3] / "docs" / "weights.md"


def test_problem_codes() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.MULTILINE)
    documented = {code: (why, stricter) for code, why, stricter in rows}
    assert list(documented) == list(CODES)
    for code, item in CODES.items():
        why, stricter = documented[code]
        assert why == item.why
        assert all(reason in stricter for reason in item.stricter.values()), code


def test_every_refusal_has_a_documented_code() -> None:
    source = PAGE.parents[1] / "policy" / "namegate_policy" / "weights"
    text = "\n".join(path.read_text() for path in source.glob("*.py") if path.name != "problems.py")
    used = set(re.findall(r"(?:Refusal|Problem|JSONError|_refuse)\(\s*\"([a-z-]+)\"", text))
    assert used <= CODES.keys()
