"""An upload as a registry sees it: the files of a folder, its configuration and its model card."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping  # noqa: TC003 (read at run time, to decode uploads)
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights.header import WeightsHeader  # noqa: TC001 (as above)
from namegate_policy.weights.read import read_sources
from namegate_policy.weights.select import format_of, same_checkpoint
from namegate_policy.weights.source import FileSource
from namegate_policy.weights.strict_json import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from namegate_policy.weights.source import ByteSource

MAX_FILES = 20_000
MAX_FOLDERS = 4
"""Levels of folders below the upload's; pipelines use one."""
MAX_CARD = 1 << 20
"""Bytes of front matter of a model card."""


@dataclass(frozen=True)
class Upload:
    """What lies in an upload beside its name; None is *not there*."""

    weights: WeightsHeader
    config: Mapping[str, Any] | None = None
    card: Mapping[str, Any] | None = None


def read_weights(path: Path | str) -> WeightsHeader:
    """Read the checkpoint in a file or folder.

    A file that is one shard of a series or index stands for the whole checkpoint. Raises
    WeightsNotFoundError and EvidenceError as `read_sources` does.
    """
    return read_sources(upload_files(path))


def read_upload(path: Path | str) -> Upload:
    """Read weights, `config.json` and the front matter of `README.md` in a folder, or beside a file.

    Raises EvidenceError when one of them is there and cannot be read.
    """
    return read_upload_sources(upload_files(path))


def read_upload_sources(sources: Sequence[ByteSource]) -> Upload:
    """As `read_upload`, of files whose names are relative to the upload."""
    header = read_sources(sources)
    card = next((read_card(source) for source in sources if source.name == "README.md"), None)
    return Upload(header, header.configs.get("config.json"), card)


def upload_files(path: Path | str) -> list[FileSource]:
    """List the regular files of an upload, with names relative to its folder.

    Hidden files are left out. A link is followed when `path` itself is one, when it stays in the
    upload's folder, and when it leads from a snapshot to the `blobs` of the same repository in a
    Hugging Face cache; any other is as if it were not there.

    Raises WeightsNotFoundError when nothing is at `path`.
    """
    given = Path(path)
    try:
        real = given.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WeightsNotFoundError(f"{os.fspath(path)!r}: {reason}") from None
    if real.is_dir():
        return list(_walk(real))
    if not real.is_file():
        raise WeightsNotFoundError(f"{given.name}: neither a file nor a folder")
    return _file_and_companions(given, real)


def _file_and_companions(given: Path, real: Path) -> list[FileSource]:
    """Return the file with what belongs to it: its shards, configurations and card, no other weights."""
    if format_of(given.name.removesuffix(".index.json")) is None:
        raise WeightsNotFoundError(
            f"{given.name}: no file of weights; those are .safetensors (or .safetensors.index.json), .gguf, "
            ".bin, .pt, .pth, .ckpt and .onnx"
        )
    beside = list(_walk(given.parent.resolve(), depth=0))
    files = [
        source
        for source in beside
        if source.name != given.name
        and (
            format_of(source.name.removesuffix(".index.json")) is None
            or same_checkpoint(given.name, source.name)
        )
    ]
    return [FileSource(real, given.name), *files]


def _walk(root: Path, depth: int = MAX_FOLDERS) -> Iterator[FileSource]:
    count = 0
    blobs = _blobs(root)
    pending = [(os.fspath(root), "", depth)]
    while pending:
        folder, prefix, left = pending.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=_BY_NAME)
        except OSError as error:
            raise WeightsNotFoundError(f"{prefix or root.name}: {error.strerror}") from None
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path: str | None = None
            if entry.is_file(follow_symlinks=False):
                path = entry.path
            elif entry.is_symlink():
                path = _link_target(entry.path, root, blobs)
            elif left and entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, f"{prefix}{entry.name}/", left - 1))
            if path is None:
                continue
            count += 1
            if count > MAX_FILES:
                raise EvidenceError(f"{root.name}: more than {MAX_FILES} files")
            yield FileSource(path, prefix + entry.name, listed=True)


_BY_NAME = attrgetter("name")


def _blobs(root: Path) -> str | None:
    """Return the folder of blobs that a snapshot of a Hugging Face cache may link to, if `root` is one."""
    repository = root.parent.parent
    if root.parent.name == "snapshots" and repository.name.startswith(("models--", "datasets--", "spaces--")):
        return os.fspath(repository / "blobs")
    return None


def _link_target(link: str, root: Path, blobs: str | None) -> str | None:
    target = os.path.realpath(link)
    if not Path(target).is_file():
        return None
    inside = Path(target).is_relative_to(root)
    return target if inside or os.fspath(Path(target).parent) == blobs else None


def read_card(source: ByteSource) -> dict[str, Any] | None:
    """Return the YAML front matter of a model card, or None when it has none.

    Raises EvidenceError when the front matter is too large, no mapping, or not plain YAML (aliases,
    tags and duplicate keys are refused).
    """
    try:
        text = source.read(0, min(source.size, MAX_CARD)).decode("utf-8", "replace")
    except EOFError:
        raise EvidenceError(f"{source.name}: the file ended early") from None
    finally:
        source.close()
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        if source.size > MAX_CARD:
            raise EvidenceError(f"{source.name}: the front matter is longer than {MAX_CARD} bytes")
        return None
    try:
        front = _load("".join(lines[1:end]))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EvidenceError(f"{source.name}: the front matter is no plain YAML: {str(error)[:300]}") from None
    if front is None:
        return {}
    if not isinstance(front, dict) or not all(isinstance(key, str) for key in front):
        raise EvidenceError(f"{source.name}: the front matter is no mapping of names to values")
    return front


def _load(text: str) -> Any:
    """Load YAML by the core schema of YAML 1.2: `no` is a language and `2024-01-31` is text."""
    depth = 0
    for event in yaml.parse(text, Loader=_CardLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        alias = isinstance(event, yaml.AliasEvent)
        if alias or depth > MAX_DEPTH:
            mark: Any = event.start_mark
            # The front matter begins at the second line of the card.
            raise ValueError(
                f"line {mark.line + 2}: {'aliases are refused' if alias else 'nested too deeply'}"
            )
    return yaml.load(text, Loader=_CardLoader)  # noqa: S506 (a SafeLoader)


class _CardLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without repeated keys, which readers resolve differently; `_load` refuses aliases and depth."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key occurs twice", node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        return int(node.value, 0 if node.value[:2] in ("0o", "0x") else 10)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
):
    _CardLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), _first)
_CardLoader.add_constructor("tag:yaml.org,2002:int", _CardLoader.construct_yaml_int)
