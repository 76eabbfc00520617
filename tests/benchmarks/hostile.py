"""What refusing costs: reads the suite's costly files, each in a new process.

`python -m tests.benchmarks.hostile`
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.policy.weights.hostile import suite


def main() -> None:
    print(f"{'file':40} {'format':12} {'size':>9} {'time':>8} {'memory':>8}  problem")
    with tempfile.TemporaryDirectory() as folder:
        for file in suite.costly():
            found = suite.cost(file, Path(folder))
            print(
                f"{file.title:40} {file.format:12} {len(file.data) / 1e6:6.1f} MB {found.seconds:6.2f} s "
                f"{found.kilobytes / 1024:5.0f} MB  {', '.join(sorted(found.codes))}"
            )


if __name__ == "__main__":
    main()
