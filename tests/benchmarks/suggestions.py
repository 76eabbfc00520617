"""How often a denial that could be repaired comes with a name that passes, and whether that name is final.

usage: python -m tests.benchmarks.suggestions [POLICY …]

A denial counts as *fixable* when every rule that denies proposes a fix. The names are the public ids of the
development data, judged without weights; a suggestion is *stable* when its own verdict allows it and
suggests nothing.
"""

from __future__ import annotations

import gzip
import sys
from datetime import UTC, datetime
from pathlib import Path

from namegate_policy.engine import examine, judge
from namegate_policy.evidence import Evidence
from namegate_policy.language import load_policy

NAMES = Path(__file__).parents[3] / "shared" / "data" / "hub_ids.txt.gz"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
POLICIES = ("namegate:recommended", "namegate:huggingface", "namegate:enterprise-example")


def measure(reference: str, names: list[str]) -> str:
    """Return a row of the table."""
    policy = load_policy(reference)
    denied = fixable = suggested = stable = 0
    for name in names:
        denying = [
            fixes for violation, fixes in examine(name, policy, Evidence(), NOW)[1] if violation.denies
        ]
        denied += bool(denying)
        if not denying or not all(denying):
            continue
        fixable += 1
        verdict = judge(name, policy, now=NOW)
        if verdict.suggestion is not None:
            suggested += 1
            again = judge(verdict.suggestion, policy, now=NOW)
            stable += again.allowed and again.suggestion is None
    share = f"{suggested / fixable:.1%}" if fixable else "-"
    return f"{reference:30} {denied:7,} {fixable:8,} {suggested:10,} {share:>7} {stable:7,}"


def main() -> None:
    """Print the table."""
    names = gzip.decompress(NAMES.read_bytes()).decode().split()
    print(f"{'policy':30} {'denied':>7} {'fixable':>8} {'suggested':>10} {'share':>7} {'stable':>7}")
    for reference in sys.argv[1:] or POLICIES:
        print(measure(reference, names), flush=True)


if __name__ == "__main__":
    main()
