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
    one_expert_parameters: int | None = None
    """parameters with all routed experts but one of each layer taken away"""
    quantization: str | None = None
    quantization_bits: float | None = None
    dtypes: Mapping[str, int] | None = None
    """dtype → parameters stored in it"""
    adapter: str | None = None
    """`lora`, … when the checkpoint is an adapter and no full model"""
    adapter_rank: int | None = None
    classes: tuple[str, ...] = ()
    """architecture classes that fit, of all families that fit"""
    exact: bool = False
    """whether the tensor names are exactly those of the families, and not only close to them"""
    similarity: float = 0.0
    """share of tensor-name patterns in common with the families, 1 where all are"""
    alike: tuple[str, ...] = ()
    """types that write the same names, which vocabulary and lengths of tensors make less likely"""
    plausible: tuple[str, ...] = ()
    """types that the tensors do not fit best and yet do not contradict"""
    format: str = ""
    """the files' format, as the header says"""
    depths: Mapping[str, int] | None = None
    """stack of layers (the text before the layer number) → layers"""
    missing_layers: tuple[str, ...] = ()
    """gaps in the numbers of the layers, as text: `model.layers.0 to 15`"""
    convolutions: int | None = None
    """weight layers of a convolutional network as its name counts them, shortcuts left out"""
    heads: int | None = None
    key_value_heads: int | None = None
    positions: int | None = None
    """rows of a learned table of positions"""
    patch_size: int | None = None
    window_size: int | None = None
    resolution: int | None = None
    """edge in pixels of the images that a table of positions covers"""
    labels: int | None = None
    """outputs of a classification head"""
    classifier_parameters: int | None = None
    """parameters of the layer that ends an image or text classifier"""
    undecided: str | None = None
    """what the bytes leave open"""
    resembles: tuple[str, ...] = ()
    """types whose shapes these are like, where the names fit none: a guess that no claim is judged by"""
    unrecognized: str | None = None
    """why `families` is empty, with the types that the shapes are like"""

    @property
    def stated_without_embeddings(self) -> int:
        """Parameters without the tables of tokens and positions."""
        return self.parameters - (self.embedding_parameters or 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the facts that are known, as JSON types."""
        facts = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: list(value) if isinstance(value, tuple) else value for name, value in facts if value}
