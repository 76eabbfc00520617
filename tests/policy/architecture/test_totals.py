"""Published totals, to the parameter, from files with true headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pytest
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES

from namegate_policy.architecture import architecture_of
from namegate_policy.weights import read_upload
from namegate_policy.weights.ggml import TYPES
from tests.policy.architecture.headers import header, llama
from tests.policy.architecture.networks import bloom, gpt_oss, mixtral, resnet50
from tests.policy.architecture.packed import FORMATS, hqq, packed
from tests.policy.weights.build import write_safetensors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from namegate_policy.architecture.model import Architecture

    Listed = Iterable[tuple[str, str, tuple[int, ...]]]

LLAMA_8B = 8_030_261_248


def whole(shapes: dict[str, tuple[int, ...]], dtype: str = "BF16") -> Listed:
    for name, shape in shapes.items():
        yield name, "I64" if name.endswith("num_batches_tracked") else dtype, shape


PUBLISHED: dict[str, tuple[int, dict[str, Any], Listed]] = {
    "bigscience/bloom": (176_247_271_424, {"layers": 70, "vocabulary_size": 250_880}, [*whole(bloom())]),
    "openai/gpt-oss-120b": (
        116_829_156_672,
        {"layers": 36, "experts": 128, "quantization": "mxfp4", "families": ("gpt_oss",)},
        [*gpt_oss()],
    ),
    "openai/gpt-oss-20b": (20_914_757_184, {"layers": 24, "experts": 32}, [*gpt_oss(24, 32)]),
    "meta-llama/Llama-3.1-8B": (LLAMA_8B, {"layers": 32, "hidden_size": 4096}, [*whole(llama())]),
    "mistralai/Mixtral-8x7B-v0.1": (
        46_702_792_704,
        {"layers": 32, "experts": 8, "one_expert_parameters": 7_241_732_096 + 32 * 8 * 4096},
        [*whole(mixtral())],
    ),
    "torchvision/resnet50": (25_557_032, {"labels": 1000, "convolutions": 50}, [*whole(resnet50(), "F32")]),
}


def read(folder: Path, tensors: Listed, config: dict[str, Any] | None = None) -> Architecture:
    """Return the facts of a sparse file with these tensors."""
    write_safetensors(folder / "model.safetensors", {name: (dtype, shape) for name, dtype, shape in tensors})
    upload = read_upload(folder)
    assert upload.weights.verifiable
    return architecture_of(upload.weights, config)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals(name: str, tmp_path: Path) -> None:
    total, facts, tensors = PUBLISHED[name]
    architecture = read(tmp_path, tensors)
    assert architecture.parameters == total
    assert {fact: getattr(architecture, fact) for fact in facts} == facts


def test_active_parameters_need_the_experts_that_a_token_uses(tmp_path: Path) -> None:
    architecture = read(tmp_path, whole(mixtral()), {"num_experts_per_tok": 2})
    assert architecture.active_parameters == 12_879_925_248


@pytest.mark.parametrize("packing", FORMATS)
def test_the_total_of_a_packed_llama(packing: str, tmp_path: Path) -> None:
    """The count comes out of the shapes alone, without config.json."""
    method, bits, writer = FORMATS[packing]
    architecture = read(tmp_path, packed(llama(), writer))
    assert architecture.parameters == LLAMA_8B
    assert (architecture.quantization, architecture.quantization_bits) == (method, bits)
    assert architecture.undecided is None
    assert "llama" in architecture.families


def test_what_hqq_hides_is_undecidable_without_its_configuration(tmp_path: Path) -> None:
    undecided = read(tmp_path, packed(llama(), hqq))
    assert undecided.undecided is not None
    quantization = {"quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}}
    decided = read(tmp_path, packed(llama(), hqq), {"quantization_config": quantization})
    assert (decided.parameters, decided.undecided) == (LLAMA_8B, None)


def test_mlx_without_the_width_of_norms_is_undecidable() -> None:
    base = "layers.0.mlp"
    tensors = [
        (f"{base}.weight", "U32", (4096, 512)),
        (f"{base}.scales", "BF16", (4096, 64)),
        (f"{base}.biases", "BF16", (4096, 64)),
    ]
    assert architecture_of(header(tensors)).undecided is not None
    decided = architecture_of(header(tensors), {"quantization": {"bits": 4, "group_size": 64}})
    assert (decided.parameters, decided.undecided) == (4096 * 4096, None)


WEIGHTS = [kind for kind in TYPES.values() if kind.name[0] != "I" or kind.name.startswith("IQ")]
"""ggml's types that hold weights; whole numbers do not."""


@pytest.mark.parametrize("kind", WEIGHTS, ids=lambda kind: kind.name)
def test_every_type_of_gguf(kind: Any, tmp_path: Path) -> None:
    """Written by the published writer, in the order in which llama.cpp's converter names a Llama."""
    rows, columns, layers = 512, 1024, 2
    writer = GGUFWriter(tmp_path / "model.gguf", "llama")
    number = GGMLQuantizationType[kind.name]
    block, size = GGML_QUANT_SIZES[number]
    matrices = {"token_embd.weight": (rows, columns), "output.weight": (rows, columns)}
    for layer in range(layers):
        matrices |= {f"blk.{layer}.{part}.weight": (columns, columns) for part in ("attn_q", "attn_output")}
        matrices |= {f"blk.{layer}.{part}.weight": (rows, columns) for part in ("attn_k", "attn_v")}
        matrices |= {f"blk.{layer}.{part}.weight": (rows, columns) for part in ("ffn_gate", "ffn_up")}
        matrices[f"blk.{layer}.ffn_down.weight"] = (columns, rows)
    norms = ["output_norm.weight"]
    norms += [f"blk.{layer}.{part}.weight" for layer in range(layers) for part in ("attn_norm", "ffn_norm")]
    for name, (outputs, inputs) in matrices.items():
        writer.add_tensor(name, numpy.zeros((outputs, inputs // block * size), numpy.uint8), raw_dtype=number)
    for name in norms:
        writer.add_tensor(name, numpy.zeros(columns, numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    upload = read_upload(tmp_path)
    assert upload.weights.verifiable
    architecture = architecture_of(upload.weights)
    total = sum(outputs * inputs for outputs, inputs in matrices.values()) + len(norms) * columns
    assert architecture.parameters == total
    assert architecture.dtypes[kind.name] == total - (kind.name != "F32") * len(norms) * columns
    bits = 8 * size / block
    assert architecture.quantization_bits == (round(bits, 3) if bits < 15 else None)
    assert architecture.families[0] == "llama"
