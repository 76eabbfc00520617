"""One verdict, byte for byte, in process, on the command line, and from a server by both clients."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from namegate import AsyncClient, Client, parse_name, validate_name
from namegate.evidence import pack
from namegate_policy.naming.record import name_to_dict
from namegate_server import responses
from namegate_server.settings import Settings
from tests.doors import namegate, serving

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "acme/llama-3-7b",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "Qwen/Qwen3-30B-A3B-Instruct-2507",
    "model",
    "acme/test_final--2",
    "acme/模型-7b",
    "a/" + "x-" * 40 + "x",
    "lмstudio/llama-3-8b",
]
POLICY = "namegate:recommended"


@pytest.mark.parametrize("name", NAMES)
def test_names(server: str, name: str) -> None:
    here = validate_name(name).to_json()
    with Client(server) as client:
        assert client.validate(name, policy=POLICY).to_json() == here
        assert name_to_dict(client.parse(name)) == name_to_dict(parse_name(name))
    sent = json.dumps({"name": name, "policy": POLICY})
    answer = httpx.post(f"{server}/v1/validate", content=sent, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.content == here
    responses.Verdict.model_validate_json(answer.content)


def test_many_names_at_once(server: str) -> None:
    here = [validate_name(name).to_json() for name in NAMES]
    typed = "\n".join(NAMES).encode()
    assert namegate("check", "--format", "jsonl", stdin=typed).stdout.splitlines() == here
    by_server = namegate("check", "-", "--format", "jsonl", "--url", server, stdin=typed)
    assert by_server.stdout.splitlines() == here
    with Client(server) as client:
        assert [each.to_json() for each in client.validate_batch(NAMES, policy=POLICY)] == here  # type: ignore[union-attr]


def test_weights_config_and_card(server: str, checkpoint: Path) -> None:
    name = "acme/bert-tiny-7b"
    here = validate_name(name, weights=checkpoint)
    assert here.weights
    assert validate_name(name, weights=checkpoint, url=server).to_json() == here.to_json()
    assert asyncio.run(_by_async_client(server, name, checkpoint)) == here.to_json()
    for options in ([], ["--url", server]):
        done = namegate("check", name, "--weights", checkpoint, "--format", "json", *options)
        assert done.stdout == here.to_json() + b"\n"
        assert done.returncode == (0 if here.allowed else 1)


async def _by_async_client(url: str, name: str, weights: Path) -> bytes:
    async with AsyncClient(url) as client:
        verdicts = await asyncio.gather(
            *(client.validate(name, policy=POLICY, weights=weights) for _ in range(5))
        )
        batch = await client.validate_batch([name], policy=POLICY)
        assert await client.policies()
        assert (await client.policy(POLICY))["reference"] == POLICY
        assert (await client.parse(name)).text == name
    assert len({verdict.to_json() for verdict in verdicts}) == len(batch)
    return verdicts[0].to_json()


def test_only_headers_travel(checkpoint: Path) -> None:
    stored = (checkpoint / "model.safetensors").stat().st_size
    header = int.from_bytes((checkpoint / "model.safetensors").read_bytes()[:8], "little") + 8
    files = pack(checkpoint)["weights"]["files"]
    sent = {file["name"]: sum(len(data) * 3 // 4 for _, data in file["ranges"]) for file in files}
    assert header <= sent["model.safetensors"] <= header + 64 < stored


DOCUMENTS: list[dict[str, Any]] = [
    {"config": {"model_type": "bert", "time_step_limit": [0.0, float("inf")], "vocab_size": 10**30}},
    {"card": {"license": "mit", "base_model": ["a/b", "c/d"], "language": "no"}},
    {"config": {}, "card": {}},
]


@pytest.mark.parametrize("documents", DOCUMENTS)
def test_documents_without_weights(server: str, documents: dict[str, Any]) -> None:
    here = validate_name("acme/bert-base", **documents)
    assert validate_name("acme/bert-base", url=server, **documents).to_json() == here.to_json()


def test_documents_replace_those_beside_the_weights(server: str, checkpoint: Path, tmp_path: Path) -> None:
    config = tmp_path / "other.json"
    config.write_text('{"model_type": "gpt2"}')
    card = tmp_path / "CARD.md"
    card.write_text("---\nlicense: mit\n---\n")
    given = {"weights": checkpoint, "config": config, "card": card}
    here = validate_name("acme/bert-base", **given)  # type: ignore[arg-type]
    there = validate_name("acme/bert-base", url=server, **given)  # type: ignore[arg-type]
    assert there.to_json() == here.to_json()


def test_names_that_exist(tmp_path: Path) -> None:
    policy = tmp_path / "taken.yaml"
    policy.write_text(
        "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: taken, revision: '1'}\n"
        "rules: {name-taken: error, look-alike: error}\n"
    )
    known = tmp_path / "names.txt"
    known.write_text("acme/llama-3-8b\nacme/bert-base\n")
    with serving(Settings(policies=tmp_path, names=known)) as url:
        for name, allowed in (
            ("acme/llama-3-8b", False),
            ("acrne/llama-3-8b", False),
            ("zeta/t5-small", True),
        ):
            here = validate_name(name, policy=policy, names=known, owner="42")
            there = validate_name(name, policy="taken", url=url, owner="42")
            assert (here.allowed, there.to_json()) == (allowed, here.to_json()), name
    done = namegate("check", "acme/llama-3-8b", "--policy", policy, "--names", known, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["allowed"]) == (1, False)
    assert namegate("check", "x", "--names", tmp_path / "nowhere").returncode == 2
