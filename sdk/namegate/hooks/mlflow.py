"""MLflow's model registry: a store that takes no model under a name that the gate refuses.

It stands before a registry in a database, under the URI of the database with `namegate:` before it:

    mlflow server --registry-store-uri namegate:sqlite:///mlflow.db …

The gate is set up by the environment: NAMEGATE_POLICY, NAMEGATE_NAMES, NAMEGATE_URL, NAMEGATE_KEY and
NAMEGATE_FAILURE, as the options of `namegate pre-receive`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

from namegate.hooks.gate import Failure, Gate
from namegate_policy.weights import FileSource, upload_files

PREFIX = "namegate:"


class CheckedStore(SqlAlchemyStore):
    """MLflow's registry in a database, behind a gate.

    A registered model is judged by its name when it is created or renamed, and with its weights for
    each version whose source the server can read as a folder; of any other source, by its name.
    """

    def __init__(self, store_uri: str, read_db_uri: str | None = None, *, gate: Gate | None = None) -> None:
        super().__init__(store_uri.removeprefix(PREFIX), read_db_uri)  # type: ignore[no-untyped-call]
        self._gate = gate or gate_of_environment()

    def create_registered_model(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Register a model under a name that the gate allows."""
        self._check(name)
        return super().create_registered_model(name, *arguments, **options)  # type: ignore[no-untyped-call]

    def rename_registered_model(self, name: str, new_name: str) -> Any:
        """Rename a model to a name that the gate allows."""
        self._check(new_name)
        return super().rename_registered_model(name, new_name)  # type: ignore[no-untyped-call]

    def create_model_version(self, name: str, source: str, *arguments: Any, **options: Any) -> Any:
        """Add a version whose weights are what the name says."""
        folder = _local(source)
        self._check(name, upload_files(folder) if folder else None)
        return super().create_model_version(name, source, *arguments, **options)

    def _check(self, name: str, files: list[FileSource] | None = None) -> None:
        admission = self._gate.admit(name, files)
        if not admission.admitted:
            raise MlflowException(str(admission), error_code=PERMISSION_DENIED)


def gate_of_environment() -> Gate:
    """Return the gate that the environment describes; raises ValueError for a NAMEGATE_FAILURE unknown."""
    failure = os.environ.get("NAMEGATE_FAILURE")
    if failure not in (None, "open", "closed"):
        raise ValueError(f"NAMEGATE_FAILURE is open or closed, not {failure!r}")
    return Gate(
        policy=os.environ.get("NAMEGATE_POLICY"),
        names=os.environ.get("NAMEGATE_NAMES"),
        url=os.environ.get("NAMEGATE_URL"),
        key=os.environ.get("NAMEGATE_KEY"),
        failure=cast("Failure | None", failure),
    )


def _local(source: str) -> Path | None:
    """Return the folder that a source names on this machine, or None for a source elsewhere."""
    parts = urlsplit(source)
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        return None
    path = Path(unquote(parts.path) if parts.scheme else source)
    return path if path.is_dir() else None
