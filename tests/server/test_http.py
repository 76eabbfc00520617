"""The HTTP interface itself: methods, media types, limits, policies, health, OpenAPI."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from namegate import Client, RequestRefusedError, ServerUnavailableError, Verdict, validate_name
from namegate_server import judging, responses
from namegate_server.settings import Settings
from tests.doors import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = {"content-type": "application/json"}

REFUSED = [
    # method, path, headers, body, status, kind, part of the detail
    ("POST", "/v1/validate", JSON, b"", 422, "invalid-request", "(body)"),
    ("POST", "/v1/validate", JSON, b"{", 400, "invalid-json", "no JSON"),
    ("POST", "/v1/validate", JSON, b"\xff", 400, "bad-request", "body"),
    ("POST", "/v1/validate", JSON, b"[" * 50_000, 400, "bad-request", "body"),
    ("POST", "/v1/validate", JSON, b"9" * 5_000, 400, "bad-request", "body"),
    ("POST", "/v1/validate", JSON, b"[]", 422, "invalid-request", "(body)"),
    ("POST", "/v1/validate", JSON, b"{}", 422, "invalid-request", "name"),
    ("POST", "/v1/validate", JSON, b'{"name": 1}', 422, "invalid-request", "a name is text"),
    ("POST", "/v1/validate", JSON, b'{"name": "a", "polic": ""}', 422, "invalid-request", "polic"),
    ("POST", "/v1/validate", JSON, b'{"name": "a", "policy": "\\ud800"}', 422, "invalid-request", "policy"),
    ("POST", "/v1/validate", JSON, b'{"name": "a", "policy": "nosuch"}', 404, "policy-not-found", "nosuch"),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name": "a", "policy": "../x.yaml"}',
        404,
        "policy-not-found",
        "x.yaml",
    ),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name": "a", "evidence": {"config": 1}}',
        422,
        "invalid-request",
        "config",
    ),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name": "a", "evidence": {"weights": {"files": []}}}',
        422,
        "weights-not-found",
        "no weights",
    ),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name": "a", "evidence": {"weights": {"files": [{"name": "m.safetensors", "size": 9}]}}}',
        422,
        "missing-range",
        "m.safetensors",
    ),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name": "a", "evidence": {"weights": {"files": [{"name": "../m.safetensors", "size": 9}]}}}',
        422,
        "invalid-evidence",
        "no path inside",
    ),
    (
        "POST",
        "/v1/validate",
        JSON,
        b'{"name":"a","evidence":{"weights":{"files":[{"name":"m","size":9,"ranges":[[0,"?"]]}]}}}',
        422,
        "invalid-evidence",
        "base64",
    ),
    ("POST", "/v1/validate", {}, b"{}", 415, "unsupported-media-type", "application/json"),
    (
        "POST",
        "/v1/validate",
        {"content-type": "text/yaml"},
        b"{}",
        415,
        "unsupported-media-type",
        "text/yaml",
    ),
    (
        "POST",
        "/v1/validate",
        JSON | {"content-encoding": "gzip"},
        b"{}",
        415,
        "unsupported-media-type",
        "compressed",
    ),
    ("GET", "/v1/validate", {}, b"", 405, "method-not-allowed", "GET"),
    ("DELETE", "/v1/policies", {}, b"", 405, "method-not-allowed", "DELETE"),
    ("POST", "/v1/validate/batch", JSON, b'{"items": [{}]}', 422, "invalid-request", "items.0.name"),
    ("POST", "/v1/parse", JSON, b'{"name": "gpt2", "scheme": "nosuch"}', 422, "invalid-scheme", "nosuch"),
    ("POST", "/v1/parse", JSON, b'{"name": "gpt2", "scheme": "./x.lark"}', 422, "invalid-scheme", "unknown"),
    ("POST", "/v1/validate", JSON, b'{"name": 7}', 422, "invalid-request", "name: a name is text"),
    ("GET", "/v1/nosuch", {}, b"", 404, "not-found", "/v1/nosuch"),
    ("GET", "/v1/policies/nosuch", {}, b"", 404, "policy-not-found", "nosuch"),
    ("GET", "/v1/policies/..%2f..%2fetc", {}, b"", 404, "not-found", ""),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "kind", "detail"), REFUSED)
def test_refusals_are_problem_details(
    server: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    kind: str,
    detail: str,
) -> None:
    answer = httpx.request(method, server + path, headers=headers, content=body)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"urn:namegate:problem:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert detail in problem["detail"]
    responses.Problem.model_validate(problem)


def test_a_request_with_very_many_mistakes_gets_a_short_answer(server: str) -> None:
    body = json.dumps({"name": "a", **{f"x{each}": 1 for each in range(10_000)}})
    answer = httpx.post(f"{server}/v1/validate", content=body, headers=JSON)
    assert answer.status_code == 422
    assert len(answer.content) < 10_000
    assert "and 9980 more" in answer.json()["detail"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with tight limits and a folder of policies, of which one is broken and two share a name."""
    folder = tmp_path_factory.mktemp("policies")
    header = "apiVersion: namegate/v1\nkind: NamingPolicy\n"
    (folder / "acme.yaml").write_text(
        f"{header}metadata: {{name: acme, revision: '14'}}\nextends: [namegate:recommended]\n"
        "rules:\n  missing-component: {severity: error, components: [size]}\n"
    )
    (folder / "again.yaml").write_text(f"{header}metadata: {{name: acme, revision: '15'}}\n")
    (folder / "broken.yaml").write_text("- a list\n")
    (folder / "acme_test.yaml").write_text("no policy\n")
    with serving(Settings(policies=folder, max_body=1000, max_names=3)) as url:
        yield url


