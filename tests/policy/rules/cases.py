"""The table of each rule: names that pass and fail, judged by a policy with that rule alone.

`python -m tests.policy.rules.cases` rewrites the snapshots of what a reader would see.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from namegate_policy.engine import judge
from namegate_policy.errors import caret
from namegate_policy.evidence import Evidence
from namegate_policy.index.names import KnownName
from namegate_policy.index.store import NameStore
from namegate_policy.language import parse_policy
from namegate_policy.rules.registry import RULES
from namegate_policy.weights.header import Shard, Tensor, WeightsHeader

FIXTURES = Path(__file__).with_name("fixtures")
SNAPSHOTS = Path(__file__).with_name("snapshots")
NOW = datetime(2027, 1, 1, tzinfo=UTC)
BYTES = {"F32": 4, "BF16": 2, "F16": 2, "I64": 8, "I32": 4, "I8": 1, "U8": 1}


@dataclass(frozen=True)
class Case:
    """One name with what comes beside it; in a fixture, a bare text or a mapping of these fields."""

    rule: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    vocabulary: dict[str, list[str]] = field(default_factory=dict)
    scheme: str = "ptm"
    evidence: dict[str, Any] = field(default_factory=dict)

    def verdict(self):
        policy = {
            "apiVersion": "namegate/v1",
            "kind": "NamingPolicy",
            "metadata": {"name": "fixture", "revision": "1"},
            "mode": "enforce",
            "scheme": self.scheme,
            "vocabulary": self.vocabulary,
            "rules": {self.rule: {"severity": "error", **self.options}},
        }
        return judge(self.name, parse_policy(yaml.safe_dump(policy)), self._evidence(), now=NOW)

    def _evidence(self) -> Evidence:
        given = dict(self.evidence)
        if "weights" in given:
            given["weights"] = header(given["weights"], given.pop("format", "safetensors"))
        if "names" in given:
            store = NameStore.create(":memory:")
            store.add(KnownName(**row) if isinstance(row, dict) else KnownName(row) for row in given["names"])
            given["names"] = store
        return Evidence(**given)


def header(tensors: dict[str, list[Any]], file_format: str = "safetensors") -> WeightsHeader:
    """Return a header; `{3}` in a tensor's name stands for the numbers 0, 1 and 2."""
    listed = []
    for pattern, (dtype, *shape) in tensors.items():
        count = re.search(r"\{(\d+)\}", pattern)
        for number in range(int(count[1]) if count else 1):
            name = pattern.replace(count[0], str(number)) if count else pattern
            listed.append(Tensor(name, dtype, tuple(shape), math.prod(shape) * BYTES[dtype]))
    size = sum(tensor.stored for tensor in listed)
    return WeightsHeader(file_format, tuple(listed), (Shard(f"model.{file_format}", size),))


def fixtures() -> dict[str, dict[str, list[Case]]]:
    """Return the cases of every rule that has a fixture: rule name → `passes` and `fails` → cases."""
    return {path.stem.replace("_", "-"): _read(path) for path in sorted(FIXTURES.glob("*.yaml"))}


def _read(path: Path) -> dict[str, list[Case]]:
    document = yaml.safe_load(path.read_text())
    rule = path.stem.replace("_", "-")
    shared = {key: document[key] for key in document.keys() - {"passes", "fails"}}
    cases = {}
    for outcome in ("passes", "fails"):
        rows = [row if isinstance(row, dict) else {"name": row} for row in document[outcome]]
        cases[outcome] = [Case(**{"rule": rule, **shared, **row}) for row in rows]
    return cases


def rendered(case: Case) -> str:
    """Return what a reader sees of the verdict."""
    verdict = case.verdict()
    lines = []
    for violation in verdict.violations:
        lines.append(caret(case.name, violation.span))
        lines.append(f"{violation.code} {violation.rule}: {violation.message}")
        if violation.expected is not None:
            lines.append(f"expected {violation.expected}")
        if violation.actual is not None:
            lines.append(f"actual {violation.actual}")
    lines.extend(f"did you mean {suggestion.name}" for suggestion in verdict.suggestions)
    return "\n".join(lines)


def snapshot(cases: list[Case]) -> str:
    """Return the rendered verdicts on all failing cases of a rule."""
    return "\n\n".join(map(rendered, cases)) + "\n"


if __name__ == "__main__":
    for name, cases in fixtures().items():
        (SNAPSHOTS / f"{name.replace('-', '_')}.txt").write_text(snapshot(cases["fails"]))
    for path in SNAPSHOTS.iterdir():
        if path.stem.replace("_", "-") not in {rule.name for rule in RULES}:
            path.unlink()
