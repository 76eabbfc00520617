"""How often the network family is right, on headers that the catalogue was not built from.

`python -m tests.benchmarks.architecture FILE` prints a table for the headers that
`tests.benchmarks.held_out` wrote.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from math import prod
from pathlib import Path
from typing import Any

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.family import judge_family
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.claims.task import HEADS
from namegate_policy.naming.vocabulary import key
from namegate_policy.weights.header import Shard, Tensor, WeightsHeader

WRONG_CLAIMS = 20
"""Wrong types that are claimed for each header."""


def header(shapes: dict[str, list[int]]) -> WeightsHeader:
    """Return the header of a checkpoint that stores these tensors as BF16."""
    tensors = tuple(
        Tensor(name, "BF16", tuple(shape), 2 * prod(shape)) for name, shape in shapes.items() if prod(shape)
    )
    return WeightsHeader("safetensors", tensors, (Shard("model.safetensors", 0),))


def head(cls: str) -> str:
    """Return the task head that a class name ends with, empty for a bare network."""
    return next((suffix for suffix in HEADS if cls.endswith(suffix)), "")


def measure(records: list[dict[str, Any]]) -> dict[str, str]:
    """Return the figures of the table; releases spell types with a hyphen or an underscore."""
    chance = random.Random(0)
    types = sorted(catalogue().types)
    inside = exact = best = right_head = with_config = accepted = claimed = nothing = 0
    groups, seconds, missed = [], [], []
    for record in records:
        weights = header(record["tensors"])
        started = time.perf_counter()
        found = architecture_of(weights)
        seconds.append(time.perf_counter() - started)
        fits = key(record["type"]) in map(key, found.families)
        inside += fits
        if not fits:
            missed.append(f"{record['type']}/{record['class']} → {', '.join(found.families[:3])}")
        exact += found.exact
        nothing += not found.families
        best += found.families[:1] == (record["type"],)
        right_head += head(record["class"]) == head(found.classes[0] if found.classes else "")
        with_config += architecture_of(weights, record["config"]).families[:1] == (record["type"],)
        if len(found.families) > 1:
            groups.append(len(found.families))
        for wrong in chance.sample(types, WRONG_CLAIMS):
            if wrong != record["type"]:
                claimed += 1
                accepted += judge_family(frozenset({wrong}), found) is Outcome.FITS
    total = len(records)
    for line in missed[:40]:
        print("  missed", line)

    def share(count: int, of: int = total) -> str:
        return f"{100 * count / of:.2f} % ({count:,} of {of:,})"

    return {
        "headers": f"{total:,}, {len({record['type'] for record in records})} types",
        "truth in the answer group": share(inside),
        "names exactly in the catalogue": share(exact),
        "no answer": share(nothing),
        "wrong type accepted": share(accepted, claimed),
        "one best guess without config.json": share(best),
        "type exact with config.json": share(with_config),
        "mean group where more than one fits": f"{statistics.mean(groups):.2f}" if groups else "none",
        "task head of the best guess": share(right_head),
        "time a header, median": f"{1000 * statistics.median(seconds):.2f} ms",
    }


if __name__ == "__main__":
    lines = [line for line in Path(sys.argv[1]).read_text("utf-8").split("\n") if line.endswith("}")]
    for name, figure in measure([json.loads(line) for line in lines]).items():
        print(f"{name:40} {figure}")
