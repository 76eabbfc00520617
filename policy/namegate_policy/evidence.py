"""What is known of an upload beside its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.architecture.model import Architecture
    from namegate_policy.index.names import NameIndex
    from namegate_policy.weights.header import WeightsHeader


@dataclass(frozen=True)
class Evidence:
    """The weights' header, config.json and the model card's front matter; None is *not given*.

    `names` are those that exist in the registry already, `owner` is the registry's lasting id of the
    account that uploads.
    """

    weights: WeightsHeader | None = None
    config: Mapping[str, Any] | None = None
    card: Mapping[str, Any] | None = None
    names: NameIndex | None = None
    owner: str | None = None

    @cached_property
    def architecture(self) -> Architecture | None:
        """What the weights are, or None without verifiable weights."""
        if self.weights is None or not self.weights.verifiable:
            return None
        from namegate_policy.architecture import architecture_of

        return architecture_of(self.weights, self.config)
