"""Every model type and architecture class of transformers that can be built on the meta device."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import warnings
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import CONFIG_MAPPING, PreTrainedModel

from namegate_policy.architecture.build.canonical import CANONICAL, REQUIRED, STRING_OPTIONS
from namegate_policy.architecture.build.part import Part, limited, patterns_of
from namegate_policy.architecture.build.sampling import COUNTS, DEPTHS, NO_STRUCTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_A_NETWORK = 40
LAYERS = 9
"""Deep enough for the hybrids that interleave two kinds of layers, shallow enough to be quick."""
EXPERTS = 4
SEPARATORS = ("vocab_size", "type_vocab_size", "max_position_embeddings", "hidden_size", "num_hidden_layers")

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
    for package in pkgutil.iter_modules(transformers.models.__path__, "transformers.models."):
        for module in pkgutil.iter_modules(
            [p + "/" + package.name.rpartition(".")[2] for p in transformers.models.__path__]
        ):
            if not module.name.startswith("modeling_") or module.name.startswith(
                ("modeling_tf", "modeling_flax")
            ):
                continue
            try:
                loaded = importlib.import_module(f"{package.name}.{module.name}")
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


def add_type(part: Part, type_: str, config_class: type, classes: list[type[PreTrainedModel]]) -> None:
    """Add all classes of a type, in its default configuration and in the variants that change the names."""
    required = REQUIRED.get(type_, {})
    default = config_class(**required)
    part.defaults[type_] = separators(default)
    small = {**shrunk(config_class, default), **required}
    bases: dict[str, frozenset[str]] = {}
    heads: dict[str, tuple[str, frozenset[str]]] = {}
    for cls in classes:
        sets = []
        for options in (small, required):
            if options is small or not heavy(default):
                sets += saved(cls, config_class, options)
        for names in sets:
            part.add_patterns(type_, cls.__name__, names)
        if sets:
            heads[cls.__name__] = (cls.base_model_prefix, sets[0])
            if cls.__name__.endswith("Model"):
                bases[cls.__name__] = sets[0]
    for canonical in CANONICAL.get(type_, ()):
        for cls in classes:
            for names in saved(cls, config_class, {**small, **canonical}):
                part.add_patterns(type_, cls.__name__, names)
    if not heads:
        part.failed[type_] = "no class could be built"
        return
    base = next((cls for cls in classes if cls.__name__ in bases), None) or next(
        c for c in classes if c.__name__ in heads
    )
    plain = heads[base.__name__][1]
    for variant in variants(base, config_class, default, small, plain):
        removed, added = plain - variant, variant - plain
        for name, (prefix, patterns) in heads.items():
            for path in ("", f"{prefix}."):
                gone = {path + pattern for pattern in removed}
                if gone <= patterns and (path + next(iter(plain & variant), "?")) in patterns:
                    part.add_patterns(type_, name, (patterns - gone) | {path + pattern for pattern in added})
                    break


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
    """Return a network on the meta device."""
    with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad():
        return cls(config_class(**options))


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
    declared = tuple(getattr(model, "_tied_weights_keys", None) or ())
    groups: dict[int, list[str]] = {}
    for name, tensor in state.items():
        groups.setdefault(id(tensor), []).append(name)
    kept = set()
    for names in groups.values():
        sources = [name for name in names if not any(name.endswith(key.lstrip("^")) for key in declared)]
        kept.add((sources or names)[0])
    for selected in ({name: state[name] for name in state if name in kept}, state):
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


def variants(
    cls: type[PreTrainedModel], config_class: type, default: Any, small: dict[str, Any], plain: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Yield the different pattern sets of single options and of pairs of the options that matter."""

    def patterns(options: dict[str, Any]) -> frozenset[str] | None:
        return next(iter(saved(cls, config_class, {**small, **options})), None)

    matter: list[dict[str, Any]] = []
    for option in choices(default):
        names = patterns(option)
        if names is not None and names != plain:
            matter.append(option)
            yield names
    for one, two in itertools.combinations(matter[:6], 2):
        if one.keys() != two.keys() and (names := patterns({**one, **two})) is not None and names != plain:
            yield names


def choices(default: Any) -> Iterator[dict[str, Any]]:
    """Yield each single change of a boolean, of a string with known choices, or of an optional part."""
    for key, value in default.to_dict().items():
        if key in NO_STRUCTURE or key.startswith("_"):
            continue
        if isinstance(value, bool):
            yield {key: not value}
        elif key in STRING_OPTIONS:
            yield from ({key: choice} for choice in STRING_OPTIONS[key] if choice != value)
        elif isinstance(value, dict) and key in ("text_config", "vision_config") and "model_type" in value:
            for inner, flag in value.items():
                if isinstance(flag, bool) and inner not in NO_STRUCTURE and not inner.startswith("_"):
                    yield {key: {"model_type": value["model_type"], inner: not flag}}
