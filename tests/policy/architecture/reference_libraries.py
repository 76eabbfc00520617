"""Checkpoints that transformers, timm, PEFT and the quantizers write themselves, judged end to end.

`pytest tests/policy/architecture/reference_libraries.py`, by name, in an environment with these libraries:
the counts are those of the networks in memory, true names are allowed, and names that lie are denied.
"""

from __future__ import annotations

# isort: off
import tests.torchvision_operators  # noqa: F401 (before what imports torchvision)

# isort: on

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import compressed_tensors.quantization as ct
import peft
import pytest
import timm
import torch
import transformers
from compressed_tensors.compressors import ModelCompressor
from hqq.core.quantize import BaseQuantizeConfig
from hqq.models.hf.base import AutoHQQHFModel
from timm.models import save_for_hf
from torchvision.models import get_model
from transformers import BitsAndBytesConfig

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.build.transformers_library import as_saved
from namegate_policy.engine import judge
from namegate_policy.evidence import Evidence
from namegate_policy.language import load_policy
from namegate_policy.weights import read_upload
from tests.policy.architecture.networks import bloom, gpt_oss, mixtral, resnet50

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.architecture.model import Architecture

POLICY = load_policy("namegate:recommended")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def evidence(folder: Path) -> Evidence:
    upload = read_upload(folder)
    assert upload.weights.verifiable, upload.weights.problems
    return Evidence(upload.weights, upload.config, upload.card)


def facts(folder: Path) -> Architecture:
    found = evidence(folder).architecture
    assert found is not None
    return found


def denials(name: str, folder: Path) -> list[str]:
    """Return the codes of the rules that deny a name beside the files of a folder."""
    verdict = judge(name, POLICY, evidence(folder), now=NOW)
    return [violation.code for violation in verdict.violations if violation.denies]


def total(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


LANGUAGE = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 4}
KEYS = {**LANGUAGE, "num_key_value_heads": 2, "vocab_size": 1000}

