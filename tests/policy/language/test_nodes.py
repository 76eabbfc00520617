from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.language.nodes import MAX_BYTES, MAX_DEPTH, Plain, core, read_nodes

REFUSED = {
    "anchor": ("a: &x 1", ["1:4: anchors (&name) are not allowed; repeat the value or use `extends`"]),
    "alias": (
        "a: &x 1\nb: *x",
        [
            "1:4: anchors (&name) are not allowed; repeat the value or use `extends`",
            "2:4: aliases (*name) are not allowed; repeat the value or use `extends`",
        ],
    ),
    "tag": ("a: !!python/none x", ["1:4: tags (!name) are not allowed; a value's type follows from its key"]),
    "tag on a mapping": (
        "a: !x {b: c}",
        ["1:4: tags (!name) are not allowed; a value's type follows from its key"],
    ),
    "merge key": ("<<: {a: 1}", ["1:1: merge keys (<<) are not allowed; use `extends`"]),
    "duplicate key": ("a: 1\nb: 2\na: 3", ["3:1: the key 'a' stands twice (first in line 1)"]),
    "nested duplicate key": ("x: {a: 1, a: 2}", ["1:11: the key 'a' stands twice (first in line 1)"]),
    "two documents": ("a: 1\n---\nb: 2", ["2:1: a policy file holds one document; this starts another"]),
    "directive": ("%YAML 1.1\n---\na: 1", ["1:1: directives (%YAML, %TAG) are not allowed"]),
    "list as key": ("? [a]\n: b", ["1:3: a key must be text"]),
    "unclosed list": ("a: [1\nb: 2", ["2:2: this is not YAML: did not find expected ',' or ']'"]),
    "control character": ("é: \x07", ["1:4: this is not YAML: control characters are not allowed"]),
    "unpaired surrogate": ("a:\n  \ud800", ["2:3: an unpaired surrogate is no text"]),
    "not UTF-8": (b"a: 1\nb: \xff", ["2:1: byte 8 is not UTF-8"]),
    "empty": ("", ["1:1: the document is empty"]),
    "comments only": ("# nothing\n", ["1:1: the document is empty"]),
    "too large": ("a" * (MAX_BYTES + 1), ["1:1: the document is larger than 256 KB"]),
    "too deep": ("[" * 100_000, ["1:33: the document is nested deeper than 32 levels"]),
    "several": (
        "a: !x 1\na: 2\nb: *c",
        [
            "1:4: tags (!name) are not allowed; a value's type follows from its key",
            "2:1: the key 'a' stands twice (first in line 1)",
            "3:4: aliases (*name) are not allowed; repeat the value or use `extends`",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_refuses(text: str | bytes, expected: list[str]) -> None:
    _, problems = read_nodes(text, "p.yaml")
    assert [str(problem) for problem in problems] == [f"p.yaml:{line}" for line in expected]


def test_keeps_text_positions_and_quotes() -> None:
    root, problems = read_nodes("a: 1.10\n\"b\": ['off', off, ~]\né: |\n  x\n", "p")
    assert not problems
    assert root is not None
    assert root.data() == {"a": "1.10", "b": ["off", "off", None], "é": "x\n"}
    items = root.child("b")
    assert items is not None
    quoted, plain = items.child(0), items.child(1)
    assert quoted is not None
    assert plain is not None
    assert not isinstance(quoted.value, Plain)
    assert isinstance(plain.value, Plain)
    assert (plain.location.line, plain.location.column) == (2, 14)
    assert items.key is not None
    assert (items.key.line, items.key.column) == (2, 1)


def test_depth_up_to_the_limit_is_read() -> None:
    _, problems = read_nodes("[" * MAX_DEPTH + "]" * MAX_DEPTH, "p")
    assert not problems


CORE = {
    "true": True,
    "False": False,
    "yes": "yes",
    "no": "no",
    "off": "off",
    "12": 12,
    "-3": -3,
    "0o17": 15,
    "0x1F": 31,
    "012": 12,
    "1.10": 1.1,
    "1e3": 1000.0,
    ".5": 0.5,
    "-.inf": -math.inf,
    "2027-03-31": "2027-03-31",
    "1_000": "1_000",
    "12:30": "12:30",
    "~": None,
}


@pytest.mark.parametrize(("text", "expected"), CORE.items())
def test_untyped_values_follow_the_core_schema(text: str, expected: object) -> None:
    root, _ = read_nodes(f"[{text}, '{text}']", "p")
    assert root is not None
    plain, quoted = core(root.data())
    assert (plain, type(plain)) == (expected, type(expected))
    assert quoted == text


def test_a_number_of_too_many_digits_is_an_error() -> None:
    root, _ = read_nodes("9" * 5000, "p")
    assert root is not None
    with pytest.raises(ValueError, match="digits"):
        core(root.data())


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@`,?<~ \n\t\0é\ud800"), max_size=60))
def test_any_text_gives_a_document_or_a_problem(text: str) -> None:
    root, problems = read_nodes(text, "p")
    assert root is not None or problems


@given(st.binary(max_size=80))
def test_any_bytes_give_a_document_or_a_problem(data: bytes) -> None:
    root, problems = read_nodes(data, "p")
    assert root is not None or problems
