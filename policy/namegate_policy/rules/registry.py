"""The rules that Namegate knows, as a literal list in order of their codes."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from namegate_policy.errors import UnknownRuleError
from namegate_policy.rules import (
    adapter_mismatch,
    allowed_values,
    ambiguous_name,
    architecture_mismatch,
    base_model_mismatch,
    card_mismatch,
    case_style,
    component_order,
    config_mismatch,
    config_weights_mismatch,
    confusable_characters,
    denied_values,
    dimension_mismatch,
    duplicate_component,
    experts_mismatch,
    forbidden_word,
    format_mismatch,
    incomplete_checkpoint,
    input_mismatch,
    invalid_registry_name,
    licence_clause,
    lineage_name,
    look_alike,
    missing_card_attribute,
    missing_component,
    name_length,
    name_taken,
    namespace_reuse,
    naming_convention,
    organization_impersonation,
    quantization_mismatch,
    scheme_mismatch,
    separator_style,
    size_mismatch,
    size_range,
    size_word_mismatch,
    task_head_mismatch,
    unexplained_text,
    uninformative_name,
    unknown_architecture,
    unknown_dataset,
    unknown_format,
    unknown_language,
    unknown_task,
    unsafe_format,
    unverifiable_weights,
    version_format,
    version_order,
)

if TYPE_CHECKING:
    from namegate_policy.rules.base import Rule

RULES: tuple[Rule[Any], ...] = (
    invalid_registry_name.RULE,
    scheme_mismatch.RULE,
    separator_style.RULE,
    case_style.RULE,
    name_length.RULE,
    confusable_characters.RULE,
    forbidden_word.RULE,
    ambiguous_name.RULE,
    missing_component.RULE,
    component_order.RULE,
    duplicate_component.RULE,
    unknown_architecture.RULE,
    unknown_dataset.RULE,
    unknown_task.RULE,
    unknown_language.RULE,
    unknown_format.RULE,
    version_format.RULE,
    allowed_values.RULE,
    denied_values.RULE,
    size_range.RULE,
    uninformative_name.RULE,
    naming_convention.RULE,
    unexplained_text.RULE,
    name_taken.RULE,
    look_alike.RULE,
    organization_impersonation.RULE,
    namespace_reuse.RULE,
    version_order.RULE,
    lineage_name.RULE,
    licence_clause.RULE,
    architecture_mismatch.RULE,
    size_mismatch.RULE,
    size_word_mismatch.RULE,
    dimension_mismatch.RULE,
    input_mismatch.RULE,
    experts_mismatch.RULE,
    quantization_mismatch.RULE,
    format_mismatch.RULE,
    adapter_mismatch.RULE,
    task_head_mismatch.RULE,
    base_model_mismatch.RULE,
    incomplete_checkpoint.RULE,
    unsafe_format.RULE,
    config_weights_mismatch.RULE,
    unverifiable_weights.RULE,
    config_mismatch.RULE,
    card_mismatch.RULE,
    missing_card_attribute.RULE,
)

_BY_KEY = {key.lower(): known for known in RULES for key in (known.code, known.name)}


def rule(code_or_name: str) -> Rule[Any]:
    """Return the rule with that code (`NG103`) or name (`separator-style`), in any letter case.

    Raises UnknownRuleError, which names the nearest rules and all supported ones.
    """
    asked = code_or_name.lower()
    if asked in _BY_KEY:
        return _BY_KEY[asked]
    close = difflib.get_close_matches(asked.replace("_", "-"), _BY_KEY, n=3)
    nearest = tuple(dict.fromkeys(_BY_KEY[key].name for key in close))
    supported = tuple(f"{known.code} {known.name}" for known in RULES)
    hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
    raise UnknownRuleError(
        f"there is no rule {code_or_name!r}{hint}; supported: {', '.join(supported)}",
        nearest=nearest,
        supported=supported,
    )
