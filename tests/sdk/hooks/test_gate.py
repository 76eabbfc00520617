"""The decision that all hooks share: who may pass, and what happens when there is no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from namegate import ServerUnavailableError, UnreadableNameError, Verdict
from namegate.hooks.gate import Gate, NameRefusedError
from namegate_policy.errors import EvidenceError, PolicyError
from namegate_policy.weights import BytesSource, upload_files
from tests.doors import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.weights import ByteSource

POLICY = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {{name: acme, revision: '1'}}\nfailure: {}\n"
BROKEN_CONFIG = [BytesSource(b"{", "config.json")]
BROKEN_CARD = [BytesSource(b"---\na: [\n---\n", "README.md")]


def test_names_and_weights(checkpoint: Path) -> None:
    assert Gate().admit("acme/bert-tiny", upload_files(checkpoint)).admitted
    refused = Gate().admit("acme/bert-7b", upload_files(checkpoint))
    assert not refused.admitted
    assert isinstance(refused.result, Verdict)
    assert "size-mismatch" in str(refused)
    with pytest.raises(NameRefusedError, match="size-mismatch") as raised:
        Gate().check("acme/bert-7b", upload_files(checkpoint))
    assert raised.value.admission == refused


def test_an_upload_without_weights_is_judged_by_its_documents() -> None:
    files = [BytesSource(b'{"model_type": "bert"}', "config.json"), BytesSource(b"# A card\n", "README.md")]
    assert Gate().admit("acme/bert-tiny", files).admitted
    assert Gate().admit("acme/bert-tiny", []).admitted


def test_a_server_decides_alike(server: str, checkpoint: Path) -> None:
    for files in (upload_files(checkpoint), [BytesSource(b'{"model_type": "bert"}', "config.json")], None):
        here = Gate().admit("acme/bert-7b", files)
        there = Gate(policy="namegate:recommended", url=server).admit("acme/bert-7b", files)
        assert isinstance(here.result, Verdict)
        assert isinstance(there.result, Verdict)
        assert there.result.to_json() == here.result.to_json()


NO_DECISION: list[tuple[dict[str, Any], str, list[ByteSource], type[Exception], bool]] = [
    # gate, name, files, error, whether an open gate lets it pass
    ({"policy": "namegate:nosuch"}, "acme/bert", [], PolicyError, True),
    ({"url": "http://127.0.0.1:{port}"}, "acme/bert", [], ServerUnavailableError, True),
    ({}, "../bert", [], UnreadableNameError, False),
    ({}, "acme/bert", BROKEN_CONFIG, EvidenceError, False),  # type: ignore[list-item]
    ({}, "acme/bert", BROKEN_CARD, EvidenceError, False),  # type: ignore[list-item]
    ({"names": "/nowhere/names.txt"}, "acme/bert", [], EvidenceError, False),
]


@pytest.mark.parametrize(("options", "name", "files", "error", "passes"), NO_DECISION)
def test_failure(
    options: dict[str, Any], name: str, files: list[ByteSource], error: type[Exception], passes: bool
) -> None:
    options = {key: value.replace("{port}", str(free_port())) for key, value in options.items()}
    for failure, admitted in (("open", passes), ("closed", False), (None, False)):
        admission = Gate(**options, failure=failure).admit(name, files)  # type: ignore[arg-type]
        assert isinstance(admission.result, error)
        assert admission.admitted is admitted


@pytest.mark.parametrize("failure", ["open", "closed"])
def test_a_loaded_policy_says_what_a_failure_means(failure: str, tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(POLICY.format(failure))
    assert Gate(policy=path).admit("acme/bert", []).admitted
    assert not Gate(policy=path).admit("acme/bert", BROKEN_CONFIG).admitted  # type: ignore[arg-type]
