"""config.json describes another network than the weights are.

## What it does
Compares the model type, layers, width, vocabulary, experts and dtype in config.json with the tensors. A
vocabulary that is padded in the weights passes; a dtype that differs is a warning, since loaders convert
it.

## Why is this bad
The network is built from config.json: weights that do not fit it are refused or, worse, partly ignored.

## Bad example
With `num_hidden_layers: 16` and 32 layers:
```
acme/llama-3-8b-chopped
```

## Good example
With `num_hidden_layers: 32`:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.architecture.claims.family import judge_family, types_named
from namegate_policy.architecture.claims.number_format import main_dtype
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.configuration import DEPTHS, model_type, number, text_config
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from namegate_policy.architecture.model import Architecture


class ConfigWeightsMismatchOptions(Options):
    """Options of config-weights-mismatch: none."""


_PADDING = 1024
"""Rows that are added to a vocabulary so that its size suits the hardware."""

_DTYPES = {"float16": "F16", "bfloat16": "BF16", "float32": "F32"}


def _check(subject: Subject, _: ConfigWeightsMismatchOptions) -> Iterator[Finding]:
    architecture, config = subject.evidence.architecture, subject.evidence.config
    if architecture is None or config is None or architecture.adapter is not None:
        return
    yield from _type(architecture, config)
    yield from _numbers(architecture, config)
    stated = text_config(config).get("torch_dtype") or config.get("torch_dtype") or config.get("dtype")
    held = main_dtype(architecture)
    if (
        architecture.quantization is None
        and isinstance(stated, str)
        and stated in _DTYPES
        and held in _DTYPES.values()
        and held != _DTYPES[stated]
    ):
        yield _finding("dtype", stated, held, Severity.WARN)


def _type(architecture: Architecture, config: Mapping[str, Any]) -> Iterator[Finding]:
    claimed = model_type(config)
    if claimed is None:
        return
    types = types_named(claimed) | types_named(str(model_type(text_config(config))))
    if judge_family(types, architecture) is Outcome.CONTRADICTED:
        yield _finding("model type", claimed, ", ".join(architecture.families[:4]))


def _numbers(architecture: Architecture, config: Mapping[str, Any]) -> Iterator[Finding]:
    depths = architecture.depths or {}
    layers = number(config, *DEPTHS)
    held = max(depths.values(), default=0)
    if (
        layers
        and depths
        and held > layers
        and layers not in depths.values()
        and layers not in _nearly(depths)
    ):
        yield _finding("layers", layers, held)
    width = number(config, "hidden_size", "d_model", "n_embd")
    if width and architecture.hidden_size and width != architecture.hidden_size and len(depths) == 1:
        yield _finding("width", width, architecture.hidden_size)
    vocabulary, rows = number(config, "vocab_size"), architecture.vocabulary_size
    if vocabulary and rows and not vocabulary - _PADDING <= rows <= vocabulary + _PADDING:
        yield _finding("vocabulary", vocabulary, rows)
    experts = number(config, "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
    if experts and experts > 1 and architecture.experts and experts != architecture.experts:
        yield _finding("experts", experts, architecture.experts)


def _nearly(depths: Mapping[str, int]) -> set[int]:
    """Return the depths without the one or two layers that predict further tokens."""
    return {depth - more for depth in depths.values() for more in (1, 2)} | {sum(depths.values())}


def _finding(what: str, said: object, held: object, severity: Severity | None = None) -> Finding:
    return Finding(
        f"config.json says {what} {said}, the weights have {held}",
        expected=str(held),
        actual=held,
        severity=severity,
    )


RULE = Rule("NG414", "config-weights-mismatch", Severity.ERROR, ConfigWeightsMismatchOptions, _check)
