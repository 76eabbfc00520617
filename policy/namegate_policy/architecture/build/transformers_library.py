"""Every model type and architecture class of transformers that can be built on the meta device."""

from __future__ import annotations

import importlib
import inspect
import itertools
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
import transformers
from transformers import CONFIG_MAPPING, PreTrainedModel

from namegate_policy.architecture.build.canonical import CANONICAL, REQUIRED, STRING_OPTIONS
from namegate_policy.architecture.build.part import Part, limited, patterns_of
from namegate_policy.architecture.build.sampling import COUNTS, DEPTHS, KINDS, NO_STRUCTURE
from namegate_policy.architecture.ranking import LENGTHS, POSITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_A_NETWORK = 40
LAYERS = 9
"""Deep enough for the hybrids that interleave two kinds of layers, shallow enough to be quick."""
SHALLOW = (2, 3, 4, 6)
"""Depths at which networks that mix kinds of layers may have one of the kinds alone."""
LAYER_KINDS = (0, 2, 99)
"""Values of options that say which layers are of which kind: the last gives all layers one kind."""
EXPERTS = 4
PAIRED = 4
"""Options of a type that are tried in pairs."""
SEPARATORS = ("vocab_size", *LENGTHS, *POSITIONS)

Shapes = dict[str, tuple[int, ...]]


def build(only: tuple[str, ...] = ()) -> Part:
    """Return the part of the transformers release that is installed, of all types or of some."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    part = Part("transformers", transformers.__version__)
    classes = model_classes()
    for number, type_ in enumerate(sorted(only or CONFIG_MAPPING)):
        try:
            config_class = CONFIG_MAPPING[type_]
            add_type(part, type_, config_class, classes.get(config_class.__name__, []))
        except Exception as error:
            part.failed[type_] = f"{type(error).__name__}: {error}"[:200]
        print(number, type_, len(part.entries), part.failed.get(type_, ""), flush=True)  # noqa: T201
    return part


def model_classes() -> dict[str, list[type[PreTrainedModel]]]:
    """Return the architecture classes by the name of their configuration class."""
    found: dict[str, list[type[PreTrainedModel]]] = {}
    for module in modelling_modules():
        try:
            loaded = importlib.import_module(module)
        except Exception:  # noqa: S112 - needs a library that is not installed
            continue
        for name, value in vars(loaded).items():
            if (
                inspect.isclass(value)
                and issubclass(value, PreTrainedModel)
                and value.__module__ == loaded.__name__
                and "pretrained" not in name.lower()
                and (config := getattr(value, "config_class", None)) is not None
            ):
                found.setdefault(config.__name__, []).append(value)
    return found


def modelling_modules() -> Iterator[str]:
    """Yield the modules that hold networks in PyTorch, those of deprecated types too."""
    folder = Path(transformers.__file__).parent
    for path in sorted(folder.glob("models/**/modeling_*.py")):
        if not path.name.startswith(("modeling_tf", "modeling_flax")):
            yield ".".join(("transformers", *path.relative_to(folder).with_suffix("").parts))


def add_type(part: Part, type_: str, config_class: type, classes: list[type[PreTrainedModel]]) -> None:
    """Add all classes of a type, in its default configuration and in the variants that change the names."""
    required = REQUIRED.get(type_, {})
    default = config_class(**required)
    part.defaults[type_] = separators(default)
    if default.model_type not in CONFIG_MAPPING:
        part.aliases[default.model_type] = type_
    small = {**shrunk(config_class, default), **required}

    def add(cls: type[PreTrainedModel], options: dict[str, Any]) -> frozenset[str]:
        sets = saved(cls, config_class, options)
        for names in sets:
            part.add_patterns(type_, cls.__name__, names)
        return sets[0] if sets else frozenset()

    plain = {cls: names for cls in classes if (names := add(cls, small))}
    if not plain:  # some check their numbers against each other when they are built
        small = required
        plain = {cls: names for cls in classes if (names := add(cls, small))}
    if not plain:
        part.failed[type_] = "no class could be built"
        return
    # What an option does is asked of the largest class, so that options without effect are built once.
    largest = max(plain, key=lambda cls: len(plain[cls]))
    matter = [
        option
        for option in (*choices(default.to_dict()), *(of_depth(default.to_dict(), n) for n in SHALLOW))
        if add(largest, joined(small, option)) not in (plain[largest], frozenset())
    ]
    pairs = [joined(*pair) for pair in itertools.combinations(matter[:PAIRED], 2)]
    for cls in plain:
        known = () if heavy(default) else (required,)
        canonical = [{**small, **options} for options in CANONICAL.get(type_, ())]
        for options in (*known, *canonical, *(joined(small, option) for option in (*matter, *pairs))):
            add(cls, options)


def is_second_name(type_: str, config_class: type) -> bool:
    """Whether the mapping lists the configuration of another type under this name too."""
    written = getattr(config_class, "model_type", type_)
    return written != type_ and written in CONFIG_MAPPING


def joined(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Return the options of both, nested ones too; where both have one, that of the second."""
    found = {**one, **two}
    for key in one.keys() & two.keys():
        if isinstance(one[key], dict) and isinstance(two[key], dict):
            found[key] = joined(one[key], two[key])
    return found


