"""Where the shipped data folders are: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder(name: str) -> Path:
    """Return the path of the data folder `name` (`grammars` or `policies`).

    Raises FileNotFoundError when the installation is broken.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / name, package.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(
        f"the folder {name!r} of namegate is missing beside {package}; reinstall namegate"
    )
