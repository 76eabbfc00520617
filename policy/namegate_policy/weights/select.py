"""Which files of an upload are its checkpoint, from their names alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from namegate_policy.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMATS: dict[str, str] = {
    ".safetensors": "safetensors",
    ".gguf": "gguf",
    ".bin": "pytorch",
    ".pt": "pytorch",
    ".pth": "pytorch",
    ".ckpt": "pytorch",
    ".onnx": "onnx",
    ".h5": "keras",
    ".keras": "keras",
    ".pb": "tensorflow",
    ".tflite": "tensorflow",
    ".msgpack": "flax",
}
"""Suffix → format, in the order in which loaders prefer them."""

_ORDER = tuple(dict.fromkeys(FORMATS.values()))
_STEMS = ("model", "pytorch_model", "adapter_model", "diffusion_pytorch_model", "pytorch_lora_weights")
"""What libraries call the file that they load from a folder, in order of preference."""
_SERIES = re.compile(r"(?P<stem>.+)-(?P<number>[0-9]{5,})-of-(?P<count>[0-9]{5,})\.(?P<suffix>[a-z]+)")
_TRAINING_STATE = re.compile(
    r"(training_args|optimizer|scheduler|scaler|rng_state(_\d+)?|random_states_\d+|.*_optim_states"
    r"|openvino_.*|tokenizer|events?)\.(bin|pt|pth|pkl)"
)


@dataclass(slots=True)
class Checkpoint:
    """The files of one checkpoint in one folder: one file, a series of shards, or what an index names."""

    folder: str
    """`""` at the top, else with a `/` at its end"""
    format: str
    stem: str
    files: list[str] = field(default_factory=list)
    index: str | None = None
    series: bool = False

    @property
    def title(self) -> str:
        """The name to show: the index or first file."""
        return self.index or min(self.files)


def format_of(name: str) -> str | None:
    """Return the format of weights that `name` says it is, or None for a file without weights."""
    base = name.rpartition("/")[2]
    if _TRAINING_STATE.fullmatch(base):
        return None
    if base.endswith(".pb") and base != "saved_model.pb":
        return None
    dot = base.rfind(".")
    return FORMATS.get(base[dot:]) if dot > 0 else None


def checkpoints(names: Iterable[str]) -> list[Checkpoint]:
    """Group the files of an upload into checkpoints, best first within each folder."""
    found: dict[tuple[str, str, str, bool], Checkpoint | None] = {}
    for name in sorted(names):
        folder, slash, file = name.rpartition("/")
        base = file.removesuffix(".index.json")
        is_index = base != file
        series = _SERIES.fullmatch(base)
        stem, suffix = series.group("stem", "suffix") if series else base.rpartition(".")[::2]
        key = (folder + slash, stem, suffix, is_index or series is not None)
        if key not in found:
            kind = format_of(f"{stem}.{suffix}")
            found[key] = Checkpoint(key[0], kind, stem, series=key[3]) if kind else None
        checkpoint = found[key]
        if checkpoint is None:
            continue
        if is_index:
            checkpoint.index = name
        else:
            checkpoint.files.append(name)
    return sorted(filter(None, found.values()), key=_rank)


def choose(candidates: list[Checkpoint]) -> Checkpoint | None:
    """Return the checkpoint that a library loads, out of those of one folder.

    Raises EvidenceError when several have an equal claim: none of them may stand for the others.
    """
    if not candidates:
        return None
    best = candidates[0]
    rivals = [
        other
        for other in candidates[1:]
        if other.format == best.format and _rank(other)[:2] == _rank(best)[:2] and best.stem not in _STEMS
    ]
    if rivals:
        titles = [best.title, *(other.title for other in rivals)]
        shown = ", ".join(titles[:5]) + (" …" if len(titles) > 5 else "")
        raise EvidenceError(f"{len(titles)} checkpoints are in the upload: {shown}; name the one to judge")
    return best


def series_faults(checkpoint: Checkpoint) -> list[str]:
    """Return the names that are missing in a numbered series, such as `model-00002-of-00003.gguf`."""
    present = set(checkpoint.files)
    match = _SERIES.fullmatch(checkpoint.files[0].rpartition("/")[2])
    if match is None:
        return []
    count, width = int(match["count"]), len(match["count"])
    wanted = (
        f"{checkpoint.folder}{match['stem']}-{number:0{width}d}-of-{match['count']}.{match['suffix']}"
        for number in range(1, min(count, MAX_SHARDS) + 1)
    )
    return [name for name in wanted if name not in present]


MAX_SHARDS = 10_000


def _rank(checkpoint: Checkpoint) -> tuple[int, int, bool, str]:
    stem = _STEMS.index(checkpoint.stem) if checkpoint.stem in _STEMS else len(_STEMS)
    return (_ORDER.index(checkpoint.format), stem, checkpoint.series, checkpoint.title)


def same_checkpoint(name: str, other: str) -> bool:
    """Return whether two files of one folder are shards, or index, of one checkpoint."""
    both = checkpoints([name, other])
    return len(both) == 1
