"""The decision log and its pages, API keys; on SQLite, and on PostgreSQL where one is named."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text

from namegate import AccessDeniedError, Client, validate_name
from namegate_server import responses
from namegate_server.decisions import DecisionLog, DecisionLogError
from namegate_server.keys import KeyFileError, Keys
from namegate_server.settings import Settings
from tests.doors import namegate, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLICY = "namegate:recommended"
DATABASES = ["sqlite", *filter(None, [os.environ.get("NAMEGATE_TEST_POSTGRESQL")])]
"""NAMEGATE_TEST_POSTGRESQL is the URL of a database in which tests may make and drop a schema."""


@pytest.fixture(params=DATABASES, ids=lambda url: url.partition(":")[0])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.db'}"
        return
    schema = f"namegate_{uuid4().hex}"
    engine = create_engine(request.param)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{request.param}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def test_every_verdict_is_kept_byte_for_byte(database: str) -> None:
    names = ["acme/llama-3-8b", "acme/модель", "../x", "acme/<b>&-7b"]
    with serving(Settings(database=database)) as url, Client(url) as client:
        verdicts = [client.validate("acme/bert-base", policy=POLICY)]
        verdicts += [each for each in client.validate_batch(names, policy=POLICY) if hasattr(each, "outcome")]
        assert len(verdicts) == 4
        listed = responses.Decisions.model_validate_json(httpx.get(f"{url}/v1/decisions").content).decisions
        assert [each.decision_id for each in listed] == [each.decision_id for each in verdicts[::-1]]
        assert all(each.client is None and each.at.endswith("Z") for each in listed)
        for verdict in verdicts:
            kept = httpx.get(f"{url}/v1/decisions/{verdict.decision_id}")
            assert kept.content == verdict.to_json()
            page = httpx.get(f"{url}/decisions/{verdict.decision_id}")
            assert page.status_code == 200
            assert verdict.decision_id in page.text
            assert "<b>&" not in page.text
        one = httpx.get(f"{url}/v1/decisions", params={"limit": 1, "before": listed[0].number}).json()
        assert [each["number"] for each in one["decisions"]] == [listed[1].number]
        by_name = httpx.get(f"{url}/v1/decisions", params={"name": "acme/модель"}).json()["decisions"]
        assert [each["name"] for each in by_name] == ["acme/модель"]
        denied = httpx.get(f"{url}/decisions", params={"outcome": "denied", "name": ""})
        assert ("acme/bert-base" in denied.text) is (not verdicts[0].allowed)
        assert httpx.get(f"{url}/health/ready").status_code == 200
    with serving(Settings(database=database)) as url:
        assert len(httpx.get(f"{url}/v1/decisions").json()["decisions"]) == 4


def test_the_page_of_a_decision_shows_the_weights_as_people_write_them(
    tmp_path: Path, checkpoint: Path
) -> None:
    with serving(Settings(database=f"sqlite:///{tmp_path / 'd.db'}")) as url, Client(url) as client:
        verdict = client.validate("acme/bert-7b", policy=POLICY, weights=checkpoint)
        page = httpx.get(f"{url}/decisions/{verdict.decision_id}").text
    assert verdict.weights is not None
    assert f"<td>parameters<td>{verdict.weights['parameters']:,}<" in page
    assert f"<td>families<td>{verdict.weights['families'][0]}" in page
    assert "acme/bert-<mark>7</mark><mark>b</mark>" in page


def test_what_cannot_be_recorded_is_not_decided(database: str) -> None:
    with serving(Settings(database=database)) as url:
        engine = create_engine(database)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE namegate_decisions"))
        engine.dispose()
        answer = httpx.post(f"{url}/v1/validate", json={"name": "gpt2"})
        assert (answer.status_code, answer.json()["type"]) == (
            503,
            "urn:namegate:problem:decision-log-unavailable",
        )
        assert httpx.get(f"{url}/health/ready").status_code == 503
        assert httpx.get(f"{url}/health/live").status_code == 200


REFUSED = [
    ("/v1/decisions?limit=0", 422),
    ("/v1/decisions?limit=100000", 422),
    ("/v1/decisions?before=99999999999999999999", 422),
    ("/v1/decisions?outcome=maybe", 422),
    ("/v1/decisions?name=%00", 422),
    ("/v1/decisions/nosuch", 404),
    ("/decisions/nosuch", 404),
]


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_refused(path: str, status: int, logging_server: str) -> None:
    answer = httpx.get(logging_server + path)
    assert answer.status_code == answer.json()["status"] == status


@pytest.fixture(scope="module")
def logging_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(Settings(database=f"sqlite:///{tmp_path_factory.mktemp('log') / 'x.db'}")) as url:
        yield url


@pytest.mark.parametrize(
    "url", ["nosuch://x", "sqlite:////nowhere/at/all.db", "postgresql+psycopg://127.0.0.1:1/x", ""]
)
def test_a_database_that_does_not_open(url: str) -> None:
    with pytest.raises(DecisionLogError, match="unable to open the decision log"):
        DecisionLog(url)


def test_a_driver_that_is_not_installed() -> None:
    with pytest.raises(DecisionLogError, match=r"cx_Oracle is not installed; .*namegate\[postgresql\]"):
        DecisionLog("oracle+cx_oracle://x")


def test_keys(tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(f"# who may ask\n\n{sha256(b's3cret').hexdigest()}  the hub\n")
    log = f"sqlite:///{tmp_path / 'log.db'}"
    with serving(Settings(keys=keys, database=log)) as url:
        for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
            assert httpx.get(url + path).status_code == 200
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": "s3cret"},
            {"authorization": "Basic ?"},
        ):
            for path in ("/v1/policies", "/decisions", "/v1/nosuch"):
                answer = httpx.get(url + path, headers=headers)
                assert (answer.status_code, answer.headers["content-type"]) == (
                    401,
                    "application/problem+json",
                )
        assert httpx.get(f"{url}/decisions", auth=("me", "s3cret")).status_code == 200
        with pytest.raises(AccessDeniedError, match="no key of this server"):
            validate_name("gpt2", url=url, key="wrong")
        assert validate_name("gpt2", url=url, key="s3cret").to_json() == validate_name("gpt2").to_json()
        listed = httpx.get(f"{url}/v1/decisions", headers={"authorization": "Bearer s3cret"}).json()[
            "decisions"
        ]
        assert [each["client"] for each in listed] == ["the hub"]
        assert namegate("check", "gpt2", "--url", url, NAMEGATE_KEY="s3cret").returncode == 0
        assert json.loads(httpx.get(f"{url}/v1/policies").content)["status"] == 401


@pytest.mark.parametrize(
    "line", ["s3cret the hub", "abc", "0" * 64, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")]
)
def test_a_broken_key_file(line: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(f"\n{line}\n")
    with pytest.raises(KeyFileError, match=r"keys\.txt:2: expected the SHA-256 of a key"):
        Keys.load(path)
