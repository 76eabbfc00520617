"""Tensor names → patterns: layer numbers become `{}`, and names that carry no architecture are dropped."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"\.\d+(?![^.\n])")

BUFFER_NAMES = frozenset(
    {
        "attention.bias_mask",
        "attention_bias_idxs",
        "attn_mask",
        "bias_mask",
        "bin_buffer",
        "e_score_correction_bias",
        "cos_cached",
        "inv_freq",
        "k_per_token",
        "logit_bias_mask",
        "masked_bias",
        "num_batches_tracked",
        "original_inv_freq",
        "pos_offset",
        "position_ids",
        "relative_coords_table",
        "relative_position_index",
        "rope_freqs",
        "running_mean",
        "running_var",
        "sin_cached",
        "token_type_ids",
    }
)
"""Last parts of names that hold state computed at start or gathered from data: no parameters."""

TRACKED = frozenset(
    {"attention_bias_idxs", "e_score_correction_bias", "running_mean", "running_var", "num_batches_tracked"}
)
"""Buffers that tell the architecture all the same: a batch norm has them, a layer norm has not."""


def normalize(names: list[str]) -> list[str]:
    """Return each name's pattern: `model.layers.17.mlp.up_proj` → `model.layers.{}.mlp.up_proj`.

    One pass over all names joined is several times faster than a pass a name; a line break, which no
    honest name holds, is turned into a space before.
    """
    joined = "\n.".join(["", *names])
    if joined.count("\n") != len(names):
        return normalize([name.replace("\n", " ") for name in names])
    return _NUMBER.sub(".{}", joined).split("\n.")[1:]


def is_legacy(pattern: str, shape: tuple[int, ...] | None = None) -> bool:
    """Whether a tensor was written by some releases of a library and not by others.

    Causal masks that GPT-2 and its relatives stored as `attn.bias` are told from true biases by
    their four dimensions.
    """
    last = pattern.rpartition(".")[2]
    if last in BUFFER_NAMES:
        return last not in TRACKED
    return last == "bias" and shape is not None and len(shape) == 4 and shape[:2] == (1, 1)


def is_buffer(pattern: str, shape: tuple[int, ...] | None = None) -> bool:
    """Whether a tensor is state and no parameter."""
    return pattern.rpartition(".")[2] in BUFFER_NAMES or is_legacy(pattern, shape)


_NESTING = re.compile(
    r"(?:^|(?<=\.))(?:model|language_model|text_model|vision_model|module|base_model|auto_model)\."
)


def without_nesting(patterns: Iterable[str]) -> frozenset[str]:
    """Return the names without the modules that only nest others, which releases move about."""
    return frozenset(_NESTING.sub("", pattern) for pattern in patterns)


def fingerprint(patterns: Iterable[str]) -> int:
    """Return 64 bits that stand for a set of patterns, whatever its order."""
    text = "\n".join(sorted(set(patterns)))
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )


_PACKED_AS_WEIGHT = ("qweight", "W_q", "weight_packed", "weight_qdata")
_PACKED_MODULE = (
    *(f".{ending}" for ending in _PACKED_AS_WEIGHT),
    *(".scales", ".weight_scale", ".SCB", ".weight_scale_inv", ".weight.absmax", "_blocks"),
)
_PACKING = re.compile(
    r"\.(?:qzeros|scales|g_idx|SCB|weight_format|weight_scale|weight_scale_inv|weight_scale_2|weight_shape|"
    r"weight_zero_point|weight_g_idx|weight_global_scale|input_scale|input_global_scale|input_zero_point|"
    r"output_scale|biases|zero|scale|zero_point|meta|weight\.(?:absmax|quant_map|nested_absmax|nested_quant_map|"
    r"quant_state\..*)|"
    r"group_size|nbits|axis|shape|channel_wise|optimize|round_zero|quant_scale|quant_zero|offload_meta|packing|"
    r"unpack_view_dtype|view_as_float|stores_quant_config|encoded_state_dict|compute_dtype)$|_scales$"
)


def as_stored_by_mlx(patterns: frozenset[str]) -> frozenset[str]:
    """Return the names that MLX's own layers stand for: joined experts, split key-value projections."""
    return frozenset(_MLX_MODULES.sub(lambda found: _MLX_NAMES[found[0]], pattern) for pattern in patterns)


_MLX_NAMES = {
    ".switch_mlp.": ".experts.{}.",
    ".switch_glu.": ".experts.{}.",
    ".embed_q.": ".kv_b_proj.",
    ".unembed_out.": ".kv_b_proj.",
}
_MLX_MODULES = re.compile("|".join(map(re.escape, _MLX_NAMES)))


def as_written_now(patterns: Iterable[str]) -> frozenset[str]:
    """Return the names that today's libraries give to tensors of old checkpoints.

    Layer norms had a gamma and a beta in checkpoints from TensorFlow, and normed weights their two parts
    beside each other, before PyTorch had parametrizations.
    """
    return frozenset(_OLD.sub(lambda found: _NOW[found[0]], pattern) for pattern in patterns)


_NOW = {
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
    ".weight_g": ".parametrizations.weight.original0",
    ".weight_v": ".parametrizations.weight.original1",
}
_OLD = re.compile("(?:" + "|".join(map(re.escape, _NOW)) + ")$")


def without_packing(patterns: Iterable[str]) -> frozenset[str]:
    """Return the names that the weights had before they were packed."""
    listed = set(patterns)
    modules = {pattern.rpartition(".")[0] for pattern in listed if pattern.endswith(_PACKED_MODULE)}
    if not modules:
        return frozenset(listed)
    found = set()
    for pattern in listed:
        head, _, tail = pattern.rpartition(".")
        if head in modules and tail in _PACKED_AS_WEIGHT:
            found.add(f"{head}.weight")
        elif pattern.endswith("_blocks"):
            found.add(pattern.removesuffix("_blocks"))
        elif not _PACKING.search(pattern):
            found.add(pattern)
    return frozenset(found)
