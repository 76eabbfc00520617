"""How well naming-convention agrees with two researchers: `python -m tests.benchmarks.naming_class`.

`naming_class.jsonl` holds the classes that two researchers gave to names, from PurdueDualityLab/PTM-Naming
(Apache-2.0). The rule is held against the names on which they agree, with applications and tasks as one.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from namegate_policy.naming import parse_name
from namegate_policy.rules.naming_convention import Convention, convention

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "naming_class.jsonl"
CLASSES = {
    "I": Convention.IMPLEMENTATION,
    "A": Convention.APPLICATION,
    "T": Convention.APPLICATION,
    "IA": Convention.BOTH,
    "IT": Convention.BOTH,
    "O": Convention.OTHER,
}


def agreed() -> list[tuple[str, Convention]]:
    """Return the names that both researchers put into one class, with it."""
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    classes = [(row["name"], [CLASSES.get(label) for label in row["labels"]]) for row in rows]
    return [(name, one) for name, (one, other) in classes if one is not None and one == other]


def kappa(pairs: list[tuple[Convention, Convention]]) -> float:
    """Return Cohen's kappa: the agreement beyond what chance gives."""
    total = len(pairs)
    observed = sum(one == other for one, other in pairs) / total
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(ones[each] * others[each] for each in Convention) / total**2
    return (observed - chance) / (1 - chance)


def main() -> None:
    """Print the agreement, the confusions and the names that differ."""
    rows = [(name, truth, convention(parse_name(name))) for name, truth in agreed()]
    pairs = [(truth, found) for _, truth, found in rows]
    right = sum(truth == found for truth, found in pairs)
    print(f"{len(rows)} names; agreement {right / len(rows):.3f}, kappa {kappa(pairs):.3f}")
    counts = Counter(pairs)
    print(f"\n| researchers \\ rule | {' | '.join(Convention)} |\n|{'---|' * (len(Convention) + 1)}")
    for truth in Convention:
        print(f"| {truth} | {' | '.join(str(counts[truth, found]) for found in Convention)} |")
    print()
    for name, truth, found in rows:
        if truth != found:
            print(f"{name}: {truth}, found {found}")


if __name__ == "__main__":
    main()
