"""Random configurations of any size, for a model of shapes that must not know the default sizes by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.architecture.build.sampling import DEPTHS, randomized

if TYPE_CHECKING:
    import random

_WIDTHS = (
    "hidden_size",
    "d_model",
    "n_embd",
    "embed_dim",
    "dim",
    "width",
    "hidden_dim",
    "encoder_hidden_size",
    "decoder_hidden_size",
    "out_hidden_size",
    "text_hidden_size",
    "word_embed_proj_dim",
    "hidden_sizes",
    "embed_dims",
    "embed_dim_per_stage",
    "neck_hidden_sizes",
    "conv_dim",
)
_HEADS = (
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_heads",
    "attention_heads",
    "encoder_attention_heads",
    "decoder_attention_heads",
)
_INNER = (
    "intermediate_size",
    "encoder_ffn_dim",
    "decoder_ffn_dim",
    "ffn_dim",
    "d_ff",
    "mlp_dim",
    "n_inner",
    "moe_intermediate_size",
    "shared_expert_intermediate_size",
)
_KEY_VALUE_HEADS = ("num_key_value_heads", "num_kv_heads", "n_kv_heads")
_HEAD_WIDTHS = ("head_dim", "d_kv", "attention_head_dim")
_POSITIONS = ("max_position_embeddings", "n_positions", "max_source_positions", "max_target_positions")

_DEPTHS = (2, 3, 4, 5, 6, 8, 12, 16, 24)
_COUNTS_OF_HEADS = (4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64)
_WIDTHS_OF_HEADS = (32, 64, 64, 80, 96, 128, 128)
_FACTORS = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4)
_SHARES = (1.5, 2, 2.5, 8 / 3, 3, 3.5, 4, 4, 5, 5.5, 8)
"""Widths of the middle of a feed-forward network, as multiples of the network's width."""
_LABELS = (1, 2, 2, 3, 5, 9, 10, 20, 100, 1000)
_PATCHES = ((14, 224), (14, 336), (16, 224), (16, 384), (32, 224), (14, 448))


def resized(options: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return random values for all sizes among a configuration's options, in proportions that are in use."""
    found = _resized(options, chance)
    found["num_labels"] = chance.choice(_LABELS)
    return found


def _resized(options: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    flat = {
        key: value for key, value in options.items() if not isinstance(value, dict) and key != "vocab_size"
    }
    found = randomized(flat, chance, boldly=True)
    for key, value in options.items():
        if isinstance(value, dict) and key.endswith("_config"):
            inner = _resized(value, chance)
            found[key] = inner | ({"model_type": value["model_type"]} if "model_type" in value else {})
    whole = {key: value for key, value in options.items() if isinstance(value, int) and value > 1}
    if "vocab_size" in whole and chance.random() < 0.5:
        found["vocab_size"] = chance.randint(-(-whole["vocab_size"] // 2), whole["vocab_size"] * 2)
    depth = chance.choice(_DEPTHS)
    found |= {
        key: depth if chance.random() < 0.8 else chance.choice(_DEPTHS) for key in DEPTHS if key in whole
    }
    width = next((whole[key] for key in _WIDTHS if key in whole), None)
    return found if width is None else found | _proportioned(options, whole, width, chance)


def _proportioned(
    options: dict[str, Any], whole: dict[str, int], width: int, chance: random.Random
) -> dict[str, Any]:
    """Return another width, and what goes with it, for options of which `whole` are numbers above 1."""
    found: dict[str, Any] = {}
    heads = count = next((whole[key] for key in _HEADS if key in whole), None)
    if heads and chance.random() < 0.8:
        count = chance.choice(_COUNTS_OF_HEADS)
        each = width // heads if chance.random() < 0.5 else chance.choice(_WIDTHS_OF_HEADS)
        factor = count * each / width
    else:
        factor = chance.choice(_FACTORS)
    for key, value in options.items():
        if key in _WIDTHS:
            found[key] = _scaled(value, factor)
        elif key in _HEADS and heads and count and key in whole:
            found[key] = max(1, value * count // heads)
    share = chance.choice(_SHARES)
    manner = chance.random()
    for key in _INNER:
        if key in whole:
            wanted = width * factor * share if manner >= 0.6 else whole[key] * (factor if manner < 0.5 else 1)
            found[key] = max(8, round(wanted / 64) * 64 if wanted > 256 else round(wanted / 8) * 8)
    if count:
        for key in _KEY_VALUE_HEADS:
            if key in whole or options.get(key) == 1:
                few = [number for number in (1, 2, 4, 8) if count % number == 0]
                alike = options[key] == heads and chance.random() < 0.7
                found[key] = count if alike else chance.choice([*few, count])
        for key in _HEAD_WIDTHS:
            if key in whole and chance.random() < 0.8:
                found[key] = chance.choice((int(width * factor) // count, 64, 128, whole[key]))
    for key in _POSITIONS:
        if key in whole and whole[key] <= 8192:
            found[key] = chance.choice((whole[key], whole[key], 512, 514, 1024, 2048))
    if "patch_size" in whole and "image_size" in whole and chance.random() < 0.7:
        found["patch_size"], found["image_size"] = chance.choice(_PATCHES)
    return found


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_scaled(item, factor) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(8, round(value * factor / 8) * 8) if value * factor >= 8 else value
    return value
