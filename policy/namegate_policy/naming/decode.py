"""Packed scores of labels at tokens → the best sequences of labels."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from namegate_policy.naming.weights import LANE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from namegate_policy.naming.weights import Weights


_Ways = list[tuple[int, int]]


def best(
    rows: Sequence[int],
    weights: Weights,
    beam: int,
    before: int | None = None,
    after: int | None = None,
) -> list[int]:
    """Return the labels of the best path; of equal ones that with the lowest labels at the end.

    `rows` are the packed scores of each token, at least one; `before` and `after` are the labels of the
    tokens at either side, None where there is none. Paths that fall `beam` behind the best one are given
    up, so that most steps have one path to go on: one addition then gives the scores of all labels after it.
    """
    raised, transitions = weights.raised_transitions, weights.transitions
    ones, high, low = weights.ones, weights.high, weights.low
    unpack, size = weights.lanes.unpack, weights.lanes.size
    columns: list[list[tuple[int, int]]] = []
    packed = rows[0] + (weights.raised_start if before is None else raised[before])
    for row in rows[1:]:
        scores = unpack(packed.to_bytes(size, "little"))
        top = max(scores)
        cut = top - beam
        column = [(label, score - top) for label, score in enumerate(scores) if score > cut]
        columns.append(column)
        label, total = column[0]
        packed = row + raised[label] + total * ones
        for label, total in column[1:]:  # the greater of each two lanes, all lanes at once
            way = row + raised[label] + total * ones
            greater = ((packed | high) - way) & high
            mask = greater - (greater >> LANE - 1)
            packed = (packed & mask) | (way & (low ^ mask))
    if after is not None:
        packed += weights.transitions_into[after]
    scores = unpack(packed.to_bytes(size, "little"))
    label = scores.index(max(scores))
    labels = [label]
    for column in reversed(columns):
        totals = [total + transitions[previous][label] for previous, total in column]
        label = column[totals.index(max(totals))][0]
        labels.append(label)
    labels.reverse()
    return labels


def ranked(rows: Sequence[int], weights: Weights, pruned: int) -> Iterator[tuple[int, list[int]]]:
    """Yield paths with their scores, best first; of equal ones first that with the lowest labels at the end.

    Only the labels that `tried` yields with the same `pruned` are tried at a token. The best score of each
    beginning is worked out first; then ends are made longer to the front, that first which belongs to the
    best path left (A*, exact), so that each path costs little more than its length.
    """
    columns: list[_Ways] = []  # the labels of each token, each behind the score of its best beginning
    for choices in tried(rows, weights, pruned):
        column = [
            (score + before, label)
            for label, score in choices
            if (before := _best_before(columns[-1], label, weights) if columns else 0) is not None
        ]
        column.sort(key=_rank)
        columns.append(column)
    if not columns:
        yield 0, []
        return
    known: dict[tuple[int, int], _Ways] = {}
    last = len(columns) - 1
    ends = columns[last]
    # The end of a path: minus the score of its best path, its labels from the last one on, the ways to go on
    # from the label behind its first one, and which of them its first label is.
    heap: list[tuple[int, tuple[int, ...], _Ways, int]] = [(-ends[0][0], (ends[0][1],), ends, 0)]
    while heap:
        score, labels, siblings, rank = heapq.heappop(heap)
        if rank + 1 < len(siblings):
            lost = siblings[rank][0] - siblings[rank + 1][0]
            sibling = (*labels[:-1], siblings[rank + 1][1])
            heapq.heappush(heap, (score + lost, sibling, siblings, rank + 1))
        i, label = last - len(labels), labels[-1]
        if i < 0:
            yield -score, list(reversed(labels))
            continue
        if (i, label) not in known:
            steps = weights.steps_to[label]
            known[i, label] = sorted(
                [(total + steps[before], before) for total, before in columns[i] if before in steps],
                key=_rank,
            )
        following = known[i, label]
        heapq.heappush(heap, (score, (*labels, following[0][1]), following, 0))


def _best_before(column: _Ways, label: int, weights: Weights) -> int | None:
    """Return the score of the best way from a column to `label` that follows it, None where there is none."""
    steps, highest = weights.steps_to[label], weights.highest_to[label]
    best = None
    for total, before in column:
        if best is not None and total + highest <= best:
            break
        step = steps.get(before)
        if step is not None and (best is None or total + step > best):
            best = total + step
    return best


def _rank(way: tuple[int, int]) -> tuple[int, int]:
    return -way[0], way[1]


def tried(rows: Sequence[int], weights: Weights, pruned: int) -> Iterator[list[tuple[int, int]]]:
    """Yield the labels of each token that other readings may have, with their scores.

    A label that scores `pruned` less than the token's best one is not among them; one that begins a
    component always is.
    """
    for i, row in enumerate(rows):
        scores = weights.scores(row if i else row + weights.start)
        begin = max(scores[: len(weights.beginning)])
        cut = min(max(scores) - pruned, begin - 1)
        yield [(label, score) for label, score in enumerate(scores) if score > cut]
