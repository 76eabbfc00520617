"""Random configurations: other depths, widths, heads, experts and vocabularies than the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.architecture.build.canonical import STRING_OPTIONS

if TYPE_CHECKING:
    import random

DEPTHS = (
    "num_hidden_layers",
    "n_layer",
    "n_layers",
    "num_layers",
    "encoder_layers",
    "decoder_layers",
    "num_decoder_layers",
    "num_encoder_layers",
    "encoder_num_layers",
    "decoder_num_layers",
    "depth",
)
COUNTS = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts")
WIDTHS = ("hidden_size", "d_model", "n_embd")
HEADS = ("num_attention_heads", "n_head", "num_heads", "num_key_value_heads")
KINDS = (
    "first_k_dense_replace",
    "num_dense_layers",
    "decoder_sparse_step",
    "encoder_sparse_step",
    "num_sparse_encoder_layers",
    "num_sparse_decoder_layers",
    "moe_layer_start_index",
    "moe_layer_interval",
    "interleave_moe_layer_step",
    "expert_layer_period",
    "attn_layer_period",
    "full_attention_interval",
    "cross_layer_interval",
    "cross_attention_frequency",
    "num_global_layers",
    "num_kv_shared_layers",
    "num_nextn_predict_layers",
)
"""Numbers that say which layers are of which kind: dense or sparse, attention or another."""


NO_STRUCTURE = frozenset(
    {
        "output_attentions",
        "output_hidden_states",
        "return_dict",
        "use_cache",
        "torchscript",
        "use_bfloat16",
        "is_encoder_decoder",
        "remove_invalid_values",
        "gradient_checkpointing",
        "do_sample",
        "early_stopping",
        "output_scores",
        "return_dict_in_generate",
        "tf_legacy_loss",
        "chunk_size_feed_forward",
    }
)
"""Switches that change no tensor."""


def randomized(
    options: dict[str, Any], chance: random.Random, *, boldly: bool, switched: float = 0.03
) -> dict[str, Any]:
    """Return random values for the sizes among a configuration's options.

    Boldly: widths, the kinds of layers, and a share `switched` of switches and string options too.
    """
    found: dict[str, Any] = {}
    factor = chance.choice((1, 2, 3))
    for key, value in options.items():
        if isinstance(value, dict) and key.endswith("_config"):
            inner = randomized(value, chance, boldly=boldly, switched=switched)
            found[key] = inner | ({"model_type": value["model_type"]} if "model_type" in value else {})
        elif isinstance(value, bool):
            if boldly and key not in NO_STRUCTURE and not key.startswith("_") and chance.random() < switched:
                found[key] = not value
        elif boldly and STRING_OPTIONS.get(key) and chance.random() < switched:
            found[key] = chance.choice(STRING_OPTIONS[key])
        elif boldly and key == "depths" and isinstance(value, list):
            found[key] = [chance.randint(1, 4) for _ in value]
        elif not isinstance(value, int):
            continue
        elif key in DEPTHS:
            found[key] = chance.randint(2, 7)
        elif key in COUNTS and value > 1:
            found[key] = chance.choice((6, 10, 12))
        elif key == "vocab_size":
            found[key] = chance.randint(max(1000, value // 2), value * 2)
        elif boldly and key in KINDS and chance.random() < 10 * switched:
            found[key] = chance.randint(0, 3)
        elif boldly and (key in WIDTHS or key in HEADS):
            found[key] = value * factor
    return found
