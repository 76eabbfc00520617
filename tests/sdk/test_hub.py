"""Checkpoints on the Hub: the real client, and a hub on loopback that sends byte ranges of sparse files."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import HfApi

from namegate.evidence import gather
from namegate.hub import HubSource, hub_files
from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from tests.doors import namegate
from tests.policy.architecture.headers import llama
from tests.policy.architecture.networks import resnet50
from tests.policy.weights.build import write_safetensors, write_sharded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT = "c" * 40


class Hub(ThreadingHTTPServer):
    """The part of the Hub's interface by which a repository is listed and its files are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.sent = 0
        self.ranges = True


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
            return self._list(found[1], found[2])
        found = re.fullmatch(r"/(?:(cdn)/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if found is None or found[3] != COMMIT:
            return self._answer(404, b"")
        if not found[1]:  # as the Hub leads to where large files lie
            self.send_response(302)
            self.send_header("location", f"{self.server.url}/cdn{path}")
            self.send_header("content-length", "0")
            return self.end_headers()
        return self._send(self.server.root / found[2] / found[4])

    def _list(self, repository: str, revision: str | None) -> None:
        folder = self.server.root / repository
        if not folder.is_dir() or revision not in (None, "main"):
            return self._answer(404, b"", ("X-Error-Code", "RepoNotFound"))
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        listed = [
            {"rfilename": str(file.relative_to(folder)), "size": file.stat().st_size, "blobId": "b" * 40}
            for file in files
        ]
        answer = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": listed, "tags": []}
        return self._answer(200, json.dumps(answer).encode())

    def _send(self, file: Path) -> None:
        first, last = map(int, self.headers["range"].removeprefix("bytes=").split("-"))
        with file.open("rb") as stream:
            stream.seek(first)
            data = stream.read(last - first + 1)
        if not self.server.ranges:
            return self._answer(200, data)
        self.server.sent += len(data)
        return self._answer(206, data)

    def _answer(self, status: int, data: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("content-type", "application/json"), *headers):
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def repository(tmp_path: Path) -> str:
    """Lay out a Llama of 8B in four shards of 16 GB, which take no room on the disk."""
    folder = tmp_path / "acme" / "llama-3-8b"
    folder.mkdir(parents=True)
    shapes = [(name, ("BF16", shape)) for name, shape in llama().items()]
    write_sharded(folder, [dict(shapes[start::4]) for start in range(4)])
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "README.md").write_text("---\nlicense: llama3\n---\n# A card\n")
    (folder / ".gitattributes").write_text("*.safetensors filter=lfs\n")
    return "acme/llama-3-8b"


def files(hub: Hub, repository: str) -> list[HubSource]:
    return hub_files(repository, HfApi(endpoint=hub.url, token=False))


def test_a_checkpoint_of_16_gb_is_read_by_its_headers(hub: Hub, repository: str) -> None:
    found = files(hub, repository)
    assert sum(file.size for file in found) > 16 * 10**9
    evidence = gather(found)
    assert evidence.architecture is not None
    assert evidence.architecture.parameters == 8_030_261_248
    assert evidence.config == {"model_type": "llama"}
    assert evidence.card == {"license": "llama3"}
    assert hub.sent < 500_000


def test_hidden_files_are_left_out(hub: Hub, repository: str) -> None:
    assert all(not file.name.startswith(".") for file in files(hub, repository))


def test_what_is_not_there(hub: Hub, repository: str) -> None:
    for missing in ("acme/nothing", f"{repository}@v9"):
        with pytest.raises(WeightsNotFoundError):
            files(hub, missing)
    (card,) = [file for file in files(hub, repository) if file.name == "README.md"]
    with pytest.raises(EOFError):
        card.read(0, card.size + 1)


def test_a_server_without_ranges_is_refused_before_it_sends_the_file(hub: Hub, repository: str) -> None:
    hub.ranges = False
    with pytest.raises(EvidenceError, match="other bytes than it was asked for"):
        gather(files(hub, repository))


def test_a_hub_that_is_down_is_an_error() -> None:
    with pytest.raises(EvidenceError):
        hub_files("acme/llama", HfApi(endpoint="http://127.0.0.1:9", token=False))


def test_the_commands_take_an_id(hub: Hub, repository: str) -> None:
    facts = json.loads(namegate("weights", repository, "--format", "json", HF_ENDPOINT=hub.url).stdout)
    assert facts["parameters"] == 8_030_261_248
    told = namegate("compare", "--name", "acme/llama-3-7b", f"{repository}@main", HF_ENDPOINT=hub.url)
    assert told.returncode == 1
    assert "parameters: 7b → 8.03B" in told.stdout.decode()
    missing = namegate("weights", "acme/nothing", HF_ENDPOINT=hub.url)
    assert missing.returncode == 2


def test_a_path_is_no_id(tmp_path: Path) -> None:
    """What is there on disk is meant; what is neither there nor an id is an error of the path."""
    folder = tmp_path / "acme" / "resnet50"
    folder.mkdir(parents=True)
    write_safetensors(folder / "model.safetensors", {name: ("F32", s) for name, s in resnet50().items()})
    nowhere = "http://127.0.0.1:9"
    done = namegate("weights", "acme/resnet50", cwd=tmp_path, HF_ENDPOINT=nowhere)
    assert done.returncode == 0, done.stderr
    assert namegate("weights", str(tmp_path / "no" / "where"), HF_ENDPOINT=nowhere).returncode == 2
