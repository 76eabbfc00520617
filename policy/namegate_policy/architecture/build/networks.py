"""Networks of every class of transformers in sizes of all kinds, for the model of shapes to learn from."""

from __future__ import annotations

import random
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import transformers
from transformers import CONFIG_MAPPING

from namegate_policy.architecture.build.canonical import REQUIRED
from namegate_policy.architecture.build.part import Network
from namegate_policy.architecture.build.resizing import resized
from namegate_policy.architecture.build.sampling import randomized
from namegate_policy.architecture.build.transformers_library import (
    as_saved,
    instance,
    is_second_name,
    model_classes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SEEDS = range(1, 6)


def write(path: Path, seeds: Iterable[int | None] = (None, *SEEDS)) -> None:
    """Write one JSON line a network: in its default sizes, and in random ones for each seed."""
    with path.open("wb") as lines:
        for seed in seeds:
            for network in networks(seed):
                lines.write(msgspec.json.encode(network) + b"\n")


def networks(seed: int | None) -> Iterator[Network]:
    """Yield every class that can be built, in random sizes or, without a seed, in its default ones."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    classes = model_classes()
    for type_ in sorted(CONFIG_MAPPING):
        chance = random.Random(f"{type_} in sizes of {seed}")  # noqa: S311 - no secret
        config_class = CONFIG_MAPPING[type_]
        if is_second_name(type_, config_class):
            continue
        required = REQUIRED.get(type_, {})
        try:
            default = config_class(**required).to_dict()
        except Exception:  # noqa: S112 - a configuration may need what its defaults lack
            continue
        for cls in classes.get(config_class.__name__, []):
            for choose in _CHOICES if seed is not None else (_as_it_is,):
                try:
                    options = choose(default, chance)
                    model = instance(cls, config_class, {**required, **options})
                    state = model.state_dict(keep_vars=True)
                    for key in model._keys_to_ignore_on_save or ():
                        state.pop(key, None)
                    shapes = next(as_saved(model, state))
                except Exception:  # noqa: S112 - many random configurations are none that the class takes
                    continue
                yield Network(f"transformers {transformers.__version__}", type_, cls.__name__, shapes)
                break


def _as_it_is(_: dict[str, Any], __: random.Random) -> dict[str, Any]:
    return {}


_CHOICES: tuple[Callable[[dict[str, Any], random.Random], dict[str, Any]], ...] = (
    *[resized] * 4,
    partial(randomized, boldly=True),
    partial(randomized, boldly=False),
)
"""What is tried in turn, from the boldest on."""
