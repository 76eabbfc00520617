"""Names composed of components are read as these components again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.naming import Kind
from namegate_policy.naming.compose import ORDER, compose
from namegate_policy.naming.scheme import load_scheme

ACME = Path(__file__).parent / "schemes" / "acme.lark"
LLAMA = {"architecture": "llama", "version": "v3", "size": "8B", "task": "instruct"}

COMPOSED = [
    ("ptm", "acme", LLAMA, "acme/llama-v3-8B-instruct"),
    ("ptm", None, {"architecture": "bert", "size": "base", "input": "uncased"}, "bert-base-uncased"),
    ("huggingface", "acme", LLAMA, "acme/llama-v3-8B-instruct"),
    ("gguf", None, LLAMA, "llama-v3-8B-instruct.gguf"),
    ("gguf-strict", None, {**LLAMA, "quantization": "Q4_K_M"}, "llama-8B-instruct-v3-Q4_K_M.gguf"),
    ("timm", None, {"architecture": "vit", "size": "base"}, "vit-base"),
    (ACME, "acme", LLAMA, "acme/llama-8B-instruct-v3"),
]
IMPOSSIBLE = [
    (ACME, None, LLAMA, "the scheme acme has no name of architecture 'llama'"),
    (ACME, "acme", {**LLAMA, "format": "gguf"}, "the scheme acme has no name of"),
    ("timm", "acme", LLAMA, "the scheme timm has no name of"),
    ("ptm", None, {"architecture": "-"}, "'-' is read with nothing in place of architecture '-'"),
    ("ptm", None, {"size": "llama"}, "'llama' is read with"),
    ("ptm", None, {}, "a name needs at least one component"),
    (
        "gguf-strict",
        None,
        {"architecture": "llama", "size": "8B"},
        "the scheme gguf-strict asks for",
    ),
]


def _components(texts: dict[str, str]) -> list[tuple[Kind, str]]:
    return [(Kind(kind), text) for kind, text in texts.items()]


@pytest.mark.parametrize(("scheme", "organization", "texts", "name"), COMPOSED)
def test_composed_names(
    scheme: str | Path, organization: str | None, texts: dict[str, str], name: str
) -> None:
    composition = compose(_components(texts), load_scheme(scheme), organization=organization)
    assert composition.problem is None
    assert composition.name is not None
    assert composition.name.text == name
    assert {part.kind.value: part.text for part in composition.name.components} == texts


@pytest.mark.parametrize(("scheme", "organization", "texts", "problem"), IMPOSSIBLE)
def test_names_that_cannot_be(
    scheme: str | Path, organization: str | None, texts: dict[str, str], problem: str
) -> None:
    composition = compose(_components(texts), load_scheme(scheme), organization=organization)
    assert composition.name is None
    assert (composition.problem or "").startswith(problem)


def test_the_order_has_every_kind_once() -> None:
    assert sorted(ORDER) == sorted(Kind)


WORDS = st.sampled_from(
    ["llama", "bert", "8B", "v2", "squad", "chat", "en", "Q4_K_M", "gguf", "zz", "-", "a b", ""]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(Kind)), WORDS), max_size=5),
    st.sampled_from(["ptm", "gguf", "ollama"]),
)
def test_a_composed_name_is_read_as_its_components(components: list[tuple[Kind, str]], scheme: str) -> None:
    composition = compose(components, load_scheme(scheme))
    if composition.name is None:
        assert composition.problem
    else:
        assert sorted(components) == sorted((part.kind, part.text) for part in composition.name.components)