def test_policies_of_a_folder(small: str) -> None:
    listed = responses.Policies.model_validate_json(httpx.get(f"{small}/v1/policies").content).policies
    assert {"acme", "namegate:recommended"} <= {each.reference for each in listed}
    shown = responses.PolicyDetails.model_validate_json(httpx.get(f"{small}/v1/policies/acme").content)
    assert shown.revision == "14"
    assert [each.options for each in shown.rules if each.rule == "missing-component"] == [
        {"components": ["size"]}
    ]
    answer = httpx.post(f"{small}/v1/validate", json={"name": "x/llama", "policy": "acme"})
    assert (answer.status_code, answer.json()["allowed"]) == (200, False)


def test_a_broken_policy_makes_the_server_unready_and_undecided(small: str) -> None:
    assert httpx.get(f"{small}/health/live").json() == {"status": "live"}
    ready = httpx.get(f"{small}/health/ready")
    assert ready.status_code == 503
    assert set(ready.json()["errors"]) == {"again.yaml", "broken.yaml"}
    answer = httpx.post(f"{small}/v1/validate", json={"name": "x/llama", "policy": "broken"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:namegate:problem:policy-unavailable")


def test_ready_when_all_policies_load(server: str) -> None:
    assert httpx.get(f"{server}/health/ready").json() == {"status": "ready"}


def test_limits(small: str) -> None:
    at_limit = json.dumps({"name": "gpt2"}).ljust(1000).encode()
    assert httpx.post(f"{small}/v1/validate", content=at_limit, headers=JSON).status_code == 200
    pieces = (at_limit[:500], at_limit[500:], b" ")
    for body in (at_limit + b" ", iter(pieces)):
        answer = httpx.post(f"{small}/v1/validate", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:namegate:problem:body-too-large")
    for count, status in ((3, 200), (4, 413)):
        items = [{"name": "gpt2"}] * count
        assert httpx.post(f"{small}/v1/validate/batch", json={"items": items}).status_code == status


def test_a_client_that_goes_away_harms_nobody(server: str) -> None:
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = (
            "POST /v1/validate HTTP/1.1",
            "host: x",
            "content-type: application/json",
            "content-length: 99",
        )
        connection.sendall("\r\n".join([*head, "", "{"]).encode())
    assert httpx.get(f"{server}/health/live").status_code == 200


def test_many_clients_at_once(server: str) -> None:
    names = [f"acme/llama-3-{size}b" for size in range(1, 41)]
    barrier = threading.Barrier(8)

    def ask(part: int) -> list[tuple[str, str]]:
        barrier.wait()
        with httpx.Client(base_url=server) as client:
            answers = [client.post("/v1/validate", json={"name": name}).json() for name in names[part::8]]
        return [(answer["name"]["text"], answer["decision_id"]) for answer in answers]

    with ThreadPoolExecutor(8) as pool:
        asked = [pair for part in pool.map(ask, range(8)) for pair in part]
    assert sorted(name for name, _ in asked) == sorted(names)
    assert len({decision for _, decision in asked}) == len(names)


def test_openapi_and_its_page_need_no_other_host(server: str) -> None:
    document = httpx.get(f"{server}/openapi.json").json()
    assert {
        "/v1/validate",
        "/v1/validate/batch",
        "/v1/parse",
        "/v1/policies",
        "/v1/policies/{name}",
        "/health/live",
        "/health/ready",
    } <= set(document["paths"])
    page = httpx.get(f"{server}/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text


def test_the_front_leads_to_a_page(small: str, tmp_path: Path) -> None:
    assert httpx.get(small, follow_redirects=True).url.path == "/docs"
    with serving(Settings(database=f"sqlite:///{tmp_path / 'log.db'}")) as url:
        answer = httpx.get(url, follow_redirects=True)
    assert (answer.url.path, answer.status_code) == ("/decisions", 200)


def test_a_bug_is_an_answer_too(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(judging, "judge", broken)
    answer = httpx.post(f"{small}/v1/validate", json={"name": "gpt2"})
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:namegate:problem:internal-error")
    assert "ZeroDivisionError" in answer.json()["detail"]
    assert "secret" not in answer.text
    with pytest.raises(ServerUnavailableError, match="unable to decide"):
        validate_name("gpt2", url=small)


def test_the_policy_of_an_organization_needs_no_naming(tmp_path: Path) -> None:
    header = "apiVersion: namegate/v1\nkind: NamingPolicy\n"
    for name, organizations in (("acme", "[acme, both]"), ("zeta", "['zeta-*', both]")):
        (tmp_path / f"{name}.yaml").write_text(
            f"{header}metadata: {{name: {name}, revision: '1'}}\n"
            f"bindings: {{organizations: {organizations}}}\n"
        )
    (tmp_path / "loose.yaml").write_text(f"{header}metadata: {{name: loose, revision: '1'}}\n")
    chosen = {"acme/x": "acme", "zeta-labs/x": "zeta", "other/x": "recommended", "x": "recommended"}
    with serving(Settings(policies=tmp_path)) as url, Client(url) as client:
        for name, policy in chosen.items():
            assert client.validate(name).policy.name == policy
            assert client.validate(name, policy="loose").policy.name == "loose"
        *batch, ambiguous = client.validate_batch([*chosen, "both/x"])
        assert [each.policy.name for each in batch if isinstance(each, Verdict)] == list(chosen.values())
        assert isinstance(ambiguous, RequestRefusedError)
        with pytest.raises(RequestRefusedError, match="several policies are for both: acme, zeta"):
            client.validate("both/x")
