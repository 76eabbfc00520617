"""Numbers that only networks of images have: patches, windows, resolution, convolutions."""

from __future__ import annotations

from math import isqrt, prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from namegate_policy.architecture.facts import Group


_PATCHES = (4, 8, 10, 12, 14, 16, 18, 20, 24, 28, 30, 32, 48, 64)
"""Edges of patches; convolutions of 3, 5 and 7 pixels overlap and cut none."""


def patch_size(groups: dict[str, Group]) -> int | None:
    """Return the edge of the square patches that the first convolution of a vision transformer cuts.

    A convolutional stem before the transformer cuts no patches.
    """
    for group in groups.values():
        shape = group.shape
        if not shape or len(shape) != 4 or "patch" not in group.pattern:
            continue
        stem = "backbone" in group.pattern or "stem" in group.pattern
        if shape[1] in (1, 3) and shape[2] == shape[3] and shape[2] in _PATCHES and not stem:
            return shape[2]
    return None


def window_size(groups: dict[str, Group]) -> int | None:
    """Return the edge of the windows of a shifted-window transformer: its bias table has (2w-1)² rows."""
    edges = {
        (isqrt(group.shape[0]) + 1) // 2
        for group in groups.values()
        if group.shape
        and group.pattern.endswith("relative_position_bias_table")
        and isqrt(group.shape[0]) ** 2 == group.shape[0]
    }
    return max(edges, default=None)


def without_text(groups: dict[str, Group]) -> dict[str, Group]:
    """Return the groups that are not of a text tower, whose positions are no patches of an image."""
    return {pattern: group for pattern, group in groups.items() if "text" not in pattern}


def resolution(patch: int | None, table: int | None) -> int | None:
    """Return the edge in pixels of the square images that a table of positions covers."""
    if not patch or not table:
        return None
    for special in (1, 0, 2, 5):
        edge = isqrt(max(0, table - special))
        if edge and edge * edge == table - special:
            return edge * patch
    return None


def convolutions(groups: dict[str, Group]) -> int | None:
    """Return the layers that a convolutional network's name counts: convolutions and the final matrices.

    Shortcut projections are left out, as ResNet-50 counts itself. None where most layers are none.
    """
    counts = {2: 0, 4: 0}
    for group in groups.values():
        shape = group.shape or ()
        if len(shape) in counts and group.pattern.endswith(".weight") and prod(shape) > 1:
            shortcut = any(word in group.pattern for word in ("downsample", "shortcut", ".se.", ".attn."))
            counts[len(shape)] += 0 if shortcut else group.count
    return sum(counts.values()) if counts[4] > counts[2] else None
