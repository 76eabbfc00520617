"""Names of weights that timm and torchvision have, for tests that run without them.

In an environment with both,
`python tests/policy/naming/record_libraries.py > tests/policy/naming/recorded/libraries.json`
writes every eighth name of timm's and all of torchvision's. Their sources are read, nothing is imported.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = re.compile(r"https://[\w./-]+/([\w.-]+-[0-9a-f]{8,}\.pth)")
"""A file whose name ends with the hash that `torch.hub` checks, which a few old ones have behind `_`."""


def sources(package: str) -> Iterator[str]:
    """Yield the text of each module of a package's models."""
    spec = find_spec(package)
    assert spec is not None
    for place in spec.submodule_search_locations or ():
        for path in sorted((Path(place) / "models").rglob("*.py")):
            yield path.read_text(encoding="utf-8")


def timm_names(text: str) -> Iterator[str]:
    """Yield the names of pretrained configurations: the keys that `generate_default_cfgs` is given."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "generate_default_cfgs":
            for table in node.args:
                keys = table.keys if isinstance(table, ast.Dict) else []
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def weights_names(text: str) -> Iterator[str]:
    """Yield the members of torchvision's enums of weights."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and node.name.endswith("_Weights"):
            for member in node.body:
                targets = member.targets if isinstance(member, ast.Assign) else []
                yield from (f"{node.name}.{target.id}" for target in targets if isinstance(target, ast.Name))


def main() -> None:
    """Write the names."""
    timm = sorted({name for text in sources("timm") for name in timm_names(text)})
    vision = list(sources("torchvision"))
    record = {
        "source": {package: version(package) for package in ("timm", "torchvision")},
        "timm": timm[::8],
        "torchvision": sorted({name for text in vision for name in weights_names(text)}),
        "torchvision files": sorted({name for text in vision for name in FILE.findall(text)}),
    }
    json.dump(record, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
