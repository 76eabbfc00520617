"""What lies beside a name on the caller's side, read here or packed for a server to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from namegate_policy.errors import EvidenceError
from namegate_policy.evidence import Evidence

if TYPE_CHECKING:
    from namegate_policy.index.names import NameIndex
    from namegate_policy.weights import ByteSource, WeightsHeader

Document = str | Path | Mapping[str, Any]
"""A file, or what is in it as JSON types."""

Weights = str | Path | Sequence["ByteSource"]
"""A checkpoint's file or folder; or the files of an upload, which need not hold weights."""


def gather(
    weights: Weights | None = None,
    *,
    config: Document | None = None,
    card: Document | None = None,
    names: str | Path | NameIndex | None = None,
    owner: str | None = None,
) -> Evidence:
    """Read the headers of the weights, the configuration and the model card.

    A configuration or card that is given replaces the one beside the weights. `names` are those that
    exist: an index, its file, or a file that lists them; `owner` is the registry's lasting id of the
    account that uploads. Raises EvidenceError.
    """
    config, card = _config(config), _card(card)
    if isinstance(names, str | Path):
        names = open_names(names)
    if weights is None:
        return Evidence(config=config, card=card, names=names, owner=owner)
    header, found_config, found_card = _read(weights, _files(weights))
    return Evidence(
        weights=header,
        config=found_config if config is None else config,
        card=found_card if card is None else card,
        names=names,
        owner=owner,
    )


def pack(
    weights: Weights | None = None,
    *,
    config: Document | None = None,
    card: Document | None = None,
    owner: str | None = None,
) -> dict[str, Any]:
    """Return the same evidence as a server takes it: of each file, the bytes that the readers asked for.

    Raises EvidenceError.
    """
    config, card = _config(config), _card(card)
    files = None
    if weights is not None:
        from namegate_policy.weights import RecordingSource, pack_sources

        sources = [RecordingSource(source) for source in _files(weights)]
        header, found_config, found_card = _read(weights, sources)
        if header is not None:
            files = pack_sources(sources)
        else:
            config = found_config if config is None else config
            card = found_card if card is None else card
    packed = {"weights": files, "config": config, "card": card, "owner": owner}
    return {key: value for key, value in packed.items() if value is not None}


def open_names(path: str | Path) -> NameIndex:
    """Open an index of names, or a list of them; raises EvidenceError where there is none."""
    from namegate_policy.index.store import NameStore

    try:
        return NameStore.open(Path(path))
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from error


# Readers of weights are imported where weights are read: names alone are judged sooner without them.


def _files(weights: Weights) -> Sequence[ByteSource]:
    from namegate_policy.weights import upload_files

    return upload_files(weights) if isinstance(weights, str | Path) else weights


def _read(
    weights: Weights, files: Sequence[ByteSource]
) -> tuple[WeightsHeader | None, Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """Return the weights' header, the configuration and the card.

    At a path there have to be weights; among the files of an upload there may be none.
    """
    from namegate_policy.weights import read_upload_sources
    from namegate_policy.weights.select import format_of

    if isinstance(weights, str | Path) or any(format_of(file.name) for file in files):
        upload = read_upload_sources(files)
        return upload.weights, upload.config, upload.card
    by_name = {file.name: file for file in files}
    return None, _json(by_name.get("config.json")), _front_matter(by_name.get("README.md"))


def _config(document: Document | None) -> Mapping[str, Any] | None:
    return _json(_file(document)) if isinstance(document, str | Path) else document


def _card(document: Document | None) -> Mapping[str, Any] | None:
    return _front_matter(_file(document)) if isinstance(document, str | Path) else document


def _file(path: str | Path) -> ByteSource:
    from namegate_policy.weights import FileSource

    return FileSource(path)


def _json(file: ByteSource | None) -> Mapping[str, Any] | None:
    from namegate_policy.weights.read import read_json

    return None if file is None else read_json(file)


def _front_matter(file: ByteSource | None) -> Mapping[str, Any] | None:
    from namegate_policy.weights.upload import read_card

    return None if file is None else read_card(file)
