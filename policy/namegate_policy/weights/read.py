"""Files → `WeightsHeader`: finds the checkpoint in an upload and reads it with the reader of its format."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import structs

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights.gguf import read_gguf
from namegate_policy.weights.header import Problem, Shard, Tensor, WeightsHeader
from namegate_policy.weights.onnx import read_onnx
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.pytorch import read_pytorch
from namegate_policy.weights.safetensors import read_safetensors
from namegate_policy.weights.select import Checkpoint, checkpoints, choose, format_of, series_faults
from namegate_policy.weights.shards import compare, read_index, read_shards
from namegate_policy.weights.strict_json import JSONError, load_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from namegate_policy.weights.shards import Collected, Reader
    from namegate_policy.weights.source import ByteSource

READERS: dict[str, Reader] = {"safetensors": read_safetensors, "gguf": read_gguf, "pytorch": read_pytorch}

MAX_CONFIG = 1 << 22
"""Bytes of one JSON configuration."""
_CONFIGS = ("config.json", "adapter_config.json", "model_index.json", "modules.json")


def read_sources(sources: Sequence[ByteSource]) -> WeightsHeader:
    """Read the checkpoint among the files of an upload; names are relative to it.

    Raises WeightsNotFoundError when no file is one of weights, EvidenceError when several checkpoints
    have an equal claim or a configuration beside them cannot be read.
    """
    files = {source.name: source for source in sources}
    if len(files) != len(sources):
        raise EvidenceError("two files of the upload have one name")
    found = checkpoints(files)
    if not found:
        raise WeightsNotFoundError(
            "no weights are in the upload: looked for *.safetensors (or *.safetensors.index.json), *.gguf, "
            f"*.bin, *.pt, *.pth, *.ckpt and *.onnx among {len(files)} files"
        )
    configs = _read_configs(files)
    by_folder: dict[str, list[Checkpoint]] = {}
    for checkpoint in found:
        by_folder.setdefault(checkpoint.folder, []).append(checkpoint)
    layout, parts = _layout(configs, by_folder)
    if not parts:
        chosen = choose(by_folder.get("") or _only_folder(by_folder))
        parts = {"": chosen} if chosen else {}
    with _collector_paused():
        headers = {folder: _read(checkpoint, files) for folder, checkpoint in parts.items()}
    used = {shard.name for header in headers.values() for shard in header.shards}
    others = {name: kind for name in files if name not in used and (kind := format_of(name))}
    return _combine(headers, layout, configs, others)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cyclic collector from walking up to 100,000 new tuples again and again; none is in a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _layout(
    configs: Mapping[str, Any], by_folder: Mapping[str, list[Checkpoint]]
) -> tuple[str, dict[str, Checkpoint]]:
    """Return the layout and, for a pipeline, the checkpoint of each component's folder."""
    top = by_folder.get("", [])
    if "model_index.json" in configs:
        wanted = [
            f"{name}/"
            for name, value in configs["model_index.json"].items()
            if isinstance(value, list) and len(value) == 2 and value != [None, None]
        ]
        return "diffusers", _choose_each(by_folder, wanted)
    if "modules.json" in configs:
        paths = [module.get("path") for module in configs["modules.json"].get("modules", [])]
        wanted = [f"{path}/" if path else "" for path in paths if isinstance(path, str)]
        return "sentence-transformers", _choose_each(by_folder, wanted)
    if "adapter_config.json" in configs and not any(item.stem in ("model", "pytorch_model") for item in top):
        return "adapter", {}
    config = configs.get("config.json", {})
    if "pretrained_cfg" in config or ("architecture" in config and "num_features" in config):
        return "timm", {}
    return "model", {}


def _choose_each(by_folder: Mapping[str, list[Checkpoint]], wanted: list[str]) -> dict[str, Checkpoint]:
    chosen = {folder.rstrip("/"): choose(by_folder.get(folder, [])) for folder in wanted}
    return {folder: checkpoint for folder, checkpoint in chosen.items() if checkpoint}


def _only_folder(by_folder: Mapping[str, list[Checkpoint]]) -> list[Checkpoint]:
    if len(by_folder) > 1:
        shown = ", ".join(sorted(by_folder)[:5])
        raise EvidenceError(f"weights are in several folders ({shown}) and none at the top; name one")
    return next(iter(by_folder.values()))


