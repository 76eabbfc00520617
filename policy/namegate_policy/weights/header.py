"""What all readers give: the tensors that a checkpoint stores, proven from its headers."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (read at run time, to decode headers)
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec


class Tensor(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One stored tensor. `shape` is row-major, outermost first, as PyTorch prints it, in elements;
    `stored` is the number of bytes that lie in the file for it; `shard` indexes `WeightsHeader.shards`.

    `dtype` is the format's own name in capitals: `F32`, `BF16`, `F8_E4M3`, `I64` … as safetensors
    writes them, and ggml's type names (`Q4_K`) for GGUF.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    stored: int
    shard: int = 0


class Shard(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One file of a checkpoint: its name inside the upload and its size in bytes."""

    name: str
    size: int


class FileHeader(msgspec.Struct, gc=False):
    """What the reader of a format finds in one file; the fields are those of `WeightsHeader`."""

    tensors: list[Tensor]
    metadata: dict[str, Any]
    empty: list[str]
    aliases: dict[str, str]
    parts: list[Shard]
    """further files that the tensors lie in, numbered behind the file itself"""


class Problem(NamedTuple):
    """Why a file cannot be trusted. `code` is kebab-case; `offset` is in bytes from the file's start."""

    code: str
    message: str
    file: str
    tensor: str | None = None
    offset: int | None = None


class ArrayOf(NamedTuple):
    """A metadata array that was checked and skipped: its element type and number of elements."""

    type: str
    length: int


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """The header of a checkpoint, whole over its shards.

    With any `problems` the checkpoint is *unverifiable*: no number of it may be believed.
    """

    format: str
    """`safetensors`, `gguf`, `pytorch` or `onnx`; `keras` or `tensorflow` for files that are recognized
    and not read, which is a problem too"""
    tensors: tuple[Tensor, ...]
    shards: tuple[Shard, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The file's own metadata: `__metadata__` of safetensors, key-values of GGUF (a skipped array is an
    `ArrayOf`); of a sharded checkpoint the index's metadata, too."""
    problems: tuple[Problem, ...] = ()
    layout: str = "model"
    """`model`, `adapter` (PEFT), `diffusers`, `sentence-transformers` or `timm`, by the JSON files beside"""
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON files of the upload by name: `config.json`, `adapter_config.json`, `unet/config.json` …"""
    components: Mapping[str, WeightsHeader] = field(default_factory=dict)
    """Parts of a pipeline by folder (`unet`, `2_Dense`); their tensors are also in `tensors`, named
    `folder/tensor`."""
    empty: tuple[str, ...] = ()
    """Names of tensors without a single element: nothing is stored for them, so they do not count."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further names of a stored tensor, alias → name in `tensors`: tied weights, whose bytes count once."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Further weight files of the upload, name → format: recognized by name, not read."""

    @property
    def verifiable(self) -> bool:
        """Whether everything that the headers claim was found to be consistent with the bytes stored."""
        return not self.problems
