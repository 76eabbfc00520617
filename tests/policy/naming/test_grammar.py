"""A scheme's grammar: what is refused, in which words, and what is read by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark.exceptions import UnexpectedToken

from namegate_policy.errors import SchemeError
from namegate_policy.naming.grammar import Grammar, Rejection
from namegate_policy.naming.grammar_text import MAX_CHARACTERS

TERMINALS = frozenset(
    {"ORGANIZATION", "ARCHITECTURE", "SIZE", "VERSION", "TASK", "TITLE", "SEPARATOR", "OTHER"}
)
KINDS = frozenset({"DATASET", "DIMENSION", "FORMAT", "INPUT", "LANGUAGE", "QUANTIZATION"}) | TERMINALS
MISTAKEN = sorted((Path(__file__).parent / "grammars").glob("*.lark"))

ACME = 'start: organization "/" ARCHITECTURE "-" SIZE ["-" DATASET] ["-" TASK] "-" VERSION'


@pytest.mark.parametrize("path", MISTAKEN, ids=lambda path: path.stem)
def test_a_mistaken_grammar_is_refused_in_these_words(path: Path) -> None:
    with pytest.raises(SchemeError) as caught:
        Grammar(path.read_text(), KINDS, path.name)
    assert f"{caught.value}\n" == path.with_suffix(".txt").read_text()
    assert caught.value.problems


def terminals(grammar: Grammar, *tokens: str) -> tuple[str, ...]:
    return tuple(token if token.isalpha() else grammar.separator(token) for token in tokens)


def test_a_parse_is_a_template_of_token_indexes() -> None:
    grammar = Grammar(ACME, KINDS, "acme.lark")
    tokens = terminals(grammar, "ORGANIZATION", "/", "ARCHITECTURE", "-", "SIZE", "-", "VERSION")
    assert grammar.parse(tokens) == ("start", (("organization", (0,)), 2, 4, 6))
    assert grammar.parse(tokens) is grammar.parse(tokens)


REJECTED = [
    (("ORGANIZATION", "/", "SIZE"), 2, ("ARCHITECTURE",)),
    (("ORGANIZATION", "/", "ARCHITECTURE", "-", "SIZE", "-"), 6, ("DATASET", "TASK", "VERSION")),
    (("ORGANIZATION", "/", "ARCHITECTURE", "_", "SIZE"), 3, ('"-"',)),
    (("ARCHITECTURE",), 0, ("ORGANIZATION",)),
    ((), 0, ("ORGANIZATION",)),
    (("ORGANIZATION", "/", "ARCHITECTURE", "-", "SIZE", "-", "VERSION", "-", "TASK"), 7, ("$END",)),
]


@pytest.mark.parametrize(("tokens", "index", "expected"), REJECTED)
def test_a_rejection_says_where_and_what_would_fit(
    tokens: tuple[str, ...], index: int, expected: tuple[str, ...]
) -> None:
    grammar = Grammar(ACME, KINDS, "acme.lark")
    assert grammar.parse(terminals(grammar, *tokens)) == Rejection(index, expected)


def test_a_grammar_may_take_any_separator() -> None:
    grammar = Grammar('start: ARCHITECTURE SEPARATOR SIZE ["-" TASK]', KINDS, "any.lark")
    assert isinstance(grammar.parse(terminals(grammar, "ARCHITECTURE", "~", "SIZE", "-", "TASK")), tuple)
    assert isinstance(grammar.parse(terminals(grammar, "ARCHITECTURE", "-", "SIZE")), Rejection)


def test_a_long_grammar_is_not_read() -> None:
    with pytest.raises(SchemeError, match=f"at most {MAX_CHARACTERS} are read"):
        Grammar("start: " + "SIZE " * MAX_CHARACTERS, KINDS, "long.lark")


SYMBOLS = st.sampled_from(
    [
        *sorted(TERMINALS),
        "start",
        "word",
        "start:",
        "word:",
        '"-"',
        '"/"',
        "(",
        ")",
        "[",
        "]",
        "|",
        "?",
        "*",
        "+",
    ]
)


@given(
    st.lists(
        st.sampled_from(["ORGANIZATION", "/", "ARCHITECTURE", "-", "SIZE", "VERSION", "TASK"]), max_size=9
    )
)
def test_the_answer_is_that_of_lark(tokens: list[str]) -> None:
    grammar = Grammar(ACME, KINDS, "acme.lark")
    given = terminals(grammar, *tokens)
    try:
        parsed = grammar._lark.parse(given)
    except UnexpectedToken as error:
        index = len(given) if error.token.type == "$END" else int(error.token)
        rejection = grammar.rejection(given)
        assert rejection is not None
        assert rejection.index == index
    else:
        assert grammar.rejection(given) is None
        assert parsed.data == "start"


@given(st.lists(SYMBOLS, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_compiled_or_refused_with_a_place(text: str) -> None:
    try:
        Grammar(text, KINDS, "any.lark")
    except SchemeError as error:
        lines = text.split("\n")
        assert error.problems
        assert all(1 <= problem.line <= max(1, len(lines)) for problem in error.problems)
