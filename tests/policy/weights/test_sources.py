"""Sources: exact reads, recorded ranges, and replay that believes a client nothing."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights import (
    BytesSource,
    FileSource,
    MissingRangeError,
    RangesSource,
    RecordingSource,
    StreamSource,
    pack_sources,
    read_sources,
    read_upload_sources,
    unpack_sources,
)
from tests.policy.weights.hostile.suite import HONEST, SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(100))
INDEX = "model.safetensors.index.json"


def test_every_source_reads_exactly(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(DATA)
    sources = [
        BytesSource(DATA, "x.bin"),
        FileSource(path),
        StreamSource(io.BytesIO(DATA), "x.bin"),
        RecordingSource(FileSource(path)),
        RangesSource("x.bin", 100, [(0, DATA)]),
    ]
    for source in sources:
        assert (source.name, source.size) == ("x.bin", 100)
        assert source.read(90, 10) == DATA[90:]
        assert source.read(100, 0) == b""
        with pytest.raises(EOFError):
            source.read(91, 10)
        source.close()
        assert source.read(5, 2) == DATA[5:7]
        source.close()


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 40)), max_size=12))
def test_what_was_recorded_replays(reads: list[tuple[int, int]]) -> None:
    recording = RecordingSource(BytesSource(DATA, "a/b.bin"))
    done = [(offset, min(length, 100 - offset)) for offset, length in reads]
    answers = [recording.read(*item) for item in done]
    (replay,) = unpack_sources(json.loads(json.dumps(pack_sources([recording]))))
    assert [replay.read(*item) for item in done] == answers
    sent = {place for offset, data in recording.ranges for place in range(offset, offset + len(data))}
    assert sent == {place for offset, length in done for place in range(offset, offset + length)}


BAD_RANGES: dict[str, list[Any]] = {
    "overlap": [[0, "AAAA"], [2, "AAAA"]],
    "contradiction": [[0, "AAAA"], [0, "AQEB"]],
    "descending": [[10, "AAAA"], [0, "AAAA"]],
    "touching": [[0, "AAAA"], [3, "AAAA"]],
    "beyond the end": [[98, "AAAA"]],
    "negative": [[-1, "AAAA"]],
    "empty": [[0, ""]],
    "not base64": [[0, "A"]],
    "no pair": [[0]],
    "offset as text": [["0", "AAAA"]],
    "offset as a float": [[0.0, "AAAA"]],
}


@pytest.mark.parametrize("ranges", BAD_RANGES.values(), ids=BAD_RANGES)
def test_bad_ranges(ranges: list[Any]) -> None:
    with pytest.raises(EvidenceError):
        unpack_sources({"files": [{"name": "x", "size": 100, "ranges": ranges}]})


BAD_FILES: dict[str, Any] = {
    "no list": {},
    "no size": [{"name": "x"}],
    "negative size": [{"name": "x", "size": -1}],
    "absurd size": [{"name": "x", "size": 1 << 60}],
    "unknown field": [{"name": "x", "size": 1, "url": "http://x"}],
    "absolute path": [{"name": "/etc/passwd", "size": 1}],
    "parent": [{"name": "../x", "size": 1}],
    "empty name": [{"name": "", "size": 1}],
    "control character": [{"name": "a\nb", "size": 1}],
}


@pytest.mark.parametrize("files", BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files(files: Any) -> None:
    with pytest.raises(EvidenceError):
        unpack_sources({"files": files})


def test_bytes_that_were_not_sent() -> None:
    source = RangesSource("x", 100, [(0, b"ab"), (10, b"cd")])
    assert source.read(10, 2) == b"cd"
    for offset, length in ((1, 2), (5, 1), (9, 2), (12, 1)):
        with pytest.raises(MissingRangeError, match=f"bytes {offset} to"):
            source.read(offset, length)


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(DATA)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("missing", "link", "."):
        with pytest.raises(WeightsNotFoundError):
            FileSource(tmp_path / name)


def test_a_file_that_changes_hands(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    source = FileSource(path)
    path.rename(tmp_path / "kept")
    path.write_bytes(DATA)
    with pytest.raises(EvidenceError, match="replaced"):
        source.read(0, 1)
    path.unlink()
    path.symlink_to(tmp_path / "kept")
    with pytest.raises(EvidenceError):
        source.read(0, 1)


def test_a_listed_file_that_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    sources = [FileSource(path, listed=True) for _ in range(3)]
    assert sources[0].read(99, 1) == DATA[99:]
    assert sources[1].size == 100
    sources[0].close()
    path.rename(tmp_path / "kept")
    os.mkfifo(path)
    for source in sources:
        with pytest.raises(EvidenceError, match=r"replaced|not a regular file"):
            source.read(0, 1)
    path.unlink()
    path.symlink_to(tmp_path / "kept")
    for source in sources:
        with pytest.raises(EvidenceError):
            source.read(0, 1)


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    source = FileSource(path)
    with path.open("r+b") as file:
        file.truncate(50)
    with pytest.raises(EOFError):
        source.read(40, 20)


@pytest.mark.parametrize("name", ["model.safetensors", "model.gguf", "model.bin", "model.onnx", INDEX])
def test_a_file_that_becomes_shorter(name: str) -> None:
    honest = json.dumps({"weight_map": {"w": "model.safetensors"}}).encode()
    data = {f"model.{suffix}": HONEST[kind] for kind, suffix in SUFFIXES.items()}.get(name, honest)
    stream = io.BytesIO(data)
    source = StreamSource(stream, name)
    stream.truncate(len(data) // 2)
    (problem,) = read_sources([source]).problems
    assert problem.code == "truncated"


def test_a_card_that_becomes_shorter() -> None:
    stream = io.BytesIO(b"---\nlicense: mit\n---\n")
    card = StreamSource(stream, "README.md")
    stream.truncate(8)
    with pytest.raises(EvidenceError, match="ended early"):
        read_upload_sources([BytesSource(HONEST["safetensors"], "model.safetensors"), card])
