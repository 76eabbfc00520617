"""Headers of real names, to measure claims on: networks that their libraries build without memory.

`python -m tests.benchmarks.built FILE [SOURCE…]` in an environment with torch, transformers, timm and
torchvision writes one JSON line a network: where its name is from, the name, config.json, and the tensors as
the library saves them. Names and configurations are those of the shared data: `known_models.jsonl`,
`parameters.jsonl.gz`, `checkpoints.jsonl.gz` and `architectures.jsonl.gz`; of a name from the last only the
class is known, which is built with default sizes.
"""

from __future__ import annotations

# isort: off
import tests.torchvision_operators  # noqa: F401 (before what imports torchvision)

# isort: on

import gzip
import json
import sys
import warnings
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import CONFIG_MAPPING

from namegate_policy.architecture.build.canonical import REQUIRED
from namegate_policy.architecture.build.part import limited
from namegate_policy.architecture.build.transformers_library import as_saved, instance, shrunk

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[3] / "shared" / "data"
SECONDS = 120

Built = tuple[str, dict[str, Any], dict[str, tuple[int, ...]]]
"""Name, configuration, tensor name → shape."""


def rows(file: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of the shared data."""
    path = DATA / file
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)


def of_class(name: str, cls: str, options: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the tensors that `save_pretrained` of a class of transformers writes."""
    network = getattr(transformers, cls)
    with limited(SECONDS):
        model = instance(network, network.config_class, options)
        state = model.state_dict(keep_vars=True)
        for key in model._keys_to_ignore_on_save or ():
            state.pop(key, None)
        return next(as_saved(model, state))


def known() -> Iterator[Built]:
    """Yield the well-known models in their true sizes."""
    for row in rows("known_models.jsonl"):
        config = {**row["config"], "model_type": row["model_type"], "architectures": [row["architecture"]]}
        yield row["name"], config, of_class(row["name"], row["architecture"], row["config"])


def checkpoints() -> Iterator[Built]:
    """Yield real uploads, as far as their own configuration builds the tensors that their index lists."""
    for row in rows("checkpoints.jsonl.gz"):
        config = row["config"]
        known_type = config.get("model_type") in CONFIG_MAPPING and config.get("architectures")
        if not known_type or config.get("quantization_config") or config.get("quantization"):
            continue
        try:
            shapes = of_class(row["name"], config["architectures"][0], config)
        except Exception as error:
            print("not built", row["name"], type(error).__name__, error)
            continue
        width = {"float32": 4}.get(config.get("torch_dtype") or config.get("dtype"), 2)
        total = row["index"]["metadata"]["total_size"] / width
        if abs(sum(map(prod, shapes.values())) - total) > 0.02 * total:
            print("other sizes", row["name"])
            continue
        yield row["name"], config, shapes


def images() -> Iterator[Built]:
    """Yield the networks of timm and torchvision under their names, as far as they can be built."""
    import timm
    import torchvision

    from namegate_policy.architecture.build.torchvision_library import built

    for row in rows("parameters.jsonl.gz"):
        name, source = row["name"], row["source"]
        try:
            if source.startswith("timm"):
                with limited(SECONDS), torch.device("meta"):
                    model = timm.create_model(name.removeprefix("timm/"))
            elif source == "torchvision":
                weights = torchvision.models.get_weight(name)
                model = built(weights.__class__.__name__.removesuffix("_Weights").lower(), {})
            else:
                continue
        except Exception as error:
            print("not built", name, type(error).__name__, str(error).partition("\n")[0])
            continue
        state = model.state_dict(keep_vars=True)
        first = {id(value): key for key, value in reversed(state.items())}
        yield name, {}, {key: tuple(value.shape) for key, value in state.items() if first[id(value)] == key}


def classes() -> Iterator[Built]:
    """Yield the names of which the class is known, with a network of that class in default sizes."""
    networks: dict[str, dict[str, tuple[int, ...]]] = {}
    for row in rows("architectures.jsonl.gz"):
        cls = row["architecture"]
        network = getattr(transformers, cls, None)
        if network is None or network.config_class is None:
            continue
        config_class = network.config_class
        required = REQUIRED.get(config_class.model_type, {})
        if cls not in networks:
            try:
                small = {**shrunk(config_class, config_class(**required)), **required}
                networks[cls] = of_class(cls, cls, small)
            except Exception as error:
                print("not built", cls, type(error).__name__, error)
                networks[cls] = {}
        if networks[cls]:
            yield row["name"], {"model_type": config_class.model_type, "architectures": [cls]}, networks[cls]


SOURCES = {"known": known, "checkpoint": checkpoints, "image": images, "class": classes}


def main(path: str, *sources: str) -> None:
    """Write the networks of all sources, or of those named."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    with gzip.open(path, "wt", compresslevel=1) as lines:
        for source in sources or SOURCES:
            count = 0
            for name, config, tensors in SOURCES[source]():
                count += 1
                record = {"source": source, "name": name, "config": config, "tensors": tensors}
                lines.write(json.dumps(record) + "\n")
            print(source, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
