"""How often a checkpoint whose tensor names are hidden is known by its shapes.

`python -m tests.benchmarks.shapes FILE…` prints a table for the networks that `tests.benchmarks.held_out` or
`tests.benchmarks.built` wrote, with their tensors renamed to `t00000`, `t00001` … in the order of their names
(as safetensors files have them), of memory (as PyTorch files have them), and shuffled.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.build.part import patterns_of
from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.shapes import DATA, likeliest
from tests.benchmarks.architecture import header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Shapes = dict[str, list[int]]
ORDERS: dict[str, Callable[[Shapes], list[str]]] = {
    "order of names": sorted,
    "order of memory": list,
    "shuffled": lambda shapes: random.Random(0).sample([*shapes], len(shapes)),
}
FIGURES = ("type among three", "or one of the same tensor names", "type first", "families named")


def networks(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the networks of a file, with their model type."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            record = json.loads(line)
            type_ = record.get("type") or record["config"].get("model_type")
            if type_:
                yield {**record, "type": type_}


def measure(records: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table: what is counted, and its figure for each order."""
    counts = {(order, figure): 0 for order in ORDERS for figure in FIGURES}
    seconds: list[float] = []
    started = time.process_time()
    likeliest([(64, 64), (64,)])
    first_use = time.process_time() - started
    for record in records:
        shapes = {name: shape for name, shape in record["tensors"].items() if all(shape)}
        alike = {record["type"], *(label.type for label in catalogue().exact(patterns_of(shapes)))}
        for order, arranged in ORDERS.items():
            hidden = {f"t{number:05}": shapes[name] for number, name in enumerate(arranged(shapes))}
            found = architecture_of(header(hidden))
            counts[order, FIGURES[0]] += record["type"] in found.resembles
            counts[order, FIGURES[1]] += not alike.isdisjoint(found.resembles)
            counts[order, FIGURES[2]] += found.resembles[:1] == (record["type"],)
            counts[order, FIGURES[3]] += bool(found.families)
            listed = [tuple(shape) for shape in hidden.values()]
            started = time.process_time()
            likeliest(listed)
            seconds.append(time.process_time() - started)
    total = len(records)
    yield (f"{total:,} networks, {len({record['type'] for record in records})} types", *ORDERS)
    for figure in FIGURES:
        yield (figure, *(f"{100 * counts[order, figure] / total:.1f} %" for order in ORDERS))
    yield ("time of the guess, median", f"{1000 * statistics.median(seconds):.2f} ms")
    yield ("time of the guess, 99th percentile", f"{1000 * statistics.quantiles(seconds, n=100)[-1]:.2f} ms")
    yield ("first use, of the first file", f"{1000 * first_use:.2f} ms")
    yield ("model on disk", f"{DATA.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for name, *figures in measure(list(networks(Path(path)))):
            print(f"{name:40}", *(f"{figure:>16}" for figure in figures))
