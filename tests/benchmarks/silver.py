"""Silver names with the kinds and boundaries of the convention.

A language model labelled them under another convention (codes such as A, S, D). A relabeller, trained on
labelled names with the silver codes as further attributes, reads each of them again.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from namegate_policy.naming.train import Example, Featurizer, Part, bio, fit, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def read_silver(path: Path) -> dict[str, list[Part]]:
    """Read the silver set; its components have a `code` and no span, and are found in order of appearance."""
    names = {}
    with gzip.open(path, "rt") as file:
        for row in map(json.loads, file):
            name = row["name"].lower()
            position, parts = name.find("/") + 1, []
            for component in row["components"]:
                start = name.find(component["text"].lower(), position) if component["text"] else -1
                if start >= 0:
                    position = start + len(component["text"])
                    parts.append((component["code"], start, position))
            names[row["name"]] = parts
    return names


def relabel(
    silver: Mapping[str, list[Part]], labelled: Mapping[str, list[Part]], featurizer: Featurizer
) -> dict[str, list[Part]]:
    """Return the silver names that are not labelled, read under the convention."""
    examples = []
    for name, parts in labelled.items():
        spans, rows = featurizer.attributes(name)
        known = (
            _with_codes(spans, rows, silver[name]) if name in silver else [[*row, "unlisted"] for row in rows]
        )
        examples.append(Example(known, bio(spans, parts)))
    weights = fit(examples, l1=0.1, l2=0.1, iterations=80)
    result = {}
    for name, parts in silver.items():
        if name not in labelled:
            spans, rows = featurizer.attributes(name)
            result[name] = tag(weights, spans, _with_codes(spans, rows, parts))
    return result


def _with_codes(
    spans: Sequence[tuple[int, int]], rows: list[list[str]], parts: list[Part]
) -> list[list[str]]:
    result = []
    before = None
    for (a, _), row in zip(spans, rows, strict=True):
        here = next((i for i, (_, start, end) in enumerate(parts) if start <= a < end), None)
        code = "-" if here is None else parts[here][0]
        result.append([*row, f"code={code}", f"code={code}|{row[2]}", f"continues={here == before}|{code}"])
        before = here
    return result
