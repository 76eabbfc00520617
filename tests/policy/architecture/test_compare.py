"""Two checkpoints side by side, and what a card may say."""

from __future__ import annotations

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.compare import Difference, compare
from namegate_policy.architecture.describe import describe
from tests.policy.architecture.headers import header, llama

SMALL = {"layers": 4, "width": 64, "inner": 128, "keys": 16, "vocabulary": 1000}


def test_a_checkpoint_can_be_tuned_from_itself() -> None:
    comparison = compare(header(llama(**SMALL)), header(llama(**SMALL)))
    assert (comparison.tunable, comparison.differences) == (True, ())


def test_added_tokens_and_heads_are_tuning() -> None:
    comparison = compare(header(llama(**SMALL)), header(llama(**{**SMALL, "vocabulary": 1008})))
    assert comparison.tunable
    assert Difference("lm_head.weight", (1, (1000, 64)), (1, (1008, 64))) in comparison.differences


def test_another_depth_is_not_tuning() -> None:
    comparison = compare(header(llama(**SMALL)), header(llama(**{**SMALL, "layers": 5})))
    assert not comparison.tunable
    assert comparison.reason.startswith("model.layers.{}.")


def test_a_nested_base_is_compared_without_its_prefix() -> None:
    bare = {name.removeprefix("model."): shape for name, shape in llama(**SMALL, tied=True).items()}
    assert compare(header(bare), header(llama(**SMALL))).tunable


def test_the_card_says_only_what_is_proven() -> None:
    card = describe(architecture_of(header(llama(**SMALL))))
    assert card["parameters"] == sum(a * (b[0] if b else 1) for a, *b in llama(**SMALL).values())
    assert "pipeline_tag" not in card or card["pipeline_tag"] == "text-generation"
