"""What lies beside a name on the caller's side, read here or packed for a server to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from namegate_policy.evidence import Evidence
from namegate_policy.weights import (
    FileSource,
    RecordingSource,
    pack_sources,
    read_upload,
    read_upload_sources,
    upload_files,
)
from namegate_policy.weights.read import read_json
from namegate_policy.weights.upload import read_card

Document = str | Path | Mapping[str, Any]
"""A file, or what is in it as JSON types."""


def gather(
    weights: str | Path | None = None, *, config: Document | None = None, card: Document | None = None
) -> Evidence:
    """Read the headers of the weights, the configuration and the model card.

    A configuration or card that is given replaces the one beside the weights. Raises EvidenceError.
    """
    config, card = _config(config), _card(card)
    if weights is None:
        return Evidence(config=config, card=card)
    upload = read_upload(weights)
    return Evidence(
        weights=upload.weights,
        config=upload.config if config is None else config,
        card=upload.card if card is None else card,
    )


def pack(
    weights: str | Path | None = None, *, config: Document | None = None, card: Document | None = None
) -> dict[str, Any]:
    """Return the same evidence as a server takes it: of each file, the bytes that the readers asked for.

    Raises EvidenceError.
    """
    given = {"config": _config(config), "card": _card(card)}
    packed: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if weights is not None:
        sources = [RecordingSource(source) for source in upload_files(weights)]
        read_upload_sources(sources)
        packed["weights"] = pack_sources(sources)
    return packed


def _config(document: Document | None) -> Mapping[str, Any] | None:
    return read_json(FileSource(document)) if isinstance(document, str | Path) else document


def _card(document: Document | None) -> Mapping[str, Any] | None:
    return read_card(FileSource(document)) if isinstance(document, str | Path) else document
