"""How many names a second a scheme reads, beside the reader alone.

`python -m tests.benchmarks.schemes` prints a table. Each scheme reads names that it has not read before,
then the same names again.
"""

from __future__ import annotations

import gc
import gzip
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from namegate_policy.naming import parse_name
from namegate_policy.naming.convert import convert
from namegate_policy.naming.registries import check_name
from namegate_policy.naming.scheme import load_scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hub_ids.txt.gz"
STRICT = 'start: organization "/" ARCHITECTURE "-" SIZE ["-" DATASET] ["-" TASK] "-" VERSION\n'
WARM_UP = 500


def rate(read: Callable[[str], object], names: Sequence[str]) -> float:
    """Return names a second, in processor time."""
    gc.collect()  # else a pass over all that is loaded falls into one row or another
    began = time.process_time()
    for name in names:
        read(name)
    return len(names) / (time.process_time() - began)


def main() -> None:
    """Print the table."""
    with gzip.open(NAMES, "rt") as lines:
        names = lines.read().splitlines()
    share = len(names) // 6
    groups = [names[index * share : (index + 1) * share] for index in range(6)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "strict.lark"
        path.write_text(STRICT)
        strict = load_scheme(path)
    files = [convert(name, "huggingface", "gguf").text or "x.gguf" for name in groups[4]]
    rows: list[tuple[str, Callable[[str], object], Sequence[str]]] = [
        ("reader alone", parse_name, groups[0]),
        ("scheme ptm", load_scheme("ptm").parse, groups[1]),
        ("scheme huggingface", load_scheme("huggingface").parse, groups[2]),
        ("scheme of a dozen kinds", strict.parse, groups[3]),
        ("scheme gguf", load_scheme("gguf").parse, files),
        ("registry rules, huggingface", lambda name: check_name("huggingface", name), groups[5]),
    ]
    print(f"{'':30}{'new names/s':>14}{'repeats/s':>14}")
    for label, read, given in rows:
        for name in given[:WARM_UP]:
            read(name)
        new = rate(read, given[WARM_UP:])
        print(f"{label:30}{new:14,.0f}{rate(read, given):14,.0f}")


if __name__ == "__main__":
    main()
