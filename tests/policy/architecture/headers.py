"""Headers built in memory: what readers give for honest files."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from namegate_policy.weights.header import Shard, Tensor, WeightsHeader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Shapes = dict[str, tuple[int, ...]]

BYTES = {"F32": 4, "BF16": 2, "F16": 2, "I32": 4, "U32": 4, "I8": 1, "U8": 1, "F8_E4M3": 1, "I64": 8}


def header(
    shapes: Mapping[str, tuple[int, ...]] | Iterable[tuple[str, str, tuple[int, ...]]],
    dtype: str = "BF16",
    file_format: str = "safetensors",
    metadata: Mapping[str, object] | None = None,
) -> WeightsHeader:
    """Return a header from name → shape, or from (name, dtype, shape)."""
    if not hasattr(shapes, "items"):
        listed = list(shapes)
    else:
        listed = [(name, dtype, shape) for name, shape in shapes.items()]
    tensors = tuple(
        Tensor(name, kind, tuple(shape), prod(shape) * BYTES[kind]) for name, kind, shape in listed
    )
    total = sum(tensor.stored for tensor in tensors)
    return WeightsHeader(file_format, tensors, (Shard("model.safetensors", total),), metadata or {})


def llama(
    layers: int = 32,
    width: int = 4096,
    inner: int = 14336,
    keys: int = 1024,
    vocabulary: int = 128256,
    *,
    tied: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a Llama; the defaults are those of Llama 3 8B."""
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (vocabulary, width)}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes |= {
            f"{prefix}self_attn.q_proj.weight": (width, width),
            f"{prefix}self_attn.k_proj.weight": (keys, width),
            f"{prefix}self_attn.v_proj.weight": (keys, width),
            f"{prefix}self_attn.o_proj.weight": (width, width),
            f"{prefix}mlp.gate_proj.weight": (inner, width),
            f"{prefix}mlp.up_proj.weight": (inner, width),
            f"{prefix}mlp.down_proj.weight": (width, inner),
            f"{prefix}input_layernorm.weight": (width,),
            f"{prefix}post_attention_layernorm.weight": (width,),
        }
    shapes["model.norm.weight"] = (width,)
    if not tied:
        shapes["lm_head.weight"] = (vocabulary, width)
    return shapes


def bert(layers: int, width: int, vocabulary: int = 30522, positions: int = 512, kinds: int = 2) -> Shapes:
    """Return the tensors of a bare BERT, as its paper describes the network."""
    shapes: Shapes = {
        "embeddings.word_embeddings.weight": (vocabulary, width),
        "embeddings.position_embeddings.weight": (positions, width),
        "embeddings.token_type_embeddings.weight": (kinds, width),
    }
    shapes |= _layer("embeddings.LayerNorm", (width,))
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        for part in ("attention.self.query", "attention.self.key", "attention.self.value"):
            shapes |= _layer(f"{layer}.{part}", (width, width))
        shapes |= _layer(f"{layer}.attention.output.dense", (width, width))
        shapes |= _layer(f"{layer}.attention.output.LayerNorm", (width,))
        shapes |= _layer(f"{layer}.intermediate.dense", (4 * width, width))
        shapes |= _layer(f"{layer}.output.dense", (width, 4 * width))
        shapes |= _layer(f"{layer}.output.LayerNorm", (width,))
    return shapes | _layer("pooler.dense", (width, width))


def gpt2(layers: int, width: int) -> Shapes:
    """Return the tensors of a GPT-2, whose matrices are stored with their inputs first."""
    shapes: Shapes = {"wte.weight": (50257, width), "wpe.weight": (1024, width)}
    for number in range(layers):
        layer = f"h.{number}"
        shapes |= _layer(f"{layer}.ln_1", (width,))
        shapes |= {
            f"{layer}.attn.c_attn.weight": (width, 3 * width),
            f"{layer}.attn.c_attn.bias": (3 * width,),
        }
        shapes |= {f"{layer}.attn.c_proj.weight": (width, width), f"{layer}.attn.c_proj.bias": (width,)}
        shapes |= _layer(f"{layer}.ln_2", (width,))
        shapes |= {f"{layer}.mlp.c_fc.weight": (width, 4 * width), f"{layer}.mlp.c_fc.bias": (4 * width,)}
        shapes |= {f"{layer}.mlp.c_proj.weight": (4 * width, width), f"{layer}.mlp.c_proj.bias": (width,)}
    return shapes | _layer("ln_f", (width,))


def _layer(name: str, shape: tuple[int, ...]) -> Shapes:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
