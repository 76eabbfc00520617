"""Uploads by huggingface_hub to a hub on loopback, which keeps what it is sent."""

from __future__ import annotations

import io
import json
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from namegate.hooks.gate import Gate, NameRefusedError
from namegate.hooks.huggingface import CheckedHfApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Hub(ThreadingHTTPServer):
    """The part of the Hub's interface that an upload of small files uses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[str] = []
        self.files: dict[str, bytes] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(self.path)
        repo = "/".join(self.path.split("/")[3:5])
        answer: dict[str, object] = {}
        if "/preupload/" in self.path:
            listed = json.loads(body)["files"]
            answer["files"] = [
                {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False} for each in listed
            ]
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    self.server.files[f"{repo}/{value['path']}"] = b64decode(value["content"])
            commit = "a" * 40
            answer = {"commitUrl": f"{self.server.url}/{repo}/commit/{commit}", "commitOid": commit}
        elif self.path == "/api/repos/create":
            created = json.loads(body)
            answer["url"] = f"{self.server.url}/{created['organization']}/{created['name']}"
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def api(hub: Hub) -> CheckedHfApi:
    return CheckedHfApi(endpoint=hub.url, token="hf_none", gate=Gate())  # noqa: S106


def test_a_folder_with_a_true_name_is_uploaded(api: CheckedHfApi, hub: Hub, checkpoint: Path) -> None:
    api.create_repo("acme/bert-tiny")
    api.upload_folder(repo_id="acme/bert-tiny", folder_path=checkpoint)
    for path in checkpoint.iterdir():
        assert hub.files[f"acme/bert-tiny/{path.name}"] == path.read_bytes()


def test_nothing_is_sent_under_a_false_name(api: CheckedHfApi, hub: Hub, checkpoint: Path) -> None:
    weights = checkpoint / "model.safetensors"
    name = "acme/bert-7b"
    attempts = [
        lambda: api.upload_folder(repo_id=name, folder_path=checkpoint),
        lambda: api.upload_folder(repo_id=name, folder_path=checkpoint, repo_type="model"),
        lambda: api.upload_file(repo_id=name, path_or_fileobj=weights, path_in_repo="model.safetensors"),
        lambda: api.upload_file(
            repo_id=name, path_or_fileobj=weights.read_bytes(), path_in_repo="model.safetensors"
        ),
        lambda: api.create_commit(
            name,
            [
                CommitOperationAdd("model.safetensors", io.BytesIO(weights.read_bytes())),
                CommitOperationDelete("x"),
            ],
            commit_message="x",
        ),
    ]
    for attempt in attempts:
        with pytest.raises(NameRefusedError, match="size-mismatch"):
            attempt()
    assert hub.requests == []


def test_what_is_left_out_is_not_judged(api: CheckedHfApi, hub: Hub, checkpoint: Path) -> None:
    api.upload_folder(repo_id="acme/bert-7b", folder_path=checkpoint, ignore_patterns=["*.safetensors"])
    assert "acme/bert-7b/config.json" in hub.files
    assert "acme/bert-7b/model.safetensors" not in hub.files


def test_names_alone(hub: Hub, tmp_path: Path) -> None:
    policy = tmp_path / "acme.yaml"
    policy.write_text(
        "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme, revision: '1'}\n"
        "rules: {missing-component: {severity: error, components: [size]}}\n"
    )
    api = CheckedHfApi(endpoint=hub.url, token="hf_none", gate=Gate(policy=policy))  # noqa: S106
    with pytest.raises(NameRefusedError, match="missing-component"):
        api.create_repo("acme/bert")
    with pytest.raises(NameRefusedError, match="missing-component"):
        api.move_repo("acme/bert-base", "acme/bert")
    assert hub.requests == []
    api.create_repo("acme/bert", repo_type="dataset")
    assert hub.requests == ["/api/repos/create"]