def separators(config: Any) -> dict[str, int]:
    """Return the numbers of a configuration that tell types of like names apart."""
    try:
        text = config.get_text_config()
    except (AttributeError, ValueError):  # some hold several language models
        text = config
    found = {key: getattr(text, key, None) for key in SEPARATORS}
    return {key: value for key, value in found.items() if isinstance(value, int)}


def heavy(config: Any) -> bool:
    """Whether a network as configured takes long to build even without memory."""
    flat = config.to_dict()
    nested = [flat, *(value for value in flat.values() if isinstance(value, dict))]
    experts = max((n for c in nested for key in COUNTS if isinstance(n := c.get(key), int)), default=1)
    depth = max((n for c in nested for key in DEPTHS if isinstance(n := c.get(key), int)), default=1)
    return experts > 64 or depth > 64


def shrunk(config_class: type, default: Any) -> dict[str, Any]:
    """Return the options that make a configuration small in depth and experts, or none if it refuses."""

    def small(options: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in options.items():
            limit = LAYERS if key in DEPTHS else EXPERTS if key in COUNTS else None
            if limit and isinstance(value, int) and value > limit:
                found[key] = limit
            elif isinstance(value, dict) and key.endswith("_config") and (inner := small(value)):
                found[key] = inner | ({"model_type": value["model_type"]} if "model_type" in value else {})
        return found

    options = small(default.to_dict())
    for attempt in (options, {key: value for key, value in options.items() if not isinstance(value, dict)}):
        try:
            config_class(**attempt)
        except Exception:  # noqa: S112 - a configuration may check its numbers against each other
            continue
        return attempt
    return {}


def instance(cls: type[PreTrainedModel], config_class: type, options: dict[str, Any]) -> PreTrainedModel:
    """Return a network on the meta device.

    Before release 5, values would be drawn for each weight that has no memory: most of the time, for nothing.
    """
    config = config_class(**options)
    if getattr(config, "use_pretrained_backbone", False):  # the names are those of an untrained one
        config.use_pretrained_backbone = False
    undrawn = patch.object(PreTrainedModel, "_initialize_weights", lambda *_: None)
    with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad(), undrawn:
        return cls(config)


def saved(cls: type[PreTrainedModel], config_class: type, options: dict[str, Any]) -> list[frozenset[str]]:
    """Return the patterns that `save_pretrained` writes, without and with tied copies, and as in memory."""
    try:
        model = instance(cls, config_class, options)
        state = model.state_dict(keep_vars=True)
    except Exception:
        return []
    for key in model._keys_to_ignore_on_save or ():
        state.pop(key, None)
    found = [patterns_of(shapes) for shapes in as_saved(model, state)]
    return list(dict.fromkeys(found))


def as_saved(model: PreTrainedModel, state: dict[str, Any]) -> Iterator[Shapes]:
    """Yield tensor name → shape for the ways in which releases write a state dict."""
    declared = [str(getattr(key, "pattern", key)) for key in getattr(model, "_tied_weights_keys", None) or ()]
    groups: dict[int, list[str]] = {}
    for name, tensor in state.items():
        groups.setdefault(id(tensor), []).append(name)
    kept = set()
    for names in groups.values():
        sources = [name for name in names if not any(name.endswith(key.lstrip("^")) for key in declared)]
        kept.add((sources or names)[0])
    untied = {name: state[name] for name in state if name in kept}
    for selected in (untied, state) if len(untied) < len(state) else (state,):
        for writer in (converted, dict):
            try:
                written = writer(model, selected) if writer is converted else selected
            except Exception:  # noqa: S112 - a conversion may not run without memory
                continue
            yield {name: tuple(tensor.shape) for name, tensor in written.items()}


def converted(model: PreTrainedModel, state: dict[str, Any]) -> dict[str, Any]:
    """Return the state dict under the names that release 5 writes; before it, names are kept."""
    try:
        from transformers.core_model_loading import revert_weight_conversion
    except ImportError:
        return state
    with limited(SECONDS_A_NETWORK):
        written: dict[str, Any] = revert_weight_conversion(model, dict(state))
    return written


def of_depth(options: dict[str, Any], layers: int) -> dict[str, Any]:
    """Return the options that give each stack of a configuration that many layers."""
    found: dict[str, Any] = {}
    for key, value in options.items():
        if key in DEPTHS and isinstance(value, int):
            found[key] = layers
        elif isinstance(value, dict) and key.endswith("_config") and (inner := of_depth(value, layers)):
            found[key] = inner | ({"model_type": value["model_type"]} if "model_type" in value else {})
    return found


def choices(options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each single change of a switch or of an option with known choices, nested ones too."""
    for key, value in options.items():
        if key in NO_STRUCTURE or key.startswith("_"):
            continue
        if isinstance(value, bool):
            yield {key: not value}
        elif key in KINDS and isinstance(value, int):
            yield from ({key: number} for number in LAYER_KINDS if number != value)
        elif key in STRING_OPTIONS:
            yield from ({key: choice} for choice in STRING_OPTIONS[key] if choice != value)
        elif isinstance(value, dict) and key.endswith("_config") and "model_type" in value:
            for inner in choices(value):
                yield {key: {"model_type": value["model_type"], **inner}}
    if "is_decoder" in options and "add_cross_attention" in options:
        yield {"is_decoder": True, "add_cross_attention": True}
