"""Reading in a child process: the same result, and limits that end what costs too much."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights import (
    ByteSource,
    BytesSource,
    MissingRangeError,
    RecordingSource,
    pack_sources,
    read_upload_sources,
)
from namegate_policy.weights.isolated import IsolatedReader
from tests.policy.weights.build import raw_safetensors, safetensors_bytes
from tests.policy.weights.build_gguf import ARRAY, STRING, U32, build, text

GOLDEN = Path(__file__).parent / "golden"


def sent(sources: list[ByteSource]) -> dict[str, Any]:
    """Return what a client sends after reading the sources itself."""
    recorded = [RecordingSource(source) for source in sources]
    read_upload_sources(recorded)
    return json.loads(json.dumps(pack_sources(recorded)))


UPLOADS: dict[str, list[ByteSource]] = {
    "safetensors": [
        BytesSource(safetensors_bytes({"w": ("F32", (2, 3))}, {"format": "pt"}), "model.safetensors"),
        BytesSource(b'{"model_type": "x", "scale": [0.5, Infinity]}', "config.json"),
        BytesSource(b"---\nlicense: mit\n---\n", "README.md"),
    ],
    "gguf": [
        BytesSource(
            build(
                [
                    ("tokens", ARRAY, struct.pack("<IQ", STRING, 1) + text("a")),
                    ("numbers", ARRAY, struct.pack("<IQII", U32, 2, 7, 8)),
                ],
                [("w", (32,), 8, 0)],
            ),
            "model.gguf",
        )
    ],
    "pytorch": [BytesSource((GOLDEN / "tied.pt").read_bytes(), "pytorch_model.bin")],
    "refused": [BytesSource(raw_safetensors("[]"), "model.safetensors")],
    "pipeline": [
        BytesSource(b'{"unet": ["diffusers", "UNet"]}', "model_index.json"),
        BytesSource(build([("t", ARRAY, struct.pack("<IQ", STRING, 0))]), "unet/model.gguf"),
    ],
}


def test_the_same_as_in_process() -> None:
    with IsolatedReader() as reader:
        for name, sources in UPLOADS.items():
            assert reader.read(sent(sources)) == read_upload_sources(sources), name


def test_several_threads() -> None:
    document = sent(UPLOADS["pytorch"])
    with IsolatedReader(workers=2) as reader, ThreadPoolExecutor(4) as threads:
        uploads = list(threads.map(reader.read, [document] * 12))
    assert all(upload == uploads[0] for upload in uploads)


def test_errors_keep_their_kind() -> None:
    with IsolatedReader() as reader:
        with pytest.raises(WeightsNotFoundError, match="no weights"):
            reader.read({"files": []})
        with pytest.raises(MissingRangeError, match="bytes 0 to 8"):
            reader.read({"files": [{"name": "a.safetensors", "size": 100}]})
        with pytest.raises(EvidenceError, match="files"):
            reader.read({"files": 1})
        assert reader.read(sent(UPLOADS["safetensors"])).weights.verifiable


def test_a_child_without_memory_or_time() -> None:
    header = raw_safetensors("{" + " " * 25_000_000 + "}")
    source = BytesSource(header, "model.safetensors")
    document = sent([source])
    with IsolatedReader(memory=120 << 20) as reader:
        (problem,) = reader.read(document).weights.problems
        assert problem.code == "reader-limit"
        assert reader.read(sent(UPLOADS["safetensors"])).weights.verifiable
    with IsolatedReader(seconds=0) as reader:
        (problem,) = reader.read(document).weights.problems
        assert problem.code == "reader-limit"
