"""Every class of transformers in a random configuration: some tensors are only in other depths."""

from __future__ import annotations

import json
import random
import warnings
from typing import TYPE_CHECKING, Any

import transformers
from transformers import CONFIG_MAPPING

from namegate_policy.architecture.build.canonical import REQUIRED
from namegate_policy.architecture.build.part import Part
from namegate_policy.architecture.build.sampling import randomized
from namegate_policy.architecture.build.transformers_library import (
    as_saved,
    instance,
    is_second_name,
    model_classes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = {7: 0.03, 21: 0.03, 35: 0.03, 49: 0.1, 63: 0.1, 77: 0.2}
"""Seed → share of the switches that are turned."""


def build() -> Part:
    """Return what a few random configurations of each class add."""
    part = Part("transformers", transformers.__version__)
    for seed, switched in SEEDS.items():
        for type_, cls, _, shapes in sampled(seed, switched):
            part.add(type_, cls, shapes)
    return part


def sampled(
    seed: int, switched: float = 0.03
) -> Iterator[tuple[str, str, dict[str, Any], dict[str, tuple[int, ...]]]]:
    """Yield type, class, configuration and tensors of each class that can be built in a random configuration.

    Where bold choices (widths, switches, kinds of layers) cannot be built, only depths, experts and
    vocabulary are random. A second name of another type's configuration is passed over.
    """
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    classes = model_classes()
    for type_ in sorted(CONFIG_MAPPING):
        chance = random.Random(f"{type_} {seed}")  # noqa: S311 - no secret
        config_class = CONFIG_MAPPING[type_]
        if is_second_name(type_, config_class):
            continue
        required = REQUIRED.get(type_, {})
        try:
            default = config_class(**required).to_dict()
        except Exception:  # noqa: S112 - a configuration may need what its defaults lack
            continue
        for cls in classes.get(config_class.__name__, []):
            for boldly in (True, True, False):
                try:
                    chosen = randomized(default, chance, boldly=boldly, switched=switched)
                    options = {**required, **chosen}
                    model = instance(cls, config_class, options)
                    state = model.state_dict(keep_vars=True)
                    for key in model._keys_to_ignore_on_save or ():
                        state.pop(key, None)
                    shapes = next(as_saved(model, state))
                    config = json.loads(model.config.to_json_string())
                except Exception:  # noqa: S112 - many random configurations are none that the class takes
                    continue
                config["architectures"] = [cls.__name__]
                yield type_, cls.__name__, config, shapes
                break
