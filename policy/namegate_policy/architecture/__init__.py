"""`WeightsHeader` → `Architecture`, and the claims that a name makes about it."""

from __future__ import annotations

from namegate_policy.architecture.derive import architecture_of
from namegate_policy.architecture.model import Architecture

__all__ = ["Architecture", "architecture_of"]
