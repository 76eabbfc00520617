"""Files of a repository on the Hub, of which only the byte ranges that the readers ask for are fetched."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights.upload import MAX_FILES

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?:@[\w./-]+)?")
"""`organization/repository`, or a revision of it behind an `@`."""

_AHEAD = 1 << 16
"""Bytes that are fetched at once: the header of a small file in one request."""


class HubSource:
    """One file of a repository at a commit; the last bytes that were fetched are kept."""

    def __init__(self, api: HfApi, url: str, name: str, size: int) -> None:
        self._api = api
        self._url = url
        self.name = name
        self.size = size
        self._start = 0
        self._data = b""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if offset + length > self.size:
            raise EOFError
        if not self._start <= offset <= offset + length <= self._start + len(self._data):
            self._data = self._fetch(offset, max(length, _AHEAD)) if length else b""
            self._start = offset
        return self._data[offset - self._start : offset - self._start + length]

    def close(self) -> None:
        """Let the kept bytes go."""
        self._start, self._data = 0, b""

    def _fetch(self, offset: int, length: int) -> bytes:
        """Return the bytes, and no more than asked for, however many the Hub sends."""
        from huggingface_hub import get_session
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]

        end = min(offset + length, self.size)
        headers = {**build_hf_headers(token=self._api.token), "range": f"bytes={offset}-{end - 1}"}
        headers["accept-encoding"] = "identity"
        data = bytearray()
        try:
            with get_session().stream("GET", self._url, headers=headers, follow_redirects=True) as response:
                hf_raise_for_status(response)
                partial = response.status_code == HTTPStatus.PARTIAL_CONTENT
                for part in response.iter_bytes() if partial else ():
                    data += part
                    if len(data) > end - offset:
                        break
        except Exception as error:  # of whichever HTTP library the installed client uses
            raise EvidenceError(f"{self.name}: {type(error).__name__}: {error}") from error
        if len(data) != end - offset:
            raise EvidenceError(f"{self.name}: the Hub sent other bytes than it was asked for")
        return bytes(data)


def hub_files(repository: str, api: HfApi | None = None) -> list[HubSource]:
    """List the files of a repository, with names relative to it; hidden files are left out.

    Raises EvidenceError where huggingface_hub is not installed or the Hub cannot be asked, and
    WeightsNotFoundError where it has no such repository.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_url
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
    except ImportError:
        raise EvidenceError(f"{repository}: reading from the Hub needs the extra `hub`") from None
    api = api or HfApi()
    repo_id, _, revision = repository.partition("@")
    try:
        info = api.model_info(repo_id, revision=revision or None, files_metadata=True)
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise WeightsNotFoundError(f"{repository}: {str(error).splitlines()[0]}") from error
    except Exception as error:  # of whichever HTTP library the installed client uses
        raise EvidenceError(f"{repository}: {type(error).__name__}: {error}") from error
    listed = [file for file in info.siblings or () if not _is_hidden(file.rfilename)]
    if len(listed) > MAX_FILES:
        raise EvidenceError(f"{repository}: more than {MAX_FILES} files")
    return [
        HubSource(
            api,
            hf_hub_url(repo_id, file.rfilename, revision=info.sha, endpoint=api.endpoint),
            file.rfilename,
            file.size or 0,
        )
        for file in listed
    ]


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))
