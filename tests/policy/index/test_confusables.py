"""What looks like what, after UTS #39."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.index.confusables import _ASCII, _prototypes, ascii_for, skeleton

ALIKE = [
    ("paypal", "раураl"),
    ("paypal", "paypaI"),
    ("paypal", "paypa1"),
    ("modern", "rnodern"),
    ("google", "g\u03bf\u03bfgle"),
    ("scope", "ѕсоре"),
    ("acme", "ac\u200bme"),
    ("llama", "llаma"),
]
DIFFERENT = [("acme", "acne"), ("llama", "lama"), ("bert", "BERT"), ("a", "ä")]
READ_AS = [("а", "a"), ("ｌ", "l"), ("é", "e"), ("Ⅳ", "IV"), ("日", None), ("ß", None)]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_texts_that_look_alike_share_a_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_differ_to_the_eye_do_not(one, other):
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(("character", "likeness"), READ_AS)
def test_a_foreign_character_is_read_as_ascii(character, likeness):
    assert ascii_for(character) == likeness


def test_the_short_ascii_table_is_the_ascii_part_of_the_long_one():
    assert {code: text for code, text in _prototypes().items() if code < 128} == _ASCII


@given(st.text())
def test_a_skeleton_is_its_own_skeleton(text):
    assert skeleton(skeleton(text)) == skeleton(text)
