"""The family group: confirmed, contradicted, or not decidable."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.catalogue import EXACT, NEAR, catalogue
from namegate_policy.architecture.claims.family import judge, judge_text
from namegate_policy.architecture.claims.series import claims_of
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.patterns import as_written_now, fingerprint, normalize, without_packing
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.weights.header import Tensor, WeightsHeader
from tests.policy.architecture.headers import header, llama

DATA = Path(__file__).parents[4] / "shared" / "data"


def test_the_catalogue_is_small_and_names_its_releases() -> None:
    assert EXACT.stat().st_size + NEAR.stat().st_size < 1_000_000
    libraries = {release.split()[0] for release in catalogue().releases}
    assert {"transformers", "timm", "torchvision", "diffusers", "gguf"} <= libraries
    majors = {
        release.split()[1][0] for release in catalogue().releases if release.startswith("transformers ")
    }
    assert majors == {"4", "5"}


def test_numbers_become_holes_and_a_line_break_is_no_name() -> None:
    names = ["model.layers.17.mlp.up_proj.weight", "layer1.0.conv1.weight", "0.auto_model.x", "a\n.1.b", "7"]
    assert normalize(names) == [
        "model.layers.{}.mlp.up_proj.weight",
        "layer1.{}.conv1.weight",
        "{}.auto_model.x",
        "a .{}.b",
        "{}",
    ]


def test_the_order_of_names_does_not_matter() -> None:
    assert fingerprint(["b", "a"]) == fingerprint(["a", "b", "a"])


PACKINGS = {
    "gptq": {"q.qweight", "q.qzeros", "q.scales", "q.g_idx", "norm.weight"},
    "bitsandbytes": {"q.weight", "q.weight.absmax", "q.weight.quant_state.bitsandbytes__nf4", "norm.weight"},
    "mlx": {"q.weight", "q.scales", "q.biases", "norm.weight"},
    "compressed-tensors": {"q.weight_packed", "q.weight_scale", "q.weight_shape", "norm.weight"},
    "fp8": {"q.weight", "q.weight_scale_inv", "norm.weight"},
}


@pytest.mark.parametrize("patterns", PACKINGS.values(), ids=PACKINGS)
def test_packed_names_are_those_of_the_weights(patterns: set[str]) -> None:
    assert without_packing(patterns) == {"q.weight", "norm.weight"}


def test_names_of_old_checkpoints_are_those_of_today() -> None:
    old = {"bert.embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.beta", "conv.weight_g", "x.gamma"}
    assert as_written_now(old) == {
        "bert.embeddings.LayerNorm.weight",
        "bert.embeddings.LayerNorm.bias",
        "conv.parametrizations.weight.original0",
        "x.gamma",
    }


CLAIMS = {
    "llama": Outcome.FITS,
    "code-llama": Outcome.FITS,
    "bert": Outcome.CONTRADICTED,
    "gpt2": Outcome.CONTRADICTED,
    "whisper": Outcome.CONTRADICTED,
    "deepseek": Outcome.UNDECIDABLE,
    "storybook": Outcome.UNDECIDABLE,
}


@pytest.mark.parametrize(("word", "outcome"), CLAIMS.items())
def test_claims_on_a_llama(word: str, outcome: Outcome) -> None:
    assert judge_text(word, default_vocabulary(), architecture_of(header(llama(layers=3)))) is outcome


NAMES = {
    "acme/llama-8b": Outcome.FITS,
    "acme/Llama-4-8B": Outcome.CONTRADICTED,
    "acme/flan-t5-8b": Outcome.CONTRADICTED,
    "acme/pythia-8b": Outcome.CONTRADICTED,
    "acme/vgg16": Outcome.CONTRADICTED,
    "acme/falcon-8b": Outcome.CONTRADICTED,
    "acme/falcon3-8b": Outcome.FITS,
    "acme/SmolLM2-8B": Outcome.FITS,
    "acme/deepseek-r1-8b": Outcome.UNDECIDABLE,
}


@pytest.mark.parametrize(("name", "outcome"), NAMES.items())
def test_words_and_generations_on_a_llama(name: str, outcome: Outcome) -> None:
    """A series claims the types of its checkpoints, a generation narrows a family to it."""
    architecture = architecture_of(header(llama(layers=3)))
    ((_, claim),) = claims_of(parse_name(name), default_vocabulary())
    assert judge(claim, architecture) is outcome


VOCABULARIES = [
    ("mistral", 32_000, Outcome.FITS),
    ("mistral", 32_768, Outcome.FITS),
    ("mistral", 128_256, Outcome.CONTRADICTED),
    ("mistral", 50_000, Outcome.FITS),
    ("gemma", 32_000, Outcome.CONTRADICTED),
    ("llama", 256_000, Outcome.FITS),
    ("granite", 49_155, Outcome.FITS),
]


@pytest.mark.parametrize(("word", "vocabulary", "outcome"), VOCABULARIES)
def test_a_vocabulary_of_another_family_tells_like_names_apart(
    word: str, vocabulary: int, outcome: Outcome
) -> None:
    architecture = architecture_of(header(llama(layers=3, vocabulary=vocabulary)))
    assert judge_text(word, default_vocabulary(), architecture) is outcome


CLAIMS_WITH_CONFIG = {
    "mistral": Outcome.FITS,
    "llama": Outcome.CONTRADICTED,
    "gemma": Outcome.CONTRADICTED,
    "bert": Outcome.CONTRADICTED,
    "deepseek": Outcome.UNDECIDABLE,
}


@pytest.mark.parametrize(("word", "outcome"), CLAIMS_WITH_CONFIG.items())
def test_claims_on_a_llama_whose_configuration_says_mistral(word: str, outcome: Outcome) -> None:
    found = architecture_of(header(llama(layers=3)), {"model_type": "mistral"})
    assert found.families == ("mistral",)
    assert judge_text(word, default_vocabulary(), found) is outcome


def test_a_configuration_that_the_tensors_contradict_chooses_nothing() -> None:
    weights = header(llama(layers=3))
    assert architecture_of(weights).exact
    assert architecture_of(weights, {"model_type": "bert"}).families == architecture_of(weights).families


def test_a_published_vocabulary_puts_other_types_aside() -> None:
    found = architecture_of(header(llama(layers=3, vocabulary=256_000)))
    assert "gemma" in found.families
    assert "llama" not in found.families
    assert "llama" in found.alike


GPT2 = {"wte.weight": (50257, 768), "wpe.weight": (1024, 768), "ln_f.weight": (768,), "ln_f.bias": (768,)}
GPT2 |= {
    f"h.{layer}.{name}.{kind}": (768,)
    for layer in range(3)
    for name in ("ln_1", "ln_2", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    for kind in ("weight", "bias")
}


def olmo2(norm: int) -> dict[str, tuple[int, ...]]:
    """Return the tensors of an OLMo 2, its queries and keys normed over `norm` numbers."""
    shapes = {
        name.replace("input_layernorm", "post_feedforward_layernorm"): shape
        for name, shape in llama(layers=3, width=1024, keys=1024, vocabulary=50_001).items()
    }
    norms = {f"model.layers.{n}.self_attn.{x}_norm.weight": (norm,) for n in range(3) for x in "qk"}
    return shapes | norms


SHAPES = {
    "width first": (
        {**GPT2, **{f"h.{n}.attn.c_attn.weight": (768, 2304) for n in range(3)}},
        "gpt2",
        "gpt_bigcode",
    ),
    "outputs first": (
        {**GPT2, **{f"h.{n}.attn.c_attn.weight": (896, 768) for n in range(3)}},
        "gpt_bigcode",
        "gpt2",
    ),
    "norm of all heads": (olmo2(1024), "olmo2", "exaone4"),
    "norm of a head": (olmo2(64), "exaone4", "olmo2"),
}


@pytest.mark.parametrize(("shapes", "fits", "ruled_out"), SHAPES.values(), ids=SHAPES)
def test_shapes_that_the_code_of_a_type_fixes_tell_types_apart(
    shapes: dict[str, tuple[int, ...]], fits: str, ruled_out: str
) -> None:
    found = architecture_of(header(shapes))
    assert found.exact
    assert fits in found.families
    assert ruled_out not in (*found.families, *found.alike)


def test_names_known_one_by_one_are_known_together_and_no_others() -> None:
    names = set(normalize(list(llama(layers=1))))
    labels = catalogue().exact(names)
    mixed = names | {"model.layers.{}.self_attn.q_proj.bias"}
    assert not catalogue().exact(mixed)
    assert "llama" in {label.type for label in catalogue().composing(mixed, labels)}
    assert not catalogue().composing(names | {"model.layers.{}.self_attn.unheard.weight"}, labels)
    assert not catalogue().composing(names - {"model.norm.weight"}, labels)


def test_real_checkpoints_have_the_family_of_their_configuration() -> None:
    """Names only; a network of two parts may be read as its language model."""
    same = {"RefinedWeb": "falcon", "mixformer-sequential": "phi", "gpt_neox_reward_model": "gpt_neox"}
    seen = right = 0
    with gzip.open(DATA / "checkpoints.jsonl.gz", "rt") as lines:
        for record in map(json.loads, lines):
            config = record["config"]
            claimed, text = config["model_type"], config.get("text_config", {}).get("model_type")
            if same.get(claimed, claimed) not in catalogue().types:
                continue
            names = tuple(Tensor(name, "BF16", (1,), 2) for name in record["index"]["weight_map"])
            found = architecture_of(WeightsHeader("safetensors", names, ()), None)
            seen += 1
            right += any(family.startswith(same.get(claimed, claimed)) for family in found.families) or (
                text in found.families
            )
    assert seen >= 30
    assert right == seen
