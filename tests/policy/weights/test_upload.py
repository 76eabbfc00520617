"""Uploads: which files are the checkpoint, what lies beside it, and how shards and index must agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights import (
    RecordingSource,
    pack_sources,
    read_sources,
    read_upload,
    read_weights,
    unpack_sources,
    upload_files,
)
from tests.policy.weights.build import write_safetensors, write_sharded

if TYPE_CHECKING:
    from pathlib import Path

SHARDS = [{f"layers.{n}.w": ("BF16", (64, n + 1)), f"layers.{n}.b": ("F32", (3,))} for n in range(3)]
ONE = {"w": ("F32", (2, 3))}


def codes(folder: Path) -> set[str]:
    header = read_weights(folder)
    assert header.verifiable == (not header.problems)
    return {problem.code for problem in header.problems}


def test_a_sharded_checkpoint(tmp_path: Path) -> None:
    write_sharded(tmp_path, SHARDS)
    header = read_weights(tmp_path)
    assert header.verifiable
    assert [tensor.name for tensor in header.tensors] == [name for shard in SHARDS for name in shard]
    assert [header.shards[tensor.shard].name for tensor in header.tensors][::2] == [
        f"model-{n:05d}-of-00003.safetensors" for n in (1, 2, 3)
    ]
    assert header.metadata == {"format": "pt", "total_size": 1}
    assert read_weights(tmp_path / "model-00002-of-00003.safetensors").tensors == header.tensors
    assert read_weights(tmp_path / "model.safetensors.index.json").tensors == header.tensors


def test_a_large_checkpoint_costs_its_headers(tmp_path: Path) -> None:
    shards = [{f"layers.{n}.{m}.weight": ("BF16", (8192, 28672)) for m in range(10)} for n in range(30)]
    write_sharded(tmp_path, shards)
    recorded = [RecordingSource(source) for source in upload_files(tmp_path)]
    header = read_sources(recorded)
    assert header.verifiable
    assert sum(shard.size for shard in header.shards) > 140e9
    for source in recorded:
        ((offset, data),) = source.ranges
        assert offset == 0
        if source.name.endswith(".safetensors"):
            assert len(data) == 8 + int.from_bytes(data[:8], "little")
    assert read_sources(unpack_sources(json.loads(json.dumps(pack_sources(recorded))))) == header


def edit_index(folder: Path, **changes: str | None) -> None:
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    for tensor, file in changes.items():
        name = tensor.replace("_", ".")
        if file is None:
            del index["weight_map"][name]
        else:
            index["weight_map"][name] = file
    path.write_text(json.dumps(index))


def test_index_and_shards_that_differ(tmp_path: Path) -> None:
    second = "model-00002-of-00003.safetensors"
    for number, (change, expected) in enumerate(
        [
            ({"layers_0_w": None}, {"unlisted-tensor"}),
            ({"ghost": second}, {"missing-tensor"}),
            ({"layers_0_w": second}, {"missing-tensor", "unlisted-tensor"}),
            ({"ghost": "model-00004-of-00003.safetensors"}, {"missing-shard"}),
            ({"ghost": "../other/model.safetensors"}, {"unsafe-path"}),
            ({"ghost": ".."}, {"unsafe-path"}),
            ({"ghost": "/etc/passwd"}, {"unsafe-path"}),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_sharded(folder, SHARDS)
        edit_index(folder, **change)
        assert codes(folder) == expected, change


def test_indexes_that_are_none(tmp_path: Path) -> None:
    write_sharded(tmp_path, SHARDS)
    index = tmp_path / "model.safetensors.index.json"
    text = index.read_text()
    for changed, expected in (
        ("[]", {"invalid-index"}),
        ("", {"invalid-index"}),
        ("{}", {"invalid-index"}),
        ('{"weight_map": {"a": 1}}', {"invalid-index"}),
        ("[" * 200_000, {"invalid-index"}),
        (
            text.replace('"weight_map": {', '"weight_map": {"layers.0.w": "x.safetensors",', 1),
            {"duplicate-key"},
        ),
    ):
        index.write_text(changed)
        assert codes(tmp_path) == expected, changed[:50]


def test_a_tensor_in_two_shards(tmp_path: Path) -> None:
    write_sharded(tmp_path, [SHARDS[0], {**SHARDS[1], "layers.0.w": ("F32", (1,))}])
    assert "duplicate-tensor" in codes(tmp_path)


def test_a_shard_is_missing(tmp_path: Path) -> None:
    write_sharded(tmp_path, SHARDS)
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    assert codes(tmp_path) == {"missing-shard"}
    (tmp_path / "model.safetensors.index.json").unlink()
    assert codes(tmp_path) == {"missing-shard"}


def test_a_shard_is_cut(tmp_path: Path) -> None:
    write_sharded(tmp_path, SHARDS)
    with (tmp_path / "model-00003-of-00003.safetensors").open("r+b") as file:
        file.truncate(200)
    assert codes(tmp_path) == {"truncated"}


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d" * 32 + b"\nsize 12345\n"


@pytest.mark.parametrize("name", ["model.safetensors", "model.gguf", "pytorch_model.bin", "model.onnx"])
def test_a_pointer_in_place_of_the_weights(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(POINTER)
    (problem,) = read_upload(tmp_path).weights.problems
    assert (problem.code, problem.file) == ("content-mismatch", name)
    assert problem.message.startswith("a pointer of Git LFS stands in place of the weights")


def test_without_weights(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(WeightsNotFoundError, match=r"looked for \*\.safetensors .* among 1 files"):
        read_weights(tmp_path)
    for path in (tmp_path / "missing", tmp_path / "notes.txt", "a\0b"):
        with pytest.raises(WeightsNotFoundError):
            read_weights(path)


def test_the_loader_s_choice(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    write_safetensors(tmp_path / "model.fp16.safetensors", {"w": ("F16", (2, 3))})
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    (tmp_path / "training_args.bin").write_bytes(b"x")
    header = read_weights(tmp_path)
    assert [tensor.dtype for tensor in header.tensors] == ["F32"]
    assert header.others == {"model.fp16.safetensors": "safetensors", "pytorch_model.bin": "pytorch"}
    assert read_weights(tmp_path / "model.fp16.safetensors").tensors[0].dtype == "F16"


def test_checkpoints_of_equal_claim(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a.safetensors", ONE)
    write_safetensors(tmp_path / "b.safetensors", ONE)
    with pytest.raises(EvidenceError, match=r"2 checkpoints .* a\.safetensors, b\.safetensors; name the one"):
        read_weights(tmp_path)
    assert read_weights(tmp_path / "b.safetensors").verifiable


def test_formats_that_are_recognized_and_unread(tmp_path: Path) -> None:
    (tmp_path / "tf_model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    header = read_weights(tmp_path)
    assert (header.format, codes(tmp_path)) == ("keras", {"unread-format"})


def test_an_adapter(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "adapter_model.safetensors", ONE)
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8}')
    header = read_weights(tmp_path)
    assert header.layout == "adapter"
    assert header.configs["adapter_config.json"]["r"] == 8


def test_a_diffusers_pipeline(tmp_path: Path) -> None:
    for folder, file in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        (tmp_path / folder).mkdir()
        write_safetensors(tmp_path / folder / f"{file}.safetensors", ONE)
        (tmp_path / folder / "config.json").write_text(json.dumps({"_class_name": folder}))
    (tmp_path / "scheduler").mkdir()
    index = {
        "_class_name": "X",
        "unet": ["diffusers", "UNet"],
        "text_encoder": ["transformers", "CLIP"],
        "scheduler": ["diffusers", "DDIM"],
        "safety_checker": [None, None],
    }
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    header = read_weights(tmp_path)
    assert (header.layout, header.verifiable) == ("diffusers", True)
    assert set(header.components) == {"unet", "text_encoder"}
    assert [tensor.name for tensor in header.tensors] == ["unet/w", "text_encoder/w"]
    assert [header.shards[tensor.shard].name for tensor in header.tensors] == [
        "unet/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
    ]
    assert header.configs["unet/config.json"] == {"_class_name": "unet"}


def test_a_sentence_transformer(tmp_path: Path) -> None:
    (tmp_path / "2_Dense").mkdir()
    write_safetensors(tmp_path / "model.safetensors", ONE)
    write_safetensors(tmp_path / "2_Dense" / "model.safetensors", ONE)
    modules = [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    header = read_weights(tmp_path)
    assert header.layout == "sentence-transformers"
    assert [tensor.name for tensor in header.tensors] == ["w", "2_Dense/w"]


def test_a_timm_model(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_text(
        '{"architecture": "resnet50", "num_features": 2048, "pretrained_cfg": {}}'
    )
    assert read_weights(tmp_path).layout == "timm"


def test_config_and_card(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_text('{"model_type": "mamba2", "time_step_limit": [0.0, Infinity]}')
    (tmp_path / "README.md").write_text("---\nlicense: mit\nbase_model: acme/base\n---\n# Text\n---\n")
    for path in (tmp_path, tmp_path / "model.safetensors"):
        upload = read_upload(path)
        assert upload.config is not None
        assert upload.config["model_type"] == "mamba2"
        assert upload.card == {"license": "mit", "base_model": "acme/base"}


def test_nothing_beside_the_weights(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "README.md").write_text("# Text\n---\n")
    upload = read_upload(tmp_path)
    assert (upload.config, upload.card) == (None, None)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', "[1]", "{", '{"a": "\\ud800"}', '{"a":' + "[" * 100 + "]" * 100 + "}", "\xff"],
    ids=["duplicate", "list", "cut", "surrogate", "deep", "latin"],
)
def test_a_bad_config(tmp_path: Path, text: str) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_bytes(text.encode("latin-1", "replace"))
    with pytest.raises(EvidenceError, match=r"config\.json"):
        read_upload(tmp_path)


@pytest.mark.parametrize(
    "front",
    ["- a", "a: 1\na: 2", "a: &x [1]\nb: *x", "a: !!python/object/apply:os.system [id]", "a: [", "1: 2"],
    ids=["list", "duplicate", "alias", "tag", "cut", "number key"],
)
def test_a_bad_card(tmp_path: Path, front: str) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n")
    with pytest.raises(EvidenceError, match=r"README\.md"):
        read_upload(tmp_path)


def test_links_that_leave_the_upload_are_not_there(tmp_path: Path) -> None:
    outside, upload = tmp_path / "outside", tmp_path / "upload"
    outside.mkdir()
    upload.mkdir()
    write_safetensors(outside / "model.safetensors", ONE)
    (upload / "model.safetensors").symlink_to(outside / "model.safetensors")
    with pytest.raises(WeightsNotFoundError):
        read_weights(upload)
    assert read_weights(upload / "model.safetensors").verifiable  # the path that the caller named
    (tmp_path / "link").symlink_to(outside)
    assert read_weights(tmp_path / "link").verifiable
    (outside / "again.safetensors").symlink_to("model.safetensors")
    assert read_weights(outside).others == {"again.safetensors": "safetensors"}
    (upload / "sub").symlink_to(outside)
    with pytest.raises(WeightsNotFoundError):
        read_weights(upload)


def test_a_hugging_face_cache(tmp_path: Path) -> None:
    repository = tmp_path / "models--acme--x"
    snapshot, blobs = repository / "snapshots" / "abc", repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    write_safetensors(blobs / "0123", ONE)
    (blobs / "4567").write_text('{"model_type": "x"}')
    (snapshot / "model.safetensors").symlink_to("../../blobs/0123")
    (snapshot / "config.json").symlink_to("../../blobs/4567")
    upload = read_upload(snapshot)
    assert upload.weights.verifiable
    assert upload.weights.shards[0].name == "model.safetensors"
    assert upload.config == {"model_type": "x"}
    assert read_upload(snapshot / "model.safetensors").config == {"model_type": "x"}
