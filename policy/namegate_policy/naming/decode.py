"""Packed scores of labels at tokens → the best sequences of labels (Viterbi, and its k best)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from namegate_policy.naming.weights import IMPOSSIBLE, LANE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from namegate_policy.naming.weights import Weights


_HIGHEST = (1 << LANE - 1) - 1
"""The highest value of a lane: its upper bit is kept free for comparisons."""


def best(rows: Sequence[int], weights: Weights, beam: int) -> list[int]:
    """Return the labels of the best path; of equal ones that with the lowest labels at the end.

    `rows` are the packed scores of each token. Paths that fall `beam` behind the best one are given up,
    so that most steps have one path to go on: one addition then gives the scores of all labels after it.
    """
    transitions, start = weights.raised_transitions, weights.start + weights.bias
    ones, high, low = weights.ones, weights.high, weights.low
    unpack, size = weights.lanes.unpack, weights.lanes.size
    columns: list[list[tuple[int, int, int]]] = []
    column: list[tuple[int, int, int]] = []
    for row in rows:
        if len(column) == 1:
            ways = None
            packed = row + transitions[column[0][1]]
        elif column:
            ways = [row + total * ones + transitions[label] for total, label, _ in column]
            packed = ways[0]
            for way in ways[1:]:  # the greater of each two lanes, all lanes at once
                greater = ((packed | high) - way) & high
                mask = greater - (greater >> LANE - 1)
                packed = (packed & mask) | (way & (low ^ mask))
        else:
            ways = None
            packed = row + start
        top = max(unpack(packed.to_bytes(size, "little")))
        kept = (packed + (_HIGHEST + beam - top) * ones) & high  # lanes above top - beam
        column = []
        while kept:
            bit = kept & -kept
            kept ^= bit
            label = bit.bit_length() // LANE - 1
            shift = label * LANE
            score = packed >> shift & _HIGHEST
            at = 0
            if ways:
                while ways[at] >> shift & _HIGHEST != score:
                    at += 1
            column.append((score - top, label, at))
        columns.append(column)
    at = next((i for i, state in enumerate(column) if not state[0]), 0)
    path = []
    for states in reversed(columns):
        _, label, at = states[at]
        path.append(label)
    path.reverse()
    return path


def k_best(rows: Sequence[int], weights: Weights, pruned: int, count: int) -> list[tuple[int, list[int]]]:
    """Return up to `count` paths with their scores, best first.

    A label that scores `pruned` less than a token's best one is not tried there.
    """
    transitions = weights.transitions
    column: list[tuple[int, list[tuple[int, tuple[int, ...]]]]] = []
    for i, row in enumerate(rows):
        scores = weights.scores(row if i else row + weights.start)
        begin = max(scores[: len(weights.beginning)])
        cut = min(max(scores) - pruned, begin - 1)
        after = []
        for label, score in enumerate(scores):
            if score > cut:
                options = [
                    (total + transitions[previous][label] + score, (*path, label))
                    for previous, paths in column
                    if transitions[previous][label] > IMPOSSIBLE
                    for total, path in paths
                ]
                if not i:
                    options = [(score, (label,))]
                if options:
                    after.append((label, heapq.nlargest(count, options, key=lambda option: option[0])))
        column = after
    paths = heapq.nlargest(count, (path for _, paths in column for path in paths), key=lambda path: path[0])
    return [(score, list(path)) for score, path in paths] or [(0, [])]
