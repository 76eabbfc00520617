"""Headers of networks with random depths, widths, heads and vocabularies, to measure families on.

`python -m tests.benchmarks.held_out FILE SEED` in an environment with transformers and torch writes one JSON
line a network: type, class, configuration, and the tensors as `save_pretrained` names them. With another seed
than the catalogue's own, none of these configurations is in the catalogue. `… FILE SEED sizes` varies
all sizes instead, as the model of shapes does with its own seeds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from namegate_policy.architecture.build import networks
from namegate_policy.architecture.build.sampled_library import SEEDS, sampled


def main(path: str, seed: int, *varied: str) -> None:
    """Write the headers of every class that can be built."""
    if seed in SEEDS or seed in networks.SEEDS:
        sys.exit(f"seed {seed} is used in building")
    if varied == ("sizes",):
        networks.write(Path(path), (seed,))
        return
    with Path(path).open("w", encoding="utf-8") as lines:
        for type_, cls, config, shapes in sampled(seed):
            record = {"type": type_, "class": cls, "config": config, "tensors": shapes}
            lines.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
