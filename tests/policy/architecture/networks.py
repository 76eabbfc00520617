"""The tensors of published networks, by their configurations.

`reference_libraries.py` compares each with the network that its library builds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.architecture.headers import llama

if TYPE_CHECKING:
    from collections.abc import Iterator

    Listed = Iterator[tuple[str, str, tuple[int, ...]]]

Shapes = dict[str, tuple[int, ...]]
"""name → shape"""


def bloom(layers: int = 70, width: int = 14336, vocabulary: int = 250880) -> Shapes:
    """Return a BLOOM as `BloomModel` saves it; the defaults are the 176B."""
    shapes: Shapes = {"word_embeddings.weight": (vocabulary, width)}
    shapes |= {f"word_embeddings_layernorm.{part}": (width,) for part in ("weight", "bias")}
    for layer in range(layers):
        for module, rows, columns in (
            ("self_attention.query_key_value", 3 * width, width),
            ("self_attention.dense", width, width),
            ("mlp.dense_h_to_4h", 4 * width, width),
            ("mlp.dense_4h_to_h", width, 4 * width),
        ):
            shapes |= {f"h.{layer}.{module}.weight": (rows, columns), f"h.{layer}.{module}.bias": (rows,)}
        for norm in ("input_layernorm", "post_attention_layernorm"):
            shapes |= {f"h.{layer}.{norm}.{part}": (width,) for part in ("weight", "bias")}
    return shapes | {f"ln_f.{part}": (width,) for part in ("weight", "bias")}


def mixtral(layers: int = 32, width: int = 4096, inner: int = 14336, experts: int = 8) -> Shapes:
    """Return a Mixtral as releases before 5 of transformers save it; the defaults are 8x7B."""
    shapes = llama(layers, width, inner, width // 4, 32000)
    shapes = {name: shape for name, shape in shapes.items() if ".mlp." not in name}
    for layer in range(layers):
        prefix = f"model.layers.{layer}.block_sparse_moe."
        shapes[f"{prefix}gate.weight"] = (experts, width)
        for expert in range(experts):
            for part, shape in {"w1": (inner, width), "w2": (width, inner), "w3": (inner, width)}.items():
                shapes[f"{prefix}experts.{expert}.{part}.weight"] = shape
    return shapes


def gpt_oss(
    layers: int = 36, experts: int = 128, width: int = 2880
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield a gpt-oss as it is published, its experts packed in MXFP4; the defaults are the 120B."""
    heads, keys, vocabulary, inner = 4096, 512, 201088, 2880
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        yield name, "BF16", (vocabulary, width)
    yield "model.norm.weight", "BF16", (width,)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}{norm}.weight", "BF16", (width,)
        yield f"{prefix}self_attn.sinks", "BF16", (64,)
        for module, rows, columns in (
            ("self_attn.q_proj", heads, width),
            ("self_attn.k_proj", keys, width),
            ("self_attn.v_proj", keys, width),
            ("self_attn.o_proj", width, heads),
            ("mlp.router", experts, width),
        ):
            yield f"{prefix}{module}.weight", "BF16", (rows, columns)
            yield f"{prefix}{module}.bias", "BF16", (rows,)
        for module, rows, columns in (("gate_up_proj", 2 * inner, width), ("down_proj", width, inner)):
            yield f"{prefix}mlp.experts.{module}_blocks", "U8", (experts, rows, columns // 32, 16)
            yield f"{prefix}mlp.experts.{module}_scales", "U8", (experts, rows, columns // 32)
            yield f"{prefix}mlp.experts.{module}_bias", "BF16", (experts, rows)


def resnet50() -> Shapes:
    """Return a ResNet-50 with 1,000 classes as torchvision saves it, running statistics included."""
    shapes: Shapes = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 2048), "fc.bias": (1000,)}
    shapes |= norm("bn1", 64)
    before = 64
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
        for block in range(blocks):
            prefix = f"layer{stage}.{block}."
            sizes = ((width, before, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1))
            for number, shape in enumerate(sizes, 1):
                shapes[f"{prefix}conv{number}.weight"] = shape
                shapes |= norm(f"{prefix}bn{number}", shape[0])
            if not block:
                shapes[f"{prefix}downsample.0.weight"] = (4 * width, before, 1, 1)
                shapes |= norm(f"{prefix}downsample.1", 4 * width)
            before = 4 * width
    return shapes


def norm(name: str, width: int) -> Shapes:
    """Return the tensors of a batch norm; the count of batches has no dimension."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts} | {f"{name}.num_batches_tracked": ()}
