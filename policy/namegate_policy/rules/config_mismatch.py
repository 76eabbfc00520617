"""The name says one thing, config.json another.

## What it does
Compares what the name states with the model's configuration, as far as both speak of it:
the family (`model_type`, of nested configurations too), the quantization method and bits
(`quantization_config`), layers, width, heads, patch and window (`L-12`, `H-768`, `patch16`), the image
size (`224`) and the number of experts (`8x7B`). No weights are needed.

## Why is this bad
A loader believes config.json and a reader believes the name; one of them is misled.

## Bad example
With `model_type: bert`, `num_hidden_layers: 12` and `hidden_size: 768`:
```
acme/roberta-base
acme/bert_L-24_H-768
```

## Good example
With the same configuration:
```
acme/bert_L-12_H-768
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from namegate_policy.architecture.claims.family import types_named
from namegate_policy.architecture.claims.series import claims_of
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from namegate_policy.naming.model import Component

Config = Mapping[str, Any]
Topic = Literal["family", "quantization", "dimensions", "input", "experts"]

_NESTED = (
    "text_config",
    "vision_config",
    "audio_config",
    "encoder",
    "decoder",
    "llm_config",
    "language_config",
)
_METHODS = {
    "gptq": {"gptq"},
    "awq": {"awq"},
    "bnb": {"bitsandbytes"},
    "bitsandbytes": {"bitsandbytes"},
    "hqq": {"hqq"},
}
"""Words for quantization methods → `quant_method` in configurations that transformers writes."""
_BITS = re.compile(r"(?i)(?:int|w)?(\d{1,2})[-_]?(?:bits?)?(?:a\d+)?")
_DIMENSION = re.compile(r"(?i)([a-z]+)[-_]?(\d+)")
_DIMENSIONS = {
    "l": ("num_hidden_layers", "n_layer", "num_layers"),
    "h": ("hidden_size", "n_embd", "d_model"),
    "a": ("num_attention_heads", "n_head"),
    "patch": ("patch_size",),
    "window": ("window_size",),
}
"""Letters of dimensions → the keys of transformers configurations that hold them."""
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")


class ConfigMismatchOptions(Options):
    """Options of config-mismatch."""

    topics: tuple[Topic, ...] = Field(
        default=("family", "quantization", "dimensions", "input", "experts"),
        min_length=1,
        description="what is compared: family, quantization, dimensions, input, experts",
    )


def _check(subject: Subject, options: ConfigMismatchOptions) -> Iterator[Finding]:
    config = subject.evidence.config
    if not config:
        return
    for topic in options.topics:
        yield from _CHECKS[topic](subject, config)


def _family(subject: Subject, config: Config) -> Iterator[Finding]:
    types = [value for _, value in _values(config, ("model_type",)) if isinstance(value, str)]
    claims = claims_of(subject.name, subject.vocabulary)
    if not types or not all(claim.types for _, claim in claims):
        return
    stated = {*types, *(same for type_ in types for same in types_named(type_))}
    if claims and all((claim.types | claim.common).isdisjoint(stated) for _, claim in claims):
        first = claims[0][0]
        yield Finding(
            f"the name says {first.text}, config.json says model_type {types[0]}",
            span=first.span,
            expected=types[0],
            actual=first.text,
        )


def _quantization(subject: Subject, config: Config) -> Iterator[Finding]:
    quantized = config.get("quantization_config")
    if not isinstance(quantized, Mapping):
        return
    method = quantized.get("quant_method")
    bits = quantized.get("bits") or (
        4 if quantized.get("load_in_4bit") else 8 if quantized.get("load_in_8bit") else None
    )
    for component in subject.name.of(Kind.QUANTIZATION):
        stated = _METHODS.get(component.text.lower())
        if stated and isinstance(method, str) and method not in stated:
            yield _differs(component, f"config.json says quant_method {method}", method)
        found = _BITS.fullmatch(component.text)
        if found and isinstance(bits, int) and int(found[1]) != bits:
            yield _differs(component, f"config.json says {bits} bits", f"{bits}bit")


def _dimensions(subject: Subject, config: Config) -> Iterator[Finding]:
    for component in subject.name.of(Kind.DIMENSION):
        found = _DIMENSION.fullmatch(component.text)
        keys = _DIMENSIONS.get(found[1].lower()) if found else None
        if not found or not keys:
            continue
        values = [(key, value) for key, value in _values(config, keys) if type(value) is int]
        if values and all(value != int(found[2]) for _, value in values):
            key, value = values[0]
            text = component.text[: found.start(2)] + str(value)
            yield _differs(component, f"config.json says {key} {value}", text, fixable=True)


def _input(subject: Subject, config: Config) -> Iterator[Finding]:
    sizes = {
        size for _, value in _values(config, ("image_size", "input_size")) for size in _image_sizes(value)
    }
    if not sizes:
        return
    for component in subject.name.of(Kind.INPUT):
        found = re.fullmatch(r"(\d{2,4})(?:x(\d{2,4}))?(?:px)?", component.text)
        if found and sizes.isdisjoint(int(number) for number in found.groups() if number):
            size = max(sizes)
            yield _differs(component, f"config.json says image_size {size}", str(size), fixable=True)


def _image_sizes(value: object) -> Iterator[int]:
    for each in value if isinstance(value, list | tuple) else (value,):
        if type(each) is int and each > 3:  # timm's input_size begins with the 3 colours
            yield each


def _experts(subject: Subject, config: Config) -> Iterator[Finding]:
    size = subject.name.size
    values = [(key, value) for key, value in _values(config, _EXPERTS) if type(value) is int]
    if (
        size is None
        or size.experts is None
        or not values
        or any(value == size.experts for _, value in values)
    ):
        return
    component = next(each for each in subject.name.of(Kind.SIZE) if "x" in each.text.lower())
    key, value = values[0]
    yield _differs(component, f"config.json says {key} {value}", f"{value} experts")


def _values(config: Config, keys: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the values of these keys in the configuration and in those nested in it."""
    nested = (config.get(name) for name in (*_NESTED, "pretrained_cfg"))
    for each in (config, *nested):
        if isinstance(each, Mapping):
            yield from ((key, each[key]) for key in keys if key in each)


def _differs(component: Component, said: str, expected: str, *, fixable: bool = False) -> Finding:
    return Finding(
        f"the name says {component.text}, {said}",
        span=component.span,
        expected=expected,
        actual=component.text,
        fixes=((Edit(component.span, expected),),) if fixable else (),
    )


_CHECKS = {
    "family": _family,
    "quantization": _quantization,
    "dimensions": _dimensions,
    "input": _input,
    "experts": _experts,
}

RULE = Rule("NG501", "config-mismatch", Severity.ERROR, ConfigMismatchOptions, _check)
