"""Uploads by `huggingface_hub`: an `HfApi` that sends nothing under a name that the gate refuses.

>>> from namegate.hooks.gate import Gate
>>> from namegate.hooks.huggingface import CheckedHfApi
>>> api = CheckedHfApi(gate=Gate(policy="acme.yaml"))
>>> api.upload_folder(repo_id="acme/llama-3-7b", folder_path="out")   # raises NameRefusedError

It guards a client; whoever uploads without it is not held up.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

from namegate.hooks.gate import Gate
from namegate_policy.weights import BytesSource, FileSource, StreamSource, upload_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from namegate_policy.weights import ByteSource

_MODEL = (None, "model")


class CheckedHfApi(HfApi):
    """An `HfApi` whose models pass `gate` before they are created, renamed or uploaded.

    The methods raise NameRefusedError where the gate says no; data sets and spaces pass it by. A commit
    is judged by the files that it adds, so a checkpoint of several shards has to come in one: by
    `upload_folder`, or one `create_commit`.
    """

    def __init__(self, *arguments: Any, gate: Gate | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.gate = gate or Gate()

    def create_repo(self, repo_id: str, *, repo_type: str | None = None, **options: Any) -> Any:
        """Create a repository under a name that the gate allows."""
        self._check(repo_id, repo_type)
        return super().create_repo(repo_id, repo_type=repo_type, **options)

    def move_repo(self, from_id: str, to_id: str, *, repo_type: str | None = None, **options: Any) -> Any:
        """Rename a repository to a name that the gate allows; its files are not read."""
        self._check(to_id, repo_type)
        return super().move_repo(from_id, to_id, repo_type=repo_type, **options)

    def create_commit(
        self, repo_id: str, operations: Iterable[Any], *, repo_type: str | None = None, **options: Any
    ) -> Any:
        """Commit files that are what the name says; `upload_file` comes by here."""
        operations = list(operations)
        added = [_source(each) for each in operations if isinstance(each, CommitOperationAdd)]
        self._check(repo_id, repo_type, added)
        return super().create_commit(repo_id, operations, repo_type=repo_type, **options)

    def upload_folder(
        self,
        *,
        repo_id: str,
        folder_path: str | Path,
        path_in_repo: str | None = None,
        repo_type: str | None = None,
        allow_patterns: list[str] | str | None = None,
        ignore_patterns: list[str] | str | None = None,
        **options: Any,
    ) -> Any:
        """Upload a folder whose files are what the name says; it is judged as a whole, then sent in parts."""
        chosen: list[FileSource] = list(
            filter_repo_objects(
                upload_files(folder_path),
                allow_patterns=allow_patterns,
                ignore_patterns=ignore_patterns,
                key=lambda source: source.name,
            )
        )
        self._check(repo_id, repo_type, chosen)
        return self._unchecked().upload_folder(
            repo_id=repo_id,
            folder_path=folder_path,
            path_in_repo=path_in_repo,
            repo_type=repo_type,
            allow_patterns=allow_patterns,
            ignore_patterns=ignore_patterns,
            **options,
        )

    def _check(self, repo_id: str, repo_type: str | None, files: list[Any] | None = None) -> None:
        if repo_type in _MODEL:
            self.gate.check(repo_id, files)

    def _unchecked(self) -> HfApi:
        """Return this client without the gate, for the parts of an upload that was judged as a whole."""
        plain = copy.copy(self)
        plain.__class__ = HfApi  # type: ignore[assignment]
        return plain


def _source(operation: CommitOperationAdd) -> ByteSource:
    content, name = operation.path_or_fileobj, operation.path_in_repo
    if isinstance(content, bytes):
        return BytesSource(content, name)
    if isinstance(content, str | Path):
        return FileSource(Path(content).resolve(), name)
    return StreamSource(content, name)
