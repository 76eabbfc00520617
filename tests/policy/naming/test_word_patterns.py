"""Patterns of words that an organization adds to the vocabulary."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.errors import SchemeError
from namegate_policy.naming import Kind, default_vocabulary, parse_name
from namegate_policy.naming.scheme import load_scheme
from namegate_policy.naming.word_patterns import MAX_CHARACTERS, MAX_PATTERNS, WordPatterns, pattern_problem

ACME = Path(__file__).parent / "schemes" / "acme.lark"
PATTERNS = {Kind.ARCHITECTURE: ["acmenet[0-9]+", "acme(former|lm)x"], Kind.VERSION: ["r[0-9]{4}"]}
VOCABULARY = default_vocabulary().extended({}, PATTERNS)

# pattern: words that it takes, words that it does not
TAKEN = {
    "acmenet[0-9]+": (["acmenet1", "AcmeNet12"], ["acmenet", "xacmenet1", "acmenet1x"]),
    "a|b": (["a", "B"], ["ab", "c"]),
    "(?-i:a)b": (["ab", "aB"], ["Ab"]),
    r"r\d{2}|s\pN": (["r24", "s1"], ["r2", "r24s1"]),
    "[a-z-]x": (["ax"], ["x"]),
}
REFUSED = {
    "acme[": "missing ]",
    "(?=a)b": "invalid perl operator",
    r"(a)\1": "invalid escape sequence",
    "a)|(b": "unexpected )",
    "(((a{1,99}){1,99}){1,99})": "invalid repetition size",
    r"\pL{1,900}": "too large",
    "a" * (MAX_CHARACTERS + 1): "at most 200 characters",
    "[a-z]*": "takes the empty text",
    "": "takes the empty text",
    "rel-[0-9]": "none has the '-'",
    r"v1\.[0-9]": r"none has the '\\.'",
    "my word": "none has the ' '",
    "a_b": "none has the '_'",
}


@pytest.mark.parametrize("pattern", TAKEN)
def test_a_pattern_takes_whole_words(pattern: str) -> None:
    assert pattern_problem(pattern) is None
    patterns = WordPatterns({Kind.TITLE: [pattern]})
    taken, left = TAKEN[pattern]
    assert [word for word in taken + left if patterns.kinds(word)] == taken


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_is_refused(pattern: str) -> None:
    assert REFUSED[pattern] in str(pattern_problem(pattern))
    with pytest.raises(SchemeError):
        default_vocabulary().extended({}, {Kind.TITLE: [pattern]})


def test_patterns_are_few() -> None:
    many = [f"acme{number}x" for number in range(MAX_PATTERNS + 1)]
    with pytest.raises(SchemeError, match="65 patterns of words; at most 64"):
        default_vocabulary().extended({}, {Kind.TITLE: many[:60], Kind.TASK: many[60:]})


# name: (kind, text) of components that a pattern gives
READ = {
    "acme/acmenet12-7b-r2024": [("architecture", "acmenet12"), ("version", "r2024")],
    "AcmeNet3": [("architecture", "AcmeNet3")],
    "acme/AcmeLMX-chat": [("architecture", "AcmeLMX")],
}


@pytest.mark.parametrize("name", READ)
def test_words_of_a_pattern_are_read_as_their_kind(name: str) -> None:
    parts = [(str(part.kind), part.text) for part in parse_name(name, vocabulary=VOCABULARY).components]
    assert [part for part in READ[name] if part not in parts] == []
    architecture = parse_name(name, vocabulary=VOCABULARY).of(Kind.ARCHITECTURE)[0]
    assert architecture.canonical == architecture.text.lower()
    assert VOCABULARY.lookup(Kind.ARCHITECTURE, architecture.text) is not None


def test_a_listed_word_keeps_its_kinds() -> None:
    greedy = default_vocabulary().extended({}, {Kind.TITLE: [".+"]})
    assert greedy.kinds("llama") == default_vocabulary().kinds("llama")
    assert greedy.kinds("qwertzuiop") == (Kind.TITLE,)
    assert greedy.words(Kind.TITLE) == default_vocabulary().words(Kind.TITLE)


def test_an_organizations_scheme_knows_words_of_a_pattern() -> None:
    for vocabulary, known in ((VOCABULARY, "acmenet12"), (None, None)):
        name = load_scheme(ACME, vocabulary).parse("acme/acmenet12-8b-v1")
        assert name.mismatch is None
        assert name.of(Kind.ARCHITECTURE)[0].canonical == known


@given(st.text("acme[]()|*+?{}0-9\\.pLdwb^$,:i< ", max_size=30) | st.text(max_size=MAX_CHARACTERS + 5))
def test_any_text_is_a_pattern_or_refused(pattern: str) -> None:
    if pattern_problem(pattern) is None:
        vocabulary = default_vocabulary().extended({}, {Kind.TITLE: [pattern]})
        assert vocabulary.kinds("llama") == default_vocabulary().kinds("llama")
        assert set(vocabulary.kinds("acme12x")) <= {Kind.TITLE}


@given(st.text("acmenetr2024lmx-_. 8b/", max_size=40))
def test_letters_and_digits_stay_covered(text: str) -> None:
    name = f"x{text.replace('/', '')}"
    covered = [position for part in parse_name(name, vocabulary=VOCABULARY).components
               for position in range(*part.span)]  # fmt: skip
    assert len(covered) == len(set(covered))
    assert {index for index, character in enumerate(name) if character.isalnum()} <= set(covered)
