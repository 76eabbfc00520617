"""`namegate weights`, `compare` and `describe` on real files."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, NamedTuple

import pytest

from namegate import validate_name
from namegate.cli import main
from namegate.commands.weights import read
from namegate_policy.errors import EvidenceError
from tests.policy.architecture.headers import bert
from tests.policy.weights.build import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path


class Result(NamedTuple):
    exit_code: int
    output: str


def write(folder: Path, vocabulary: int, layers: int = 2) -> Path:
    folder.mkdir()
    header, offset = {}, 0
    shapes = {"transformer.wte.weight": (vocabulary, 8), "transformer.wpe.weight": (16, 8)}
    shapes |= {f"transformer.h.{layer}.ln_1.weight": (8,) for layer in range(layers)}
    for name, shape in shapes.items():
        size = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(offset))
    return folder


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> Result:
        status = main([str(argument) for argument in arguments])
        return Result(status, capsys.readouterr().out)

    return call


def test_weights_as_table_and_as_json(tmp_path, run) -> None:
    folder = write(tmp_path / "one", 100)
    assert "parameters" in run("weights", folder).output
    facts = json.loads(run("weights", folder, "--format", "json").output)
    assert facts["parameters"] == 100 * 8 + 16 * 8 + 2 * 8
    assert facts["vocabulary_size"] == 100


def test_hidden_names_are_undecidable_with_a_guess(tmp_path, run) -> None:
    folder = tmp_path / "hidden"
    folder.mkdir()
    tensors = {f"t{n:03}": ("F32", shape) for n, shape in enumerate(bert(2, 64, 1000, 128).values())}
    write_safetensors(folder / "model.safetensors", tensors)
    facts = json.loads(run("weights", folder, "--format", "json").output)
    one, two, three = facts["resembles"]
    table = run("weights", folder).output
    assert f"the shapes look like {one}, {two} or {three}\n" in table
    for name in ("acme/bert", "acme/gpt2", f"acme/{one}"):
        verdict = validate_name(name, weights=folder)
        assert verdict.weights["unrecognized"] == facts["unrecognized"]
        assert "NG401" not in {violation.code for violation in verdict.violations}


def test_compare_says_whether_one_can_be_tuned_from_the_other(tmp_path, run) -> None:
    one, more, deeper = write(tmp_path / "a", 100), write(tmp_path / "b", 108), write(tmp_path / "c", 100, 3)
    assert run("compare", one, more).exit_code == 0
    result = run("compare", one, deeper)
    assert result.exit_code == 1
    assert "cannot be a fine-tune" in result.output


def test_describe_writes_front_matter(tmp_path, run) -> None:
    output = run("describe", write(tmp_path / "one", 100)).output
    assert output.startswith("---\n")
    assert "parameters: 944" in output


def test_a_folder_without_weights_is_an_error(tmp_path, run) -> None:
    assert run("weights", tmp_path).exit_code == 2


def test_a_file_that_stores_nothing_confirms_no_name(tmp_path, run) -> None:
    write_safetensors(tmp_path / "model.safetensors", {"model.norm.weight": ("F32", (0, 4096))})
    result = run("check", "acme/llama-3-8b", "--weights", tmp_path)
    assert result.exit_code == 2
    assert "NG499 unverifiable-weights: the weights cannot be trusted: no file stores" in result.output
    assert run("weights", tmp_path).exit_code == 2


def test_what_cannot_be_trusted_is_named(tmp_path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(EvidenceError, match=r"model\.safetensors: 0 bytes are too few"):
        read(str(tmp_path))
