"""What all readers give: the tensors that a checkpoint stores, proven from its headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tensor(NamedTuple):
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


class Shard(NamedTuple):
    """One file of a checkpoint: its name inside the upload and its size in bytes."""

    name: str
    size: int


class Problem(NamedTuple):
    """Why a file cannot be trusted. `code` is kebab-case; `offset` is in bytes from the file's start."""

    code: str
    message: str
    file: str
    tensor: str | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """The header of a checkpoint, whole over its shards.

    With any `problems` the checkpoint is *unverifiable*: no number of it may be believed.
    """

    format: str
    """`safetensors`, `gguf`, `pytorch` or `onnx`"""
    tensors: tuple[Tensor, ...]
    shards: tuple[Shard, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def verifiable(self) -> bool:
        """Whether everything that the headers claim was found to be consistent with the bytes stored."""
        return not self.problems
