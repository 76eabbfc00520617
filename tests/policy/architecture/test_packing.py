"""The counts behind packed weights."""

from __future__ import annotations

import pytest

from namegate_policy.architecture import architecture_of
from namegate_policy.weights.header import Tensor, WeightsHeader
from tests.policy.architecture.headers import header, llama

ROWS, COLUMNS = 4096, 1024
NORM = ("model.layers.0.input_layernorm.weight", "BF16", (COLUMNS,))
BASE = "model.layers.0.self_attn.q_proj"


def of(*tensors: tuple[str, str, tuple[int, ...]], config=None):
    return architecture_of(header([NORM, *tensors]), config)


PACKED = {
    "gptq 4 bits": (
        "gptq",
        4,
        [
            (f"{BASE}.qweight", "I32", (COLUMNS // 8, ROWS)),
            (f"{BASE}.qzeros", "I32", (COLUMNS // 128, ROWS // 8)),
            (f"{BASE}.scales", "F16", (COLUMNS // 128, ROWS)),
            (f"{BASE}.g_idx", "I32", (COLUMNS,)),
        ],
    ),
    "gptq 3 bits": (
        "gptq",
        3,
        [
            (f"{BASE}.qweight", "I32", (COLUMNS * 3 // 32, ROWS)),
            (f"{BASE}.qzeros", "I32", (COLUMNS // 128, ROWS * 3 // 32)),
            (f"{BASE}.scales", "F16", (COLUMNS // 128, ROWS)),
        ],
    ),
    "gptq 8 bits": (
        "gptq",
        8,
        [
            (f"{BASE}.qweight", "I32", (COLUMNS // 4, ROWS)),
            (f"{BASE}.qzeros", "I32", (COLUMNS // 128, ROWS // 4)),
            (f"{BASE}.scales", "F16", (COLUMNS // 128, ROWS)),
        ],
    ),
    "awq": (
        "awq",
        4,
        [
            (f"{BASE}.qweight", "I32", (COLUMNS, ROWS // 8)),
            (f"{BASE}.qzeros", "I32", (COLUMNS // 128, ROWS // 8)),
            (f"{BASE}.scales", "F16", (COLUMNS // 128, ROWS)),
        ],
    ),
    "bitsandbytes nf4": (
        "bitsandbytes-nf4",
        4,
        [
            (f"{BASE}.weight", "U8", (ROWS * COLUMNS // 2, 1)),
            (f"{BASE}.weight.absmax", "U8", (ROWS * COLUMNS // 64,)),
            (f"{BASE}.weight.quant_map", "F32", (16,)),
            (f"{BASE}.weight.nested_absmax", "F32", (256,)),
            (f"{BASE}.weight.quant_state.bitsandbytes__nf4", "U8", (90,)),
        ],
    ),
    "bitsandbytes int8": (
        "bitsandbytes-int8",
        8,
        [
            (f"{BASE}.weight", "I8", (ROWS, COLUMNS)),
            (f"{BASE}.SCB", "F32", (ROWS,)),
            (f"{BASE}.weight_format", "U8", (1,)),
        ],
    ),
    "fp8": (
        "fp8",
        8,
        [
            (f"{BASE}.weight", "F8_E4M3", (ROWS, COLUMNS)),
            (f"{BASE}.weight_scale_inv", "F32", (ROWS // 128, COLUMNS // 128)),
        ],
    ),
    "compressed-tensors": (
        "compressed-tensors",
        4,
        [
            (f"{BASE}.weight_packed", "I32", (ROWS, COLUMNS // 8)),
            (f"{BASE}.weight_scale", "BF16", (ROWS, COLUMNS // 128)),
            (f"{BASE}.weight_shape", "I64", (2,)),
        ],
    ),
    "nvfp4": (
        "nvfp4",
        4,
        [
            (f"{BASE}.weight_packed", "U8", (ROWS, COLUMNS // 2)),
            (f"{BASE}.weight_scale", "F8_E4M3", (ROWS, COLUMNS // 16)),
            (f"{BASE}.weight_global_scale", "F32", (1,)),
        ],
    ),
    "nvfp4 by modelopt": (
        "nvfp4",
        4,
        [
            (f"{BASE}.weight", "U8", (ROWS, COLUMNS // 2)),
            (f"{BASE}.weight_scale", "F8_E4M3", (ROWS, COLUMNS // 16)),
            (f"{BASE}.weight_scale_2", "F32", (1,)),
        ],
    ),
    "mxfp4": (
        "mxfp4",
        4,
        [
            (f"{BASE}_blocks", "U8", (4, ROWS // 4, COLUMNS // 32, 16)),
            (f"{BASE}_scales", "U8", (4, ROWS // 4, COLUMNS // 32)),
        ],
    ),
    "mlx 4 bits": (
        "mlx",
        4,
        [
            (f"{BASE}.weight", "U32", (ROWS, COLUMNS // 8)),
            (f"{BASE}.scales", "BF16", (ROWS, COLUMNS // 64)),
            (f"{BASE}.biases", "BF16", (ROWS, COLUMNS // 64)),
        ],
    ),
    "mlx 6 bits": (
        "mlx",
        6,
        [
            (f"{BASE}.weight", "U32", (ROWS, COLUMNS * 6 // 32)),
            (f"{BASE}.scales", "BF16", (ROWS, COLUMNS // 64)),
            (f"{BASE}.biases", "BF16", (ROWS, COLUMNS // 64)),
        ],
    ),
}


@pytest.mark.parametrize(("method", "bits", "tensors"), PACKED.values(), ids=PACKED)
def test_packed_weights_count_as_what_they_stand_for(method, bits, tensors) -> None:
    facts = of(*tensors)
    assert facts.parameters == ROWS * COLUMNS + COLUMNS
    assert (facts.quantization, facts.quantization_bits) == (method, bits)


def test_bits_that_shapes_hide_come_from_the_configuration() -> None:
    tensors = [
        (f"{BASE}.W_q", "U8", (ROWS * COLUMNS // 2 // 64, 64)),
        (f"{BASE}.scale", "F16", (ROWS * COLUMNS // 64, 1)),
        (f"{BASE}.zero", "F16", (ROWS * COLUMNS // 64, 1)),
    ]
    config = {
        "quantization_config": {"quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}}
    }
    assert of(*tensors, config=config).parameters == ROWS * COLUMNS + COLUMNS
    assert of(*tensors).undecided


FORGED = {
    "zero points too narrow": [
        (f"{BASE}.qweight", "I32", (8, 64)),
        (f"{BASE}.qzeros", "I32", (1, 1)),
        (f"{BASE}.scales", "F16", (1, 64)),
    ],
    "one scale for all": [
        (f"{BASE}.weight", "U8", (1_000_000, 1)),
        (f"{BASE}.weight.absmax", "U8", (1,)),
    ],
    "blocks without scales": [
        (f"{BASE}_blocks", "U8", (4, 16, 16, 16)),
        (f"{BASE}_scales", "U8", (1,)),
    ],
}


@pytest.mark.parametrize("tensors", FORGED.values(), ids=FORGED)
def test_a_forged_packing_adds_nothing(tensors) -> None:
    stored = sum(tensor.stored for tensor in header([NORM, *tensors]).tensors)
    assert of(*tensors).parameters <= stored


def test_a_second_name_of_stored_weights_is_not_counted() -> None:
    shapes = llama(layers=2, tied=True)
    honest = header(shapes)
    alias = Tensor("lm_head.weight", "BF16", (128256, 4096), 0)
    aliased = WeightsHeader("pytorch", (*honest.tensors, alias), honest.shards)
    assert architecture_of(aliased).parameters == architecture_of(honest).parameters


def test_gguf_counts_and_family() -> None:
    shapes = {"token_embd.weight": (32000, 512), "output_norm.weight": (512,), "output.weight": (32000, 512)}
    for layer in range(4):
        for name, shape in {
            "attn_q": (512, 512),
            "attn_k": (128, 512),
            "attn_v": (128, 512),
            "attn_output": (512, 512),
            "ffn_gate": (1024, 512),
            "ffn_up": (1024, 512),
            "ffn_down": (512, 1024),
            "attn_norm": (512,),
            "ffn_norm": (512,),
        }.items():
            shapes[f"blk.{layer}.{name}.weight"] = shape
    facts = architecture_of(header(shapes, "F16", "gguf", {"general.architecture": "llama"}))
    assert "llama" in facts.families
    assert (facts.layers, facts.vocabulary_size, facts.hidden_size) == (4, 32000, 512)


def test_adapter_and_its_rank() -> None:
    prefix = "base_model.model.model.layers"
    shapes = {
        f"{prefix}.{layer}.self_attn.q_proj.lora_{side}.weight": (8, 64) if side == "A" else (64, 8)
        for layer in range(4)
        for side in "AB"
    }
    facts = architecture_of(header(shapes, "F32"))
    assert (facts.adapter, facts.adapter_rank) == ("lora", 8)


@pytest.mark.parametrize("part", ["boft_R", "bone_block", "adaption_prompt", "lora_magnitude_vector"])
def test_other_adapters(part: str) -> None:
    shapes = {f"base_model.model.model.layers.{layer}.self_attn.q_proj.{part}": (8, 64) for layer in range(4)}
    assert architecture_of(header(shapes, "F32")).adapter is not None


def test_experts_and_active_parameters() -> None:
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (100, 8), "model.norm.weight": (8,)}
    for layer in range(2):
        shapes[f"model.layers.{layer}.block_sparse_moe.gate.weight"] = (4, 8)
        for expert in range(4):
            shapes[f"model.layers.{layer}.block_sparse_moe.experts.{expert}.w1.weight"] = (10, 8)
    facts = architecture_of(header(shapes), {"num_experts_per_tok": 2})
    assert facts.experts == 4
    assert facts.parameters == 808 + 64 + 640
    assert facts.active_parameters == 808 + 64 + 320
    assert facts.one_expert_parameters == 808 + 64 + 160


def test_missing_layers_are_named() -> None:
    shapes = {name: shape for name, shape in llama(layers=8, width=64, inner=64).items() if ".3." not in name}
    assert architecture_of(header(shapes)).missing_layers == ("model.layers.3",)
