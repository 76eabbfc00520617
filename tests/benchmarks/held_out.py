"""Headers of networks with random depths, widths, heads and vocabularies, to measure families on.

`python -m tests.benchmarks.held_out FILE [SEED]` in an environment with transformers and torch writes one
JSON line a network: type, class, configuration, and the tensors as `save_pretrained` names them. None of
these configurations is in the catalogue, whose networks have the libraries' own numbers.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from typing import Any

import transformers
from transformers import CONFIG_MAPPING

from namegate_policy.architecture.build.canonical import REQUIRED
from namegate_policy.architecture.build.transformers_library import (
    COUNTS,
    DEPTHS,
    NO_STRUCTURE,
    as_saved,
    instance,
    model_classes,
)

WIDTHS = ("hidden_size", "d_model", "n_embd")
HEADS = ("num_attention_heads", "n_head", "num_heads", "num_key_value_heads")


def randomized(options: dict[str, Any], chance: random.Random, *, boldly: bool) -> dict[str, Any]:
    """Return random values for the sizes among a configuration's options; boldly: widths and switches too."""
    found: dict[str, Any] = {}
    factor = chance.choice((1, 2, 3))
    for key, value in options.items():
        if isinstance(value, dict) and key.endswith("_config"):
            inner = randomized(value, chance, boldly=boldly)
            found[key] = inner | ({"model_type": value["model_type"]} if "model_type" in value else {})
        elif isinstance(value, bool):
            if boldly and key not in NO_STRUCTURE and not key.startswith("_") and chance.random() < 0.03:
                found[key] = not value
        elif not isinstance(value, int):
            continue
        elif key in DEPTHS:
            found[key] = chance.randint(2, 7)
        elif key in COUNTS and value > 1:
            found[key] = chance.choice((6, 10, 12))
        elif key == "vocab_size":
            found[key] = chance.randint(max(1000, value // 2), value * 2)
        elif boldly and (key in WIDTHS or key in HEADS):
            found[key] = value * factor
    return found


def main(path: str, seed: int) -> None:
    """Write the headers of every class that can be built."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    classes = model_classes()
    with open(path, "w", encoding="utf-8") as lines:  # noqa: PTH123
        for type_ in sorted(CONFIG_MAPPING):
            chance = random.Random(f"{type_} {seed}")
            config_class = CONFIG_MAPPING[type_]
            required = REQUIRED.get(type_, {})
            try:
                default = config_class(**required).to_dict()
            except Exception:  # noqa: S112
                continue
            for cls in classes.get(config_class.__name__, []):
                for boldly in (True, False):
                    try:
                        options = {**required, **randomized(default, chance, boldly=boldly)}
                        model = instance(cls, config_class, options)
                        state = model.state_dict(keep_vars=True)
                        for key in model._keys_to_ignore_on_save or ():
                            state.pop(key, None)
                        shapes = next(as_saved(model, state))
                        config = json.loads(model.config.to_json_string())
                    except Exception:  # noqa: S112
                        continue
                    config["architectures"] = [cls.__name__]
                    record = {"type": type_, "class": cls.__name__, "config": config, "tensors": shapes}
                    lines.write(json.dumps(record) + "\n")
                    break
            print(type_, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
