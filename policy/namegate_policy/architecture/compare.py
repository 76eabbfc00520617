"""Structural differences between two checkpoints, and whether one can be tuned from the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from namegate_policy.architecture.facts import grouped, parameters_of
from namegate_policy.architecture.packing import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from namegate_policy.architecture.facts import Group
    from namegate_policy.weights.header import WeightsHeader


@dataclass(frozen=True, slots=True)
class Difference:
    """One pattern of tensor names that differs; a side is None where it has no such tensors.

    Each side is (tensors of that pattern, shape of the first).
    """

    pattern: str
    first: tuple[int, tuple[int, ...] | None] | None
    second: tuple[int, tuple[int, ...] | None] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and whether the second checkpoint can be a fine-tune of the first, with the reason."""

    differences: tuple[Difference, ...]
    tunable: bool
    reason: str


_REPLACED = (
    "lm_head",
    "classifier",
    "score",
    "head",
    "fc",
    "qa_outputs",
    "cls",
    "pooler",
    "out_proj",
    "pre_classifier",
)
"""First or last modules that tuning replaces, adds or drops."""

_VOCABULARY = (
    "embed_tokens",
    "word_embeddings",
    "wte",
    "lm_head",
    "embed_in",
    "embed_out",
    "shared",
    "tok_embeddings",
)
"""Tables whose rows tuning adds tokens to."""


def compare(
    first: WeightsHeader,
    second: WeightsHeader,
    first_config: Mapping[str, Any] | None = None,
    second_config: Mapping[str, Any] | None = None,
) -> Comparison:
    """Compare two verifiable checkpoints by the names and shapes of their logical weights.

    The prefix under which one of them nests its base network (`bert.`, `model.`) is left out. Packed
    weights count as what they stand for; shapes that packing hides are not compared.
    """
    one, two = _groups(first, first_config), _groups(second, second_config)
    one, two = _aligned(one, two)
    differences = []
    body: list[str] = []
    for pattern in sorted(one.keys() | two.keys()):
        left, right = one.get(pattern), two.get(pattern)
        if left is not None and right is not None and _same(left, right):
            continue
        differences.append(Difference(pattern, _side(left), _side(right)))
        if not _tuning_explains(pattern, left, right):
            body.append(pattern)
    if not one.keys() & two.keys():
        return Comparison(tuple(differences), tunable=False, reason="they have no tensor name in common")
    if body:
        more = f" and {len(body) - 1} more" if len(body) > 1 else ""
        return Comparison(tuple(differences), tunable=False, reason=f"{body[0]}{more} differ")
    reason = "all tensors agree" if not differences else "only heads and vocabulary differ"
    return Comparison(tuple(differences), tunable=True, reason=reason)


def _groups(header: WeightsHeader, config: Mapping[str, Any] | None) -> dict[str, Group]:
    return parameters_of(grouped(unpack(header, config).weights))


def _aligned(one: dict[str, Group], two: dict[str, Group]) -> tuple[dict[str, Group], dict[str, Group]]:
    """Return both without the prefix that one has and the other lacks, where that makes more names agree."""
    best, shared = (one, two), len(one.keys() & two.keys())
    for prefix in {pattern.partition(".")[0] + "." for pattern in (*one, *two)}:
        shorter = _without(one, prefix), _without(two, prefix)
        for pair in ((shorter[0], two), (one, shorter[1])):
            if len(pair[0].keys() & pair[1].keys()) > shared:
                best, shared = pair, len(pair[0].keys() & pair[1].keys())
    return best


def _without(groups: dict[str, Group], prefix: str) -> dict[str, Group]:
    return {pattern.removeprefix(prefix): group for pattern, group in groups.items()}


def _same(left: Group, right: Group) -> bool:
    return left.count == right.count and (left.shape == right.shape or None in (left.shape, right.shape))


def _side(group: Group | None) -> tuple[int, tuple[int, ...] | None] | None:
    return None if group is None else (group.count, group.shape)


def is_head(pattern: str) -> bool:
    """Whether a tensor is of a module that tuning replaces, adds or drops."""
    parts = pattern.split(".")
    return parts[0] in _REPLACED or (len(parts) > 1 and parts[-2] in _REPLACED)


def _tuning_explains(pattern: str, left: Group | None, right: Group | None) -> bool:
    if is_head(pattern):
        return True
    parts = pattern.split(".")
    if left is None or right is None or not left.shape or not right.shape:
        return False
    resized = left.count == right.count and left.shape[1:] == right.shape[1:]
    return resized and any(part in _VOCABULARY for part in parts)
