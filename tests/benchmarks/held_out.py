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

import transformers
from transformers import CONFIG_MAPPING

from namegate_policy.architecture.build.canonical import REQUIRED
from namegate_policy.architecture.build.sampling import randomized
from namegate_policy.architecture.build.transformers_library import as_saved, instance, model_classes


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
