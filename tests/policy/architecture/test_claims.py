"""Claims of counts, sizes, formats and layers, each with the weights that make it true or false."""

from __future__ import annotations

from dataclasses import replace

import pytest

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims import number_format
from namegate_policy.architecture.claims.family import contradicted_words
from namegate_policy.architecture.claims.size import Counts, Outcome, judge_total
from namegate_policy.architecture.claims.structure import wrong_dimensions, wrong_size_words, wrong_timm_name
from namegate_policy.architecture.claims.words import family_words
from namegate_policy.architecture.facts import grouped, missing_layers, stacks
from namegate_policy.architecture.model import Architecture
from namegate_policy.architecture.packing import Weight
from namegate_policy.naming import default_vocabulary, parse_name
from tests.policy.architecture.headers import header, llama
from tests.policy.architecture.packed import FORMATS, packed

TOTALS = [
    ("google/gemma-7b", 8_537_680_896, Outcome.FITS),
    ("google/gemma-9b", 8_537_680_896, Outcome.CONTRADICTED),
    ("Qwen/Qwen3-8B", 8_190_735_360, Outcome.FITS),
    ("Qwen/Qwen3-7B", 8_190_735_360, Outcome.CONTRADICTED),
    ("Qwen/Qwen3-2B", 1_720_574_976, Outcome.CONTRADICTED),
    ("Qwen/Qwen2.5-VL-7B", 8_292_166_656, Outcome.FITS),
]
"""What the family publishes under a label counts, and then no tolerance."""


@pytest.mark.parametrize(("text", "total", "outcome"), TOTALS)
def test_labels_of_a_family(text: str, total: int, outcome: Outcome) -> None:
    name = parse_name(text)
    assert name.size is not None
    assert judge_total(name.size.parameters, 10**9, Counts(total), family_words(name), 0.08) is outcome


SIZE_WORDS = [("gpt2-large", None), ("gpt2-xl", "large"), ("gpt2-medium", "large")]


@pytest.mark.parametrize(("name", "expected"), SIZE_WORDS)
def test_size_words_however_they_are_read(name: str, expected: str | None) -> None:
    large = Architecture(("gpt2",), 774_030_080, 0, depths={"transformer.h.": 36}, hidden_size=1280)
    claims = list(wrong_size_words(parse_name(name), ("gpt2",), large))
    assert [claim.expected for claim in claims] == ([expected] if expected else [])


def network(name: str, *, classes: int | None = 1000) -> Architecture:
    """Return a network as timm builds it, with another number of classes or with none."""
    numbers = catalogue().defaults[name]
    body = numbers["without_classifier"]
    each = (numbers["parameters"] - body) // 1000
    head = each * (classes or 0)
    labels = {"labels": classes, "classifier_parameters": head} if classes else {}
    return Architecture((name,), body + head, 0, exact=True, **labels)


@pytest.mark.parametrize("classes", [1000, 10, 21841, None])
def test_networks_of_a_library_have_any_number_of_classes(classes: int | None) -> None:
    small = network("lcnet_050", classes=classes)
    assert wrong_timm_name(parse_name("timm/lcnet_050.ra2_in1k"), small) is None
    assert wrong_timm_name(parse_name("timm/lcnet_100.ra2_in1k"), small) is not None


def test_networks_of_one_count_are_told_apart_by_their_tensors() -> None:
    held = replace(network("xception65"), parameters=catalogue().defaults["xception71"]["parameters"])
    claim = wrong_timm_name(parse_name("timm/xception71.tf_in1k"), held)
    assert claim is not None
    assert "xception65" in claim.held


WORDS = {
    "GPTQ": "gptq",
    "AWQ": "awq",
    "nf4": "bitsandbytes",
    "fp8": "fp8",
    "NVFP4": "nvfp4",
    "MXFP4": "mxfp4",
}


@pytest.mark.parametrize("packing", FORMATS)
def test_formats_are_called_by_their_own_word_alone(packing: str) -> None:
    _, _, writer = FORMATS[packing]
    shapes = llama(layers=2, width=512, inner=1024, keys=256, vocabulary=1000)
    facts = architecture_of(header(packed(shapes, writer)))
    for word, method in WORDS.items():
        said = number_format.read(word)
        assert said is not None
        outcome = number_format.judge(said, facts)
        if method in packing:
            assert outcome is not Outcome.CONTRADICTED or (word == "nf4" and "nf4" not in packing)
        elif "compressed" not in packing and not (word == "MXFP4" and "mlx" in packing):
            assert outcome is Outcome.CONTRADICTED, word


def test_numbers_of_unlike_modules_are_no_missing_layers() -> None:
    """A sequence of convolutions, norms and activations has numbers without parameters."""
    mixed = [f"layers.{number}.weight" for number in (0, 1, 3, 4, 6, 7)]
    mixed += [f"layers.{number}.0.conv.weight" for number in range(8, 14)]
    groups = grouped([Weight(name, "F32", (8,), 8) for name in mixed])
    assert missing_layers(groups, stacks(groups)[0]) == ()
    alike = [f"layers.{number}.norm.weight" for number in (0, 1, 3, 4)]
    groups = grouped([Weight(name, "F32", (8,), 8) for name in alike])
    assert missing_layers(groups, stacks(groups)[0]) == ("layers.2",)


TRUE_WORDS = {
    "deit-small-patch16-224": ("vit",),
    "c4ai-command-r-v01": ("cohere",),
    "DeepSeek-V2-Lite-Chat": ("mistral4",),
}


@pytest.mark.parametrize("name", TRUE_WORDS)
def test_series_are_published_under_types_of_other_names(name: str) -> None:
    facts = replace(network("lcnet_050"), families=TRUE_WORDS[name], similarity=1.0)
    assert contradicted_words(parse_name(name), default_vocabulary(), facts) == ()


@pytest.mark.parametrize(
    "name", ["CLIP-ViT-L-14-laion2B-s32B-b82K", "CLIP-ViT-H-14-laion2B-s32B-b79K", "ViT-L-14-336"]
)
def test_letters_of_sizes_state_no_dimension(name: str) -> None:
    facts = replace(network("lcnet_050"), depths={"text.": 12, "vision.": 24}, hidden_size=1024)
    assert list(wrong_dimensions(parse_name(name), facts)) == []


def test_the_letter_of_a_dimension_states_it() -> None:
    facts = replace(network("lcnet_050"), depths={"encoder.": 12}, hidden_size=768)
    claims = list(wrong_dimensions(parse_name("bert_uncased_L-2_H-128"), facts))
    assert [claim.said for claim in claims] == ["2 layers", "128 wide"]


def test_the_positions_of_text_are_no_patches() -> None:
    towers = {
        "text_model.embeddings.position_embedding.weight": (64, 768),
        "vision_model.embeddings.patch_embedding.weight": (768, 3, 16, 16),
        "vision_model.embeddings.position_embedding.weight": (196, 768),
    }
    assert architecture_of(header(towers)).resolution == 224
