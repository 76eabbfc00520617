"""The guess by shapes: near the truth for true networks, a claim for none, and bounded on any input."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.architecture import architecture_of
from namegate_policy.architecture.catalogue import EXACT, NEAR, catalogue
from namegate_policy.architecture.claims.family import judge_family
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.patterns import normalize
from namegate_policy.architecture.shapes import ANSWERS, DATA, Model, likeliest, symbols_of
from tests.policy.architecture.headers import Shapes, bert, gpt2, header, llama

if TYPE_CHECKING:
    from namegate_policy.weights.header import WeightsHeader


def hidden(shapes: Shapes, order: str = "names", dtype: str = "BF16") -> WeightsHeader:
    """Return a header of these tensors under names that tell nothing."""
    names = sorted(shapes) if order == "names" else list(shapes)
    if order == "shuffled":
        random.Random(1).shuffle(names)
    return header({f"t{number:05}": shapes[name] for number, name in enumerate(names)}, dtype)


PUBLISHED = {
    "BERT base": bert(12, 768),
    "BERT large": bert(24, 1024),
    "MiniLM": bert(6, 384),
    "GPT-2": gpt2(12, 768),
    "GPT-2 medium": gpt2(24, 1024),
    "Llama 3 8B": llama(),
    "Llama 2 7B": llama(32, 4096, 11008, 4096, 32000),
}


@pytest.mark.parametrize("order", ["names", "memory", "shuffled"])
@pytest.mark.parametrize("shapes", PUBLISHED.values(), ids=PUBLISHED)
def test_published_networks_are_like_those_that_write_the_same_names(shapes: Shapes, order: str) -> None:
    alike = {label.type for label in catalogue().exact(normalize([*shapes]))}
    found = architecture_of(hidden(shapes, order))
    assert found.families == ()
    assert not alike.isdisjoint(found.resembles), (alike, found.resembles)


def test_the_facts_say_why_no_family_is_known() -> None:
    facts = architecture_of(hidden(bert(12, 768))).to_dict()
    one, two, three = facts["resembles"]
    assert facts["unrecognized"] == (
        f"the tensor names are of no known network; the shapes look like {one}, {two} or {three}"
    )
    assert "families" not in facts
    assert "unrecognized" not in architecture_of(header(bert(12, 768))).to_dict()


STATE = {
    "numbers of positions": ("I64", (1, 512)),
    "a causal mask": ("U8", (1, 1, 512, 512)),
    "a causal mask in numbers": ("F32", (1, 1, 512, 512)),
}


@pytest.mark.parametrize(("dtype", "shape"), STATE.values(), ids=STATE)
def test_state_that_older_releases_store_changes_no_guess(dtype: str, shape: tuple[int, ...]) -> None:
    tensors = [(f"t{number}", "F32", shape) for number, shape in enumerate(bert(12, 768).values())]
    assert set(architecture_of(header([("a", dtype, shape), *tensors])).resembles) == set(
        architecture_of(header(tensors)).resembles
    )


NO_GUESS = {
    "packed": hidden(llama(4), dtype="U8"),
    "GGUF": header({f"t{n}": shape for n, shape in enumerate(llama(4).values())}, "F16", "gguf"),
    "ONNX": header({f"onnx::MatMul_{n}": shape for n, shape in enumerate(llama(4).values())}, "F32", "onnx"),
    "one shape": hidden({f"a{number}": (64, 64) for number in range(9)}),
    "an adapter": header({f"layers.{n}.lora_{part}.weight": (8, 64) for n in range(4) for part in "AB"}),
}


@pytest.mark.parametrize("weights", NO_GUESS.values(), ids=NO_GUESS)
def test_no_guess(weights: WeightsHeader) -> None:
    found = architecture_of(weights)
    assert found.resembles == ()
    assert "look like" not in (found.unrecognized or "")


_SIZES = st.one_of(
    st.sampled_from([0, 1, 2, 3, 64, 128, 512, 768, 3072, 30522]),
    st.integers(0, 2**63 - 1),
    st.integers(0, 20),
)
_LISTS = st.lists(st.lists(_SIZES, max_size=8).map(tuple), max_size=60)


@settings(deadline=None)
@given(_LISTS, st.sets(st.sampled_from(sorted(catalogue().types)), min_size=1, max_size=5))
def test_shapes_alone_confirm_and_contradict_nothing(
    shapes: list[tuple[int, ...]], claimed: set[str]
) -> None:
    found = architecture_of(hidden({f"{number:03}": shape for number, shape in enumerate(shapes)}))
    assert found.families == found.plausible == found.classes == ()
    assert judge_family(frozenset(claimed), found) is Outcome.UNDECIDABLE
    assert judge_family(frozenset(found.resembles), found) is Outcome.UNDECIDABLE
    assert len(found.resembles) in (0, ANSWERS)


@settings(deadline=None, max_examples=30)
@given(_LISTS, st.randoms(use_true_random=False))
def test_any_list_of_shapes_has_one_answer(shapes: list[tuple[int, ...]], chance: random.Random) -> None:
    assert likeliest(shapes) == likeliest(list(shapes))
    assert all(isinstance(symbol, str) for symbol in symbols_of(shapes))
    shapes *= 3
    chance.shuffle(shapes)
    assert symbols_of(shapes) == symbols_of(tuple(shapes))


def _wide(count: int) -> list[tuple[int, ...]]:
    return [(number + 10, number % 7 + 1000) for number in range(count)]


HOSTILE = {
    "100,000 tensors of one shape": [(768, 768)] * 100_000,
    "100,000 shapes": _wide(100_000),
    "as many shapes as are looked at": _wide(256) * 390,
    "a long order without repetition": [
        (10 + number * number % 251, 10 + number * 31 % 255) for number in range(100_000)
    ],
    "shapes of six dimensions": [tuple(range(number, number + 6)) for number in range(10, 260)] * 400,
    "shapes of sixteen dimensions": [tuple(range(number, number + 16)) for number in range(200)],
    "one dimension in all": [(768, number + 10) for number in range(250)] * 400,
    "huge dimensions": [(2**62 + number, 2**63 - 1) for number in range(250)],
    "dimensions of zero": [(0,), (0, 0), (0, 5), (5, 0)] * 25_000,
    "no dimensions": [(), (1,)] * 50_000,
}
MOST_SYMBOLS = 40_000
"""Each costs a microsecond or two."""


@pytest.mark.parametrize("shapes", HOSTILE.values(), ids=HOSTILE)
def test_work_is_bounded(shapes: list[tuple[int, ...]]) -> None:
    assert len(symbols_of(shapes)) <= MOST_SYMBOLS
    assert len(likeliest(shapes)) in (0, ANSWERS)


def test_the_order_counts_only_where_there_is_one() -> None:
    shapes = [*bert(12, 768).values()]
    other = shapes.copy()
    random.Random(3).shuffle(shapes)
    assert symbols_of(shapes) < symbols_of(other)


def test_depth_leaves_most_symbols_as_they_are() -> None:
    six, twelve = symbols_of([*bert(6, 768).values()]), symbols_of([*bert(12, 768).values()])
    assert len(six & twelve) > 0.95 * len(six | twelve)


def test_the_model_is_small_and_of_the_catalogue() -> None:
    model = Model.read()
    assert len(set(model.types) & catalogue().types) > 0.99 * len(model.types)
    assert set(model.releases) <= set(catalogue().releases)
    assert sum(path.stat().st_size for path in (EXACT, NEAR, DATA)) < 1_000_000
    assert max(map(abs, memoryview(model.symbols).cast("b"))) < 128
