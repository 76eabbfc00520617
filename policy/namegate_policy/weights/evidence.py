"""Header bytes as a client sends them: `{"files": [{"name", "size", "ranges": [[offset, base64], …]}]}`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from namegate_policy.errors import EvidenceError
from namegate_policy.weights.source import RangesSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from namegate_policy.weights.source import RecordingSource

MAX_BYTES = 200_000_000
"""Bytes of all ranges of one request, decoded."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    size: Annotated[int, msgspec.Meta(ge=0)]
    ranges: list[tuple[int, str]] = []


class _Weights(msgspec.Struct, forbid_unknown_fields=True):
    files: Annotated[list[_File], msgspec.Meta(max_length=20_000)]


def pack_sources(sources: Iterable[RecordingSource]) -> dict[str, Any]:
    """Return what was read of each file, and the names and sizes of all, as JSON can carry it."""
    return {
        "files": [
            {
                "name": source.name,
                "size": source.size,
                "ranges": [[offset, b64encode(data).decode()] for offset, data in source.ranges],
            }
            for source in sources
        ]
    }


def unpack_sources(document: Mapping[str, Any]) -> list[RangesSource]:
    """Return sources that replay what `pack_sources` wrote; raises EvidenceError when it is not that."""
    try:
        weights = msgspec.convert(document, _Weights)
    except msgspec.MsgspecError as error:
        raise EvidenceError(f"weights: {error}") from None
    total = sum(len(text) for file in weights.files for _, text in file.ranges) * 3 // 4
    if total > MAX_BYTES:
        raise EvidenceError(f"weights: {total} bytes of headers, {MAX_BYTES} is the limit")
    sources = [RangesSource(file.name, file.size, _decode(file)) for file in weights.files]
    for source in sources:
        parts = source.name.split("/")
        if (
            not source.name.isprintable()
            or "\\" in source.name
            or any(part in ("", ".", "..") for part in parts)
        ):
            raise EvidenceError(f"weights: {source.name!r} is no path inside of an upload")
    return sources


def _decode(file: _File) -> list[tuple[int, bytes]]:
    try:
        return [(offset, b64decode(text, validate=True)) for offset, text in file.ranges]
    except ValueError:
        raise EvidenceError(f"{file.name}: a range is not base64") from None