MODELS: dict[str, tuple[str, dict[str, Any], str, dict[str, str]]] = {
    "bert": (
        "BertForSequenceClassification",
        {**LANGUAGE, "vocab_size": 30522},
        "acme/bert-{size}",
        {"acme/gpt2-{size}": "NG401", "acme/bert-{wrong}": "NG402", "acme/bert-{size}-GPTQ": "NG407"},
    ),
    "roberta": (
        "RobertaForMaskedLM",
        {**LANGUAGE, "vocab_size": 50265, "type_vocab_size": 1, "max_position_embeddings": 514},
        "acme/roberta-{size}",
        {"acme/t5-{size}": "NG401", "acme/roberta-{wrong}": "NG402", "acme/roberta-12-layers": "NG404"},
    ),
    "gpt2": (
        "GPT2LMHeadModel",
        {"n_embd": 256, "n_layer": 3, "n_head": 4, "vocab_size": 1000},
        "acme/gpt2-{size}",
        {"acme/llama-{size}": "NG401", "acme/gpt2-{wrong}": "NG402", "acme/gpt2-{size}-gguf": "NG408"},
    ),
    "llama": (
        "LlamaForCausalLM",
        KEYS,
        "acme/llama-{size}",
        {"acme/Qwen3-{size}": "NG401", "acme/llama-{wrong}": "NG402", "acme/llama-{size}-4bit": "NG407"},
    ),
    "qwen3": (
        "Qwen3ForCausalLM",
        {**KEYS, "head_dim": 64},
        "acme/Qwen3-{size}",
        {"acme/Qwen2.5-{size}": "NG401", "acme/Qwen3-{wrong}": "NG402", "acme/Qwen3-4x{size}": "NG406"},
    ),
    "mixtral": (
        "MixtralForCausalLM",
        {**KEYS, "num_local_experts": 4},
        "acme/mixtral-{size}",
        {"acme/mamba-{size}": "NG401", "acme/mixtral-8x7B": "NG406"},
    ),
    "t5": (
        "T5ForConditionalGeneration",
        {"d_model": 256, "d_ff": 512, "num_layers": 3, "num_heads": 4, "d_kv": 64, "vocab_size": 1000},
        "acme/t5-{size}",
        {"acme/bart-{size}": "NG401", "acme/flan-t5-{wrong}": "NG402"},
    ),
    "vit": (
        "ViTForImageClassification",
        {**LANGUAGE, "patch_size": 16, "image_size": 224, "num_labels": 10},
        "acme/vit-{size}-patch16-224",
        {"acme/resnet-{size}": "NG401", "acme/vit-{size}-patch32-224": "NG404"},
    ),
    "whisper": (
        "WhisperForConditionalGeneration",
        {
            **{f"{part}_{what}": number for part in ("encoder", "decoder") for what, number in
               {"layers": 2, "attention_heads": 4, "ffn_dim": 512}.items()},
            "d_model": 256, "vocab_size": 1000, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
            "decoder_start_token_id": 1,
        },
        "acme/whisper-{size}",
        {"acme/wav2vec2-{size}": "NG401", "acme/whisper-{wrong}": "NG402"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MODELS)
def test_models_that_transformers_saves(case: str, tmp_path: Path) -> None:
    cls, options, name, lies = MODELS[case]
    network = getattr(transformers, cls)
    model = network(network.config_class(**options))
    model.save_pretrained(tmp_path)
    held = total(model)
    assert facts(tmp_path).parameters == held
    sizes = {"size": f"{held / 1e6:.1f}M", "wrong": f"{3 * held / 1e6:.1f}M"}
    assert denials(name.format(**sizes), tmp_path) == []
    for lie, code in lies.items():
        assert code in denials(lie.format(**sizes), tmp_path), lie


IMAGES = {
    "resnet18": ("resnet50", "vit_tiny_patch16_224"),
    "vit_tiny_patch16_224": ("vit_small_patch16_224", "deit_small_patch16_224"),
    "mobilenetv3_small_050": ("mobilenetv3_small_075", "efficientnet_b0"),
    "convnext_atto": ("convnext_femto", "resnet18"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_networks_that_timm_saves(name: str, tmp_path: Path) -> None:
    model = timm.create_model(name, num_classes=37)
    save_for_hf(model, tmp_path, model_config={"num_classes": 37})
    assert facts(tmp_path).parameters == total(model)
    assert denials(f"timm/{name}.a1_in1k", tmp_path) == []
    for lie in IMAGES[name]:
        assert denials(f"timm/{lie}.a1_in1k", tmp_path) != []


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Return a small Llama as saved, and its parameters."""
    folder = tmp_path_factory.mktemp("llama")
    config = transformers.LlamaConfig(**KEYS)
    model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    return folder, total(model)


@pytest.mark.parametrize("kind", ["lora", "dora", "rslora"])
def test_adapters_that_peft_saves(kind: str, llama: tuple[Path, int], tmp_path: Path) -> None:
    options = {"dora": {"use_dora": True}, "rslora": {"use_rslora": True}}.get(kind, {})
    config = peft.LoraConfig(r=8, target_modules=["q_proj", "v_proj"], **options)
    base = transformers.LlamaForCausalLM.from_pretrained(llama[0])
    peft.get_peft_model(base, config).save_pretrained(tmp_path)
    found = facts(tmp_path)
    assert (found.adapter, found.adapter_rank) == ("lora", 8)
    assert denials("acme/llama-1b-lora-r8", tmp_path) == []
    assert "NG409" in denials("acme/llama-1b", tmp_path)
    assert "NG409" in denials("acme/llama-1b-lora-r64", tmp_path)


MATRICES = ["q_proj", "v_proj"]
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "ia3": ("IA3Config", {"target_modules": ["k_proj", "down_proj"], "feedforward_modules": ["down_proj"]}),
    "loha": ("LoHaConfig", {"r": 8, "target_modules": MATRICES}),
    "lokr": ("LoKrConfig", {"r": 8, "target_modules": MATRICES}),
    "oft": ("OFTConfig", {"r": 8, "oft_block_size": 0, "target_modules": MATRICES}),
    "vera": ("VeraConfig", {"r": 8, "target_modules": ["q_proj"]}),
    "prompt": ("PromptTuningConfig", {"task_type": "CAUSAL_LM", "num_virtual_tokens": 8}),
    "ln-tuning": ("LNTuningConfig", {"target_modules": ["input_layernorm"]}),
    "fourierft": ("FourierFTConfig", {"n_frequency": 100, "target_modules": MATRICES}),
    "hra": ("HRAConfig", {"r": 8, "target_modules": MATRICES}),
    "vblora": ("VBLoRAConfig", {"r": 4, "num_vectors": 32, "vector_length": 16, "target_modules": MATRICES}),
    "miss": ("MissConfig", {"r": 8, "target_modules": MATRICES}),
    "randlora": ("RandLoraConfig", {"r": 8, "target_modules": MATRICES}),
    "road": ("RoadConfig", {"target_modules": MATRICES}),
    "c3a": ("C3AConfig", {"block_size": 64, "target_modules": MATRICES}),
    "shira": ("ShiraConfig", {"r": 8, "target_modules": MATRICES}),
    "waveft": ("WaveFTConfig", {"n_frequency": 100, "target_modules": MATRICES}),
    "trainable-tokens": (
        "TrainableTokensConfig",
        {"token_indices": [1, 2], "target_modules": ["embed_tokens"]},
    ),
    "osf": ("OSFConfig", {"target_modules": MATRICES}),
    "delora": ("DeloraConfig", {"r": 8, "target_modules": MATRICES}),
    "gralora": ("GraloraConfig", {"r": 8, "target_modules": MATRICES}),
}
"""Method as the facts call it → configuration class of PEFT and its options."""


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_peft_is_an_adapter(method: str, llama: tuple[Path, int], tmp_path: Path) -> None:
    config, options = METHODS[method]
    base = transformers.LlamaForCausalLM.from_pretrained(llama[0])
    peft.get_peft_model(base, getattr(peft, config)(**options)).save_pretrained(tmp_path)
    assert facts(tmp_path).adapter == method
    assert denials(f"acme/llama-{method}", tmp_path) == []
    assert denials("acme/llama", tmp_path) == ["NG409"]


def bitsandbytes(folder: Path, saved: Path, **options: Any) -> None:
    quantization = BitsAndBytesConfig(**options)
    model = transformers.LlamaForCausalLM.from_pretrained(
        folder, quantization_config=quantization, device_map="cpu", dtype=torch.bfloat16
    )
    model.save_pretrained(saved)


def compressed(folder: Path, saved: Path, kind: str, **options: Any) -> None:
    model = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    scheme = ct.QuantizationScheme(
        targets=["Linear"], weights=ct.QuantizationArgs(symmetric=True, **options), format=kind
    )
    config = ct.QuantizationConfig(
        config_groups={"group_0": scheme}, ignore=["lm_head"], format=kind, quantization_status="frozen"
    )
    ct.apply_quantization_config(model, config)
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    model.save_pretrained(saved)
    compressor.update_config(saved)


def hqq(folder: Path, saved: Path) -> None:
    model = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    AutoHQQHFModel.quantize_model(
        model, BaseQuantizeConfig(nbits=4, group_size=64), compute_dtype=torch.bfloat16, device="cpu"
    )
    AutoHQQHFModel.save_to_safetensors(model, str(saved))


QUANTIZERS: dict[str, tuple[Any, dict[str, Any], str, float, str, str]] = {
    "bitsandbytes nf4": (
        bitsandbytes,
        {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True},
        *("bitsandbytes-nf4", 4, "bnb-4bit", "AWQ"),
    ),
    "bitsandbytes fp4": (bitsandbytes, {"load_in_4bit": True}, "bitsandbytes-fp4", 4, "bnb-4bit", "fp8"),
    "bitsandbytes int8": (bitsandbytes, {"load_in_8bit": True}, "bitsandbytes-int8", 8, "bnb-8bit", "nf4"),
    "int4": (
        compressed,
        {"kind": "pack-quantized", "num_bits": 4, "type": "int", "strategy": "group", "group_size": 128},
        *("compressed-tensors", 4, "w4a16", "w8a8"),
    ),
    "int8": (
        compressed,
        {"kind": "int-quantized", "num_bits": 8, "type": "int", "strategy": "channel"},
        *("compressed-tensors", 8, "int8", "4bit"),
    ),
    "fp8": (
        compressed,
        {"kind": "float-quantized", "num_bits": 8, "type": "float", "strategy": "channel"},
        *("fp8", 8, "FP8", "bf16"),
    ),
    "nvfp4": (
        compressed,
        {"kind": "nvfp4-pack-quantized", "num_bits": 4, "type": "float", "strategy": "tensor_group",
         "group_size": 16},
        *("nvfp4", 4, "NVFP4", "GPTQ"),
    ),
    "mxfp4": (
        compressed,
        {"kind": "mxfp4-pack-quantized", "num_bits": 4, "type": "float", "strategy": "group",
         "group_size": 32, "scale_dtype": torch.uint8},
        *("mxfp4", 4, "MXFP4", "NVFP4"),
    ),
    "hqq": (hqq, {}, "hqq", 4, "hqq", "fp16"),
}  # fmt: skip


@pytest.mark.parametrize("case", QUANTIZERS)
def test_weights_that_quantizers_save(case: str, llama: tuple[Path, int], tmp_path: Path) -> None:
    """The counts are those of the weights before; where shapes leave them open, the facts say so."""
    write, options, method, bits, word, wrong = QUANTIZERS[case]
    folder, held = llama
    write(folder, tmp_path, **options)
    found = facts(tmp_path)
    assert found.quantization == method
    if found.undecided is None:
        assert (found.parameters, found.quantization_bits) == (held, bits)
    alone = architecture_of(read_upload(tmp_path).weights)
    assert alone.undecided is not None or alone.parameters == held
    size = f"{held / 1e6:.1f}M"
    assert denials(f"acme/llama-{size}-{word}", tmp_path) == []
    assert "NG407" in denials(f"acme/llama-{size}-{wrong}", tmp_path)
    if found.undecided is None:
        assert "NG402" in denials(f"acme/llama-{2 * held / 1e6:.1f}M-{word}", tmp_path)


def shapes(model: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    """Return the tensors as the library saves them."""
    state = model.state_dict(keep_vars=True)
    if isinstance(model, transformers.PreTrainedModel):
        return next(as_saved(model, state))
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def test_published_networks_are_those_of_their_libraries() -> None:
    """The shapes behind the published totals, which other tests take from formulas."""
    with torch.device("meta"):
        small = transformers.BloomConfig(n_layer=3, hidden_size=14336, n_head=112, vocab_size=250880)
        assert shapes(transformers.BloomModel(small)) == bloom(layers=3)
        assert shapes(get_model("resnet50")) == resnet50()
        config = transformers.MixtralConfig(num_hidden_layers=3)
        assert shapes(transformers.MixtralForCausalLM(config)) == mixtral(layers=3)
        config = transformers.GptOssConfig(num_hidden_layers=36, num_local_experts=128)
        network = transformers.GptOssForCausalLM(config)
    packed = sum(
        shape[0] * shape[1] * shape[2] * 32 for name, _, shape in gpt_oss() if name.endswith("_blocks")
    )
    experts = [
        tensor for name, tensor in network.named_parameters() if name.endswith(("gate_up_proj", "down_proj"))
    ]
    assert packed == sum(tensor.numel() for tensor in experts)
    assert total(network) == 116_829_156_672
