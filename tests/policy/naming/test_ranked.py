"""The best paths through labels, one after the other, against all paths there are."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.naming.decode import ranked, tried
from namegate_policy.naming.weights import Weights, write_row

LABELS = ("B-size", "B-task", "B-title", "I-size", "I-task", "I-title")
COUNT = len(LABELS)
SCORES = st.lists(st.integers(-40, 40), min_size=COUNT, max_size=COUNT)
STEPS = st.dictionaries(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), st.integers(-30, 30))


def _weights(steps: dict[tuple[int, int], int], tokens: list[list[int]]) -> tuple[Weights, list[int]]:
    attributes = {str(i): write_row(dict(enumerate(scores))) for i, scores in enumerate(tokens)}
    weights = Weights(LABELS, attributes, steps, 32)
    return weights, [weights.row([str(i)]) for i in range(len(tokens))]


@given(STEPS, st.lists(SCORES, min_size=1, max_size=4), st.integers(0, 80))
def test_paths_come_in_the_order_of_their_scores(
    steps: dict[tuple[int, int], int], tokens: list[list[int]], pruned: int
) -> None:
    weights, rows = _weights(steps, tokens)
    choices = [dict(labels) for labels in tried(rows, weights, pruned)]
    paths = []
    for labels in itertools.product(*choices):
        pairs = list(itertools.pairwise(labels))
        if all(weights.begins[b] or weights.kinds[a] is weights.kinds[b] for a, b in pairs):
            score = sum(of[label] for of, label in zip(choices, labels, strict=True))
            paths.append((score + sum(steps.get(pair, 0) for pair in pairs), list(labels)))
    paths.sort(key=lambda path: (-path[0], path[1][::-1]))
    assert list(ranked(rows, weights, pruned)) == paths


@given(STEPS, st.lists(SCORES, min_size=1, max_size=4), st.integers(0, 80))
def test_a_label_that_is_not_tried_is_far_behind(
    steps: dict[tuple[int, int], int], tokens: list[list[int]], pruned: int
) -> None:
    weights, rows = _weights(steps, tokens)
    for i, (scores, labels) in enumerate(zip(tokens, tried(rows, weights, pruned), strict=True)):
        open_to = scores if i else scores[: COUNT // 2]
        kept = {label for label, _ in labels}
        assert all(label in kept for label, score in enumerate(open_to) if score > max(open_to) - pruned)
        assert kept & set(range(COUNT // 2))


def test_no_token_has_one_empty_path() -> None:
    weights, _ = _weights({}, [])
    assert list(ranked([], weights, 9)) == [(0, [])]
