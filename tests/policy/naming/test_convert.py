"""Names from one registry to another, and what is lost on the way."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming.convert import convert
from namegate_policy.naming.registries import REGISTRIES, check_name

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
SHA = "559062ad13d311b87b2c455e67dcd5f1c8f65111"

CONVERTED = [
    (LLAMA, "huggingface", "ollama", LLAMA, []),
    (LLAMA, "huggingface", "purl", f"pkg:huggingface/{LLAMA}", []),
    (LLAMA, "huggingface", "oci", "meta-llama/llama-3.1-8b-instruct", ["name"]),
    (LLAMA, "huggingface", "gguf", "Llama-3.1-8B-Instruct.gguf", ["organization"]),
    (LLAMA, "huggingface", "mlflow", "Llama-3.1-8B-Instruct", ["organization"]),
    (LLAMA, "huggingface", "kubernetes", "llama-3.1-8b-instruct", ["organization", "name"]),
    (LLAMA, "huggingface", "sagemaker", "Llama-3-1-8B-Instruct", ["organization", "name"]),
    ("acme/Mixtral-8x7B-Instruct-v0.1-GGUF", "huggingface", "gguf-strict", "Mixtral-8x7B-Instruct-v0.1.gguf",
     ["format", "organization"]),
    ("hf.co/acme/Llama3:8b-q4", "ollama", "huggingface", "acme/Llama3-8b-q4", ["tag", "host"]),
    ("ghcr.io/acme/m/llama:v1", "oci", "huggingface", "acme-m/llama-v1", ["tag", "host", "organization"]),
    ("models:/Llama 3/2", "mlflow", "oci", "llama-3:2", ["name"]),
    ("models:/llama/2", "mlflow", "purl", "pkg:mlflow/llama@2", []),
    ("pkg:mlflow/llama@2", "purl", "mlflow", "models:/llama/2", []),
    (f"pkg:huggingface/acme/llama@{SHA}", "purl", "huggingface", "acme/llama", ["revision"]),
    ("Llama-8B-v1.0-Q4_0-00001-of-00002.gguf", "gguf-strict", "huggingface", "Llama-8B-v1.0-Q4_0", ["shard"]),
    ("resnet50.a1_in1k", "timm", "huggingface", "resnet50.a1_in1k", ["tag"]),
    ("ResNet50_Weights.IMAGENET1K_V2", "torchvision", "timm", "ResNet50.IMAGENET1K_V2", []),
    ("ResNet50_Weights.IMAGENET1K_V2", "torchvision", "huggingface", "ResNet50-IMAGENET1K_V2", ["tag"]),
    ("pytorch/vision:v0.10.0 resnet50", "torchhub", "huggingface", "pytorch/resnet50", ["repository", "ref"]),
    ("google/gemma/pyTorch/2b-it/3", "kaggle", "huggingface", "google/gemma-2b-it",
     ["variation", "framework", "version"]),
]  # fmt: skip
IMPOSSIBLE = [
    (
        LLAMA,
        "huggingface",
        "kaggle",
        "Kaggle Models asks for the framework, which Hugging Face Hub does not give",
    ),
    (
        LLAMA,
        "huggingface",
        "gguf-strict",
        "the scheme gguf-strict asks for the version, 'v' and numbers, as in v1.0; no component is one",
    ),
    (
        "gpt2",
        "huggingface",
        "gguf-strict",
        "the scheme gguf-strict asks for the size label, a count such as 8B or 8x7B; no component is one",
    ),
    (
        LLAMA,
        "huggingface",
        "torchvision",
        "torchvision asks for the data set and the version, which Hugging Face Hub does not give",
    ),
    (
        "models:/llama/2",
        "mlflow",
        "tfhub",
        "TensorFlow Hub asks for the publisher, which MLflow registered model does not give",
    ),
    ("gpt2", "huggingface", "purl", "purl: the name has nothing, expected a namespace"),
    ("a" * 96, "huggingface", "sagemaker", f"the name '{'a' * 96}' fits no Amazon SageMaker"),
    ("llama3", "ollama", "purl", "Package URL asks for the type, which Ollama does not give"),
]


@pytest.mark.parametrize(("name", "source", "target", "text", "lost"), CONVERTED)
def test_converted_names(name: str, source: str, target: str, text: str, lost: list[str]) -> None:
    conversion = convert(name, source, target)
    assert conversion.text == text
    assert conversion.problem is None
    assert [loss.part for loss in conversion.losses] == lost
    assert all(str(loss) for loss in conversion.losses)


@pytest.mark.parametrize(("name", "source", "target", "problem"), IMPOSSIBLE)
def test_names_that_a_target_cannot_have(name: str, source: str, target: str, problem: str) -> None:
    conversion = convert(name, source, target)
    assert conversion.text is None
    assert (conversion.problem or "").startswith(problem)


def test_a_name_that_the_source_refuses() -> None:
    with pytest.raises(UnreadableNameError):
        convert("acme/llama 3", "huggingface", "oci")
    with pytest.raises(KeyError):
        convert("acme/llama", "huggingface", "nowhere")


@pytest.mark.parametrize("target", sorted(set(REGISTRIES) - {"gguf-strict"}))
def test_real_names_convert_to_names_that_the_target_takes(target: str) -> None:
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as names:
        for name in islice(names.read().splitlines(), 0, None, 40):
            conversion = convert(name, "huggingface", target)
            assert (conversion.text is None) == (conversion.problem is not None)
            assert conversion.text is None or check_name(target, conversion.text) is None


@pytest.mark.parametrize("target", ["ollama", "oci", "mlflow", "purl"])
def test_what_is_carried_without_loss_comes_back(target: str) -> None:
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as names:
        for name in islice(names.read().splitlines(), 0, None, 20):
            conversion = convert(name, "huggingface", target)
            if conversion.text is not None and not conversion.losses:
                assert convert(conversion.text, target, "huggingface").text == name
