"""What config.json states, however odd its numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from namegate_policy.architecture.configuration import context_length

CONTEXTS: list[tuple[dict[str, Any], int]] = [
    ({}, 4096),
    ({"rope_scaling": None}, 4096),
    ({"rope_scaling": {"factor": 4.0}}, 16384),
    ({"rope_scaling": {"factor": 8, "original_max_position_embeddings": 2048}}, 16384),
    ({"rope_scaling": {"factor": 0.5}}, 4096),
    ({"rope_scaling": {"factor": math.inf}}, 4096),
    ({"rope_scaling": {"factor": math.nan}}, 4096),
    ({"rope_scaling": {"factor": "4"}}, 4096),
    ({"rope_scaling": {"factor": 1.5, "original_max_position_embeddings": 10**400}}, 4096),
]


@pytest.mark.parametrize(("config", "expected"), CONTEXTS)
def test_context_length(config: dict[str, Any], expected: int) -> None:
    assert context_length({"max_position_embeddings": 4096, **config}, {}) == expected
