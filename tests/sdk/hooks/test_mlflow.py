"""MLflow's registry in a database, behind the gate."""

from __future__ import annotations

import tomllib
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from mlflow.exceptions import MlflowException

from namegate.hooks.gate import Gate
from namegate.hooks.mlflow import CheckedStore, gate_of_environment
from tests.doors import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CheckedStore:
    folder = tmp_path_factory.mktemp("mlflow")
    policy = folder / "acme.yaml"
    policy.write_text(
        "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme, revision: '1'}\n"
        "extends: [namegate:recommended]\nrules: {forbidden-word: {severity: error, words: [secret]}}\n"
    )
    return CheckedStore(f"namegate:sqlite:///{folder / 'registry.db'}", gate=Gate(policy=policy))


def test_true_names(store: CheckedStore, checkpoint: Path) -> None:
    store.create_registered_model("bert-tiny", description="a model")
    for source in (str(checkpoint), checkpoint.as_uri()):
        assert store.create_model_version("bert-tiny", source).name == "bert-tiny"
    assert store.create_model_version("bert-tiny", "s3://elsewhere/bert").source == "s3://elsewhere/bert"
    assert store.rename_registered_model("bert-tiny", "bert-mini").name == "bert-mini"


def test_false_names(store: CheckedStore, checkpoint: Path) -> None:
    store.create_registered_model("bert-7b")
    for source in (str(checkpoint), checkpoint.as_uri()):
        with pytest.raises(MlflowException, match="size-mismatch") as raised:
            store.create_model_version("bert-7b", source)
        assert raised.value.get_http_status_code() == 403
    with pytest.raises(MlflowException, match="forbidden-word"):
        store.create_registered_model("bert-secret")
    with pytest.raises(MlflowException, match="forbidden-word"):
        store.rename_registered_model("bert-7b", "bert-secret")
    assert [model.name for model in store.search_registered_models() if "secret" in model.name] == []


def test_the_entry_point() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    module, _, name = declared["mlflow.model_registry_store"]["namegate"].partition(":")
    assert getattr(import_module(module), name) is CheckedStore


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMEGATE_POLICY", "acme.yaml")
    monkeypatch.setenv("NAMEGATE_FAILURE", "open")
    assert gate_of_environment() == Gate(policy="acme.yaml", failure="open")
    monkeypatch.setenv("NAMEGATE_FAILURE", "maybe")
    with pytest.raises(ValueError, match="open or closed"):
        gate_of_environment()
