"""What the registries' own packages say of names, as a table that tests can read without the packages.

In an environment with packageurl-python, mlflow-skinny and kagglehub,
`python tests/policy/naming/record_registries.py > tests/policy/naming/recorded/registries.json` writes it.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SHA = "559062ad13d311b87b2c455e67dcd5f1c8f65111"
PURLS = [
    f"pkg:huggingface/microsoft/deberta-v3-base@{SHA}",
    f"pkg:huggingface/microsoft/deberta-v3-base@{SHA}?repository_url=https://hub-ci.huggingface.co",
    "pkg:huggingface/microsoft/DeBERTa-v3-base",
    "pkg:mlflow/creditfraud@3?repository_url=https://westus2.api.azureml.ms/mlflow/v1.0",
    "pkg:mlflow/trafficsigns@10?model_uuid=36233173b22f4c89b451f1228d700d49&run_id=410a3121",
    "pkg:mlflow/llama",
    "pkg:huggingface/",
    "huggingface/acme/llama",
    "pkg:",
    "",
]
URIS = [
    "models:/llama-3/1",
    "models:/llama 3/12",
    "models:/llama@champion",
    "models:/llama 3@v1_candidate",
    "models:/llama/one/two",
    "models:/llama/1@champion",
    "models:/",
    "models:/llama@",
    "models:llama/1",
]
NAMES = ["llama", "llama 3", "Llama-3.1_8b", "acme/llama", "acme:llama", "", "a@b"]
ALIASES = ["champion", "v1_candidate", "V2", "v2", "latest", "LATEST", "a" * 255, "a" * 256, "a b", "a.b"]
HANDLES = [
    "google/gemma/pyTorch/2b-it",
    "google/gemma/pyTorch/2b-it/3",
    "google/gemma/pyTorch",
    "google/gemma/pyTorch/2b/x",
    "google/gemma/pyTorch/2b/1/2",
    "gemma",
]


def accepts(call: Callable[[str], Any]) -> Callable[[str], bool]:
    """Return whether `call` returns, for a name."""

    def check(name: str) -> bool:
        try:
            call(name)
        except Exception:
            return False
        return True

    return check


def main() -> None:
    """Write the table."""
    from kagglehub.handle import parse_model_handle
    from mlflow.store.artifact.utils.models import _parse_model_uri
    from mlflow.utils.validation import (
        _validate_model_alias_name,
        _validate_model_alias_name_reserved,
        _validate_model_name,
    )
    from packageurl import PackageURL

    def alias(name: str) -> None:
        _validate_model_alias_name(name)
        _validate_model_alias_name_reserved(name)

    asked: list[tuple[str, list[str], Callable[[str], Any]]] = [
        ("purl", PURLS, PackageURL.from_string),
        ("mlflow uri", URIS, _parse_model_uri),
        ("mlflow name", NAMES, _validate_model_name),
        ("mlflow alias", ALIASES, alias),
        ("kaggle", HANDLES, parse_model_handle),
    ]
    packages = ("packageurl-python", "mlflow-skinny", "kagglehub")
    record = {
        "source": {package: version(package) for package in packages},
        "accepted": {what: {name: accepts(call)(name) for name in names} for what, names, call in asked},
    }
    json.dump(record, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
