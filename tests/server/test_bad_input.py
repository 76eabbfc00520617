"""Bad input through every door: an error of its own kind, a clear message, no traceback, nothing lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from namegate import Client, NamegateError, UnreadableNameError, validate_name
from tests.doors import free_port, namegate

if TYPE_CHECKING:
    from pathlib import Path

UNREADABLE = [
    # name, reason
    ("", "empty"),
    ("x" * 10_000, "too-long"),
    ("acme/a\x00b", "control-character"),
    ("acme/a\x1b[31mb", "control-character"),
    ("acme/a\nb", "control-character"),
    ("acme/a\ud800b", "unpaired-surrogate"),
    ("acme/a\u202eb", "bidirectional-mark"),
    ("../x", "path"),
    ("/etc/passwd", "path"),
]


@pytest.mark.parametrize(("name", "reason"), UNREADABLE)
def test_unreadable_names(server: str, name: str, reason: str) -> None:
    with pytest.raises(UnreadableNameError) as here:
        validate_name(name)
    with pytest.raises(UnreadableNameError) as there:
        validate_name(name, url=server)
    for error in (here.value, there.value):
        assert (error.reason, error.source) == (reason, name)
    assert (str(there.value), there.value.span) == (str(here.value), here.value.span)

    answer = _post(server, "/v1/validate", {"name": name})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:namegate:problem:unreadable-name"
    assert answer.json()["reason"] == reason
    assert _post(server, "/v1/parse", {"name": name}).json() == answer.json()


def test_unreadable_names_lose_no_other_verdict(server: str) -> None:
    names = ["acme/llama-3-8b", *(name for name, _ in UNREADABLE), "acme/bert-base"]
    with Client(server) as client:
        results = client.validate_batch(names, policy="namegate:recommended")
    assert [getattr(each, "reason", "judged") for each in results] == [
        "judged",
        *(reason for _, reason in UNREADABLE),
        "judged",
    ]
    lines = b"\n".join(name.encode("utf-8", "surrogatepass") for name in names if name and "\n" not in name)
    for options in ([], ["--url", server]):
        done = namegate("check", "--format", "jsonl", *options, stdin=lines)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 2
        assert (len(records), "allowed" in records[0], "allowed" in records[-1]) == (9, True, True)
        text = namegate("check", *options, stdin=lines)
        assert (text.returncode, text.stderr) == (2, b"")
        assert not {0, 27} & set(text.stdout)


def _files(folder: Path) -> dict[str, Any]:
    """Write bad files of every kind, and return their paths by name."""
    contents = {
        "list.yaml": b"- a\n- b\n",
        "broken.yaml": b"kind: [",
        "binary.yaml": b"\xff\xfe\x00",
        "truncated.safetensors": (1000).to_bytes(8, "little") + b'{"a":',
        "lying.safetensors": (2**40).to_bytes(8, "little") + b"{}",
        "notes.txt": b"no weights",
        "list.json": b"[1]",
        "broken.json": b"{",
        "deep.json": b"[" * 100_000,
        "surrogate.json": b'{"model_type": "\\ud800"}',
        "alias.md": b"---\na: &x [1]\nb: *x\n---\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "empty").mkdir()
    return {path.name: path for path in folder.iterdir()}


UNDECIDED = [
    # arguments of `check`, part of the message
    (["gpt2", "--policy", "{list.yaml}"], "list.yaml:1:1"),
    (["gpt2", "--policy", "{broken.yaml}"], "broken.yaml:"),
    (["gpt2", "--policy", "{binary.yaml}"], "UTF-8"),
    (["gpt2", "--policy", "{nowhere}"], "nowhere"),
    (["gpt2", "--policy", "namegate:nosuch"], "namegate:recommended"),
    (["gpt2", "--weights", "{nowhere}"], "nowhere"),
    (["gpt2", "--weights", "{empty}"], "no weights"),
    (["gpt2", "--weights", "{notes.txt}"], "notes.txt"),
    (["gpt2", "--config", "{list.json}"], "list.json"),
    (["gpt2", "--config", "{broken.json}"], "broken.json"),
    (["gpt2", "--config", "{deep.json}"], "deep.json"),
    (["gpt2", "--config", "{surrogate.json}"], "surrogate.json"),
    (["gpt2", "--config", "{nowhere}"], "nowhere"),
    (["gpt2", "--card", "{alias.md}"], "alias.md"),
    (["gpt2", "--card", "{empty}"], "empty"),
    (["gpt2", "--url", "http://127.0.0.1:{port}"], "cannot be reached"),
    (["gpt2", "--url", "no url"], "no http(s) URL"),
    (["gpt2", "--url", "ftp://127.0.0.1/"], "no http(s) URL"),
    (["gpt2", "--url", "http://[::1"], "no URL"),
    (["gpt2", "--url", "{server}", "--policy", "{list.yaml}"], "there is no policy"),
    (["gpt2", "--url", "{server}/nowhere"], "there is nothing at"),
    (["gpt2", "--url", "{server}", "--weights", "{empty}"], "no weights"),
    (["gpt2", "--url", "{server}", "--weights", "{nowhere}"], "nowhere"),
    ([], "standard input holds no names"),
]


def test_what_cannot_be_decided_ends_with_2(
    server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from namegate.cli import main

    values = {name: str(path) for name, path in _files(tmp_path).items()}
    values |= {"nowhere": str(tmp_path / "nowhere"), "server": server, "port": str(free_port())}
    for arguments, message in UNDECIDED:
        if not arguments:
            continue
        filled = [_fill(argument, values) for argument in arguments]
        code = main(["check", *filled])
        output, errors = capfd.readouterr()
        assert (code, output) == (2, ""), arguments
        assert message in errors, arguments
        assert "Traceback" not in errors
        assert "internal error" not in errors, arguments


def test_no_names_at_all() -> None:
    done = namegate("check")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard input holds no names" in done.stderr


@pytest.mark.parametrize("name", ["truncated.safetensors", "lying.safetensors"])
def test_weights_that_cannot_be_trusted_are_no_pass(server: str, tmp_path: Path, name: str) -> None:
    path = _files(tmp_path)[name]
    policy = tmp_path / "asks.yaml"
    here = validate_name("acme/llama-3-8b", weights=path)
    assert here.weights is None
    assert validate_name("acme/llama-3-8b", weights=path, url=server).to_json() == here.to_json()
    assert policy.name


def _fill(argument: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        argument = argument.replace(f"{{{name}}}", value)
    return argument


def _post(server: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(server + path, content=json.dumps(body), headers={"content-type": "application/json"})


def test_every_error_is_one_of_ours(server: str) -> None:
    with pytest.raises(NamegateError), Client(server) as client:
        client.policy("no such policy/../../x")
