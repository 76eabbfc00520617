"""The literal list, the modules of the package and the lookup agree."""

import pkgutil
from importlib import import_module

import pytest

from namegate_policy import rules
from namegate_policy.errors import UnknownRuleError
from namegate_policy.rules.base import Rule
from namegate_policy.rules.registry import RULES, rule


def test_every_module_with_a_rule_is_registered_under_its_name():
    defined = {}
    for module in pkgutil.iter_modules(rules.__path__):
        found = getattr(import_module(f"namegate_policy.rules.{module.name}"), "RULE", None)
        if isinstance(found, Rule):
            defined[module.name.replace("_", "-")] = found
    assert defined == {rule.name: rule for rule in RULES}


def test_rules_are_in_order_of_their_codes_and_none_is_twice():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.code)
def test_options_describe_themselves(known):
    for name, field in known.options.model_fields.items():
        assert field.description, f"{known.name}: option {name}"


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.code)
def test_options_that_a_policy_leaves_out_are_right_unchecked(known):
    if not any(field.is_required() for field in known.options.model_fields.values()):
        assert known.options.model_construct().model_dump() == known.options.model_validate({}).model_dump()


@pytest.mark.parametrize("key", ["NG103", "ng103", "separator-style", "Separator-Style"])
def test_a_rule_is_found_by_code_and_by_name(key):
    assert rule(key).code == "NG103"


def test_an_unknown_rule_is_refused_with_the_nearest_and_the_supported():
    with pytest.raises(UnknownRuleError) as caught:
        rule("seperator-style")
    assert caught.value.nearest[0] == "separator-style"
    assert "NG103 separator-style" in caught.value.supported
    assert "nearest: separator-style" in str(caught.value)
    assert "supported: NG101 invalid-registry-name" in str(caught.value)
