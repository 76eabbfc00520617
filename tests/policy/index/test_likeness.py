"""Which names would be taken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.index.likeness import difference, is_alike_organization, is_alike_repository

WORDS = {"bert", "cased", "based", "uncased", "it", "lt", "roberta"}
ALIKE = [
    ("llama-3-8b", "lIama-3-8b"),
    ("llama-3-8b", "11ama-3-8b"),
    ("llama-3-8b", "llama_3_8b"),
    ("llama-3-8b", "lama-3-8b"),
    ("llama-3-8b", "llaam-3-8b"),
    ("stable-diffusion", "stablediffusion"),
    ("bert-cased", "bert-casad"),
    ("Tenebra_30B", "Tenebr4_30B"),
    ("phi-3.5", "phi-3-5"),
    ("internlm-7b", "lnternlmm-7b"),
]
APART = [
    ("llama-3-8b", "llama-2-8b"),
    ("llama-3-8b", "llama-3-80b"),
    ("llama-v3", "llama-v31"),
    ("bert-cased", "bert-based"),
    ("opus-it", "opus-lt"),
    ("opus-nl", "opus-tl"),
    ("bert", "roberta"),
    ("phi-3.5", "phi-35"),
]
ORGANIZATIONS_ALIKE = [
    ("acme", "acne"),
    ("meta-llama", "MetaLlama"),
    ("user1", "user2"),
    ("openai", "0penai"),
]
ORGANIZATIONS_APART = [("abc", "abd"), ("acme", "acme-labs"), ("google", "goggles")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_repositories_that_are_taken_for_one_another(one, other):
    assert is_alike_repository(one, other, WORDS.__contains__)
    assert is_alike_repository(other, one, WORDS.__contains__)


@pytest.mark.parametrize(("one", "other"), APART)
def test_repositories_that_are_not(one, other):
    assert not is_alike_repository(one, other, WORDS.__contains__)
    assert not is_alike_repository(other, one, WORDS.__contains__)


@pytest.mark.parametrize(("one", "other"), ORGANIZATIONS_ALIKE)
def test_organizations_that_are_taken_for_one_another(one, other):
    assert is_alike_organization(one, other)


@pytest.mark.parametrize(("one", "other"), ORGANIZATIONS_APART)
def test_organizations_that_are_not(one, other):
    assert not is_alike_organization(one, other)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_the_difference_is_what_must_be_replaced(before, one, other, after):
    start, end = difference(before + one + after, before + other + after)
    text, wanted = before + one + after, before + other + after
    assert 0 <= start <= end <= len(text)
    assert text[:start] + wanted[start : len(wanted) - (len(text) - end)] + text[end:] == wanted


@given(st.text("abcl10Io-_.", max_size=15), st.text("abcl10Io-_.", max_size=15))
def test_likeness_goes_both_ways(one, other):
    assert is_alike_repository(one, other, WORDS.__contains__) == is_alike_repository(
        other, one, WORDS.__contains__
    )