def _read(checkpoint: Checkpoint, files: Mapping[str, ByteSource]) -> WeightsHeader:
    read: Reader | None = READERS.get(checkpoint.format)
    if checkpoint.format == "onnx":
        read = partial(read_onnx, files=files)
    if read is None:
        problem = Problem(
            "unread-format",
            f"{checkpoint.format} files are recognized and not read; publish safetensors beside them",
            checkpoint.title,
        )
        shards = tuple(Shard(name, files[name].size) for name in checkpoint.files)
        return WeightsHeader(checkpoint.format, (), shards, problems=(problem,))
    if checkpoint.index is not None:
        return _read_indexed(checkpoint, files[checkpoint.index], files, read)
    found = read_shards([files[name] for name in checkpoint.files], read)
    if checkpoint.series:
        found.problems.extend(_missing(name) for name in series_faults(checkpoint))
    count = sum(len(names) for _, names in found.names)
    announced = found.metadata.get("split.tensors.count", count)
    if checkpoint.format == "gguf" and announced != count and not found.problems:
        message = f"the parts hold {count} tensors, {announced} are announced"
        found.problems.append(Problem("split-mismatch", message, checkpoint.title))
    return _header(checkpoint, found)


def _read_indexed(
    checkpoint: Checkpoint, source: ByteSource, files: Mapping[str, ByteSource], read: Reader
) -> WeightsHeader:
    try:
        index = read_index(source, {name.rpartition("/")[2] for name in checkpoint.files})
    except Refusal as refusal:
        return WeightsHeader(checkpoint.format, (), (), problems=(refusal.problem(source.name),))
    finally:
        source.close()
    names = [checkpoint.folder + base for base in sorted(set(index.weight_map.values()))]
    found = read_shards([files[name] for name in names if name in files], read, index)
    missing = [_missing(name) for name in names if name not in files]
    problems = compare(index, found, source.name) if not missing else []
    found.problems.extend(missing + problems)
    found.metadata.update(index.metadata or {})
    return _header(checkpoint, found)


def _missing(name: str) -> Problem:
    return Problem("missing-shard", f"{name} is not in the upload", name)


def _header(checkpoint: Checkpoint, found: Collected) -> WeightsHeader:
    return WeightsHeader(
        format=checkpoint.format,
        tensors=tuple(found.tensors),
        shards=tuple(found.shards),
        metadata=found.metadata,
        problems=tuple(found.problems),
        empty=tuple(found.empty),
        aliases=found.aliases,
    )


def _combine(
    headers: Mapping[str, WeightsHeader],
    layout: str,
    configs: Mapping[str, Mapping[str, Any]],
    others: Mapping[str, str],
) -> WeightsHeader:
    """Put the components of a pipeline together; the one at the top keeps its tensor names."""
    if not headers:
        raise WeightsNotFoundError("no component of the pipeline has weights in its folder")
    if headers.keys() == {""}:
        return replace(headers[""], layout=layout, configs=configs, others=others)
    tensors: list[Tensor] = []
    shards: list[Shard] = []
    problems: list[Problem] = []
    empty: list[str] = []
    aliases: dict[str, str] = {}
    for folder, header in headers.items():
        prefix = f"{folder}/" if folder else ""
        first = len(shards)
        tensors += [
            structs.replace(tensor, name=prefix + tensor.name, shard=tensor.shard + first)
            for tensor in header.tensors
        ]
        aliases |= {prefix + alias: prefix + name for alias, name in header.aliases.items()}
        empty += [prefix + name for name in header.empty]
        shards += header.shards
        problems += header.problems
    main = headers.get("") or next(iter(headers.values()))
    return WeightsHeader(
        format=main.format,
        tensors=tuple(tensors),
        shards=tuple(shards),
        metadata=main.metadata if "" in headers else {},
        problems=tuple(problems),
        layout=layout,
        configs=configs,
        components={folder: header for folder, header in headers.items() if folder},
        empty=tuple(empty),
        aliases=aliases,
        others=others,
    )


def _read_configs(files: Mapping[str, ByteSource]) -> dict[str, dict[str, Any]]:
    configs = {}
    for name, source in files.items():
        if name.rpartition("/")[2] in _CONFIGS and name.count("/") <= 1:
            configs[name] = read_json(source)
    return configs


def read_json(source: ByteSource) -> dict[str, Any]:
    """Return the object in a JSON file; a list (modules.json) comes as `{"modules": […]}`.

    Raises EvidenceError when it is too large or not the strict JSON that every reader understands alike.
    """
    if source.size > MAX_CONFIG:
        raise EvidenceError(f"{source.name}: {source.size} bytes, {MAX_CONFIG} is the limit")
    try:
        raw = source.read(0, source.size)
        if source.name.endswith("modules.json"):
            raw = b'{"modules":' + raw + b"}"
        return load_object(raw, infinite=True)
    except EOFError:
        raise EvidenceError(f"{source.name}: the file ended early") from None
    except JSONError as problem:
        raise EvidenceError(f"{source.name}: {problem}") from None
    finally:
        source.close()
