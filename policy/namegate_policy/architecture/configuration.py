"""Reading config.json: claims, used for what weights leave open and checked where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEPTHS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers", "num_encoder_layers")
"""Names under which configurations state how many layers there are."""

_TEXT = ("text_config", "llm_config", "language_config", "thinker_config", "decoder", "language_model_config")


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a configuration that describes the language model."""
    for key in _TEXT:
        inner = config.get(key)
        if isinstance(inner, dict):
            return text_config(inner) if key == "thinker_config" else inner
    return config


def number(config: Mapping[str, Any] | None, *keys: str) -> int | None:
    """Return the first positive integer under one of the keys, the language model's part first."""
    if config is None:
        return None
    for part in (text_config(config), config):
        for key in keys:
            value = part.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None


def model_type(config: Mapping[str, Any] | None) -> str | None:
    """Return the model type that a configuration claims (timm's `architecture` where it is timm's)."""
    if config is None:
        return None
    for key in ("model_type", "architecture"):
        value = config.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def packing_options(config: Mapping[str, Any] | None) -> dict[str, int]:
    """Return `bits` and `group_size` of the quantization that a configuration claims, where stated."""
    if config is None:
        return {}
    stated = config.get("quantization_config") or config.get("quantization") or {}
    found: dict[str, int] = {}
    queue = [stated]
    while queue:
        part = queue.pop(0)
        if not isinstance(part, dict):
            continue
        for name, keys in (
            ("bits", ("bits", "num_bits", "nbits", "w_bit")),
            ("group_size", ("group_size", "q_group_size")),
        ):
            for key in keys:
                value = part.get(key)
                if name not in found and isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    found[name] = value
        queue += [
            value
            for key, value in part.items()
            if key in ("config_groups", "weights", "weight_quant_params", "quant_config")
            or key.startswith("group_")
        ]
    return found


def context_length(config: Mapping[str, Any] | None, metadata: Mapping[str, Any]) -> int | None:
    """Return the longest context that config.json or GGUF metadata state, scaled positions included."""
    stated = number(
        config,
        "max_position_embeddings",
        "n_positions",
        "seq_length",
        "max_seq_len",
        "n_ctx",
        "max_sequence_length",
    )
    family = metadata.get("general.architecture")
    if stated is None:
        value = metadata.get(f"{family}.context_length")
        return value if isinstance(value, int) and value > 0 else None
    scaling = text_config(config or {}).get("rope_scaling")
    if not isinstance(scaling, dict):
        return stated
    original, factor = scaling.get("original_max_position_embeddings", stated), scaling.get("factor")
    if not isinstance(original, int) or not isinstance(factor, int | float) or not factor > 1:
        return stated
    try:
        return max(stated, int(original * factor))
    except OverflowError:  # an infinite factor, or one that makes no length
        return stated
