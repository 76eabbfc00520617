"""`python -m namegate_policy.architecture.build part LIBRARY FILE`, and `… merge FILE…`.

`… networks FILE` and `… shapes FILE…` build the model of shapes.

Each library's part is built in an environment that holds it, so that two releases of one library can
be merged into the catalogue that is shipped.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

LIBRARIES = ("transformers", "timm", "torchvision", "diffusers", "gguf", "remote", "sampled")
USAGE = f"""usage: python -m namegate_policy.architecture.build part LIBRARY FILE [TYPE...]
       python -m namegate_policy.architecture.build merge FILE...
       python -m namegate_policy.architecture.build networks FILE
       python -m namegate_policy.architecture.build shapes FILE...
libraries: {", ".join(LIBRARIES)}"""


def main(arguments: list[str]) -> int:
    """Run one of the steps."""
    match arguments:
        case ["part", library, path, *types] if library in LIBRARIES:
            module = importlib.import_module(f"namegate_policy.architecture.build.{library}_library")
            part = module.build(tuple(types)) if types else module.build()
            part.write(Path(path))
        case ["merge", *paths] if paths:
            from namegate_policy.architecture.build.merge import merge

            merge([Path(path) for path in paths])
        case ["networks", path]:
            from namegate_policy.architecture.build.networks import write

            write(Path(path))
        case ["shapes", *paths] if paths:
            from namegate_policy.architecture.build.shape_model import train

            train([Path(path) for path in paths]).write()
        case _:
            sys.stderr.write(USAGE + "\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
