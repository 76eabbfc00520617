"""What a network is, as far as its weights prove it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Architecture:
    """Facts derived from a `WeightsHeader` (and config.json where it is at hand); None is *not known*.

    `families` is the group of transformers model types (or timm architectures, GGUF architecture
    names …) that fit the tensors: one when the weights decide, several when they cannot be told
    apart, none when nothing in the catalogue fits. Parameters count logical weights (behind packed
    formats too), bytes are as stored.
    """

    families: tuple[str, ...]
    parameters: int
    stored_bytes: int
    layers: int | None = None
    hidden_size: int | None = None
    vocabulary_size: int | None = None
    embedding_parameters: int | None = None
    experts: int | None = None
    active_parameters: int | None = None
    quantization: str | None = None
    quantization_bits: float | None = None
    dtypes: Mapping[str, int] | None = None
    """dtype → parameters stored in it"""
    adapter: str | None = None
    """`lora`, … when the checkpoint is an adapter and no full model"""

    def to_dict(self) -> dict[str, Any]:
        """Return the facts that are known, as JSON types."""
        facts = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: list(value) if isinstance(value, tuple) else value for name, value in facts if value}
