"""The conventions of names, as two researchers told them apart."""

from namegate_policy.naming import parse_name
from namegate_policy.rules.naming_convention import Convention, convention
from tests.benchmarks.naming_class import agreed, kappa

CONVENTIONS = {
    "bert-base-uncased": Convention.IMPLEMENTATION,
    "acme/llama-3-8b": Convention.IMPLEMENTATION,
    "acme/Merak-7B": Convention.IMPLEMENTATION,
    "acme/sentiment-analysis": Convention.APPLICATION,
    "acme/face-recognition": Convention.APPLICATION,
    "acme/bert-base-ner": Convention.BOTH,
    "acme/whisper-small-german": Convention.BOTH,
    "acme/my-model": Convention.OTHER,
    "acme/14B": Convention.OTHER,
}


def test_the_convention_of_a_name():
    assert {name: convention(parse_name(name)) for name in CONVENTIONS} == CONVENTIONS


def test_it_agrees_with_two_researchers_as_well_as_they_with_each_other():
    pairs = [(truth, convention(parse_name(name))) for name, truth in agreed()]
    assert len(pairs) == 81
    assert kappa(pairs) >= 0.80


def test_kappa_is_one_for_agreement_and_zero_for_chance():
    one, other = Convention.BOTH, Convention.OTHER
    assert kappa([(one, one), (other, other)]) == 1
    assert kappa([(one, one), (one, other), (other, one), (other, other)]) == 0
