"""Documents → one `Merged`. The merge rules, in the order in which documents apply (bases first):

- `metadata` is the last document's own; nothing of it is inherited.
- `scheme`, `mode`, `failure`, `bindings`: the last document that sets one wins.
- `params` merge key by key; `vocabulary` holds the words of all documents together.
- `rules`: for each rule the last severity and the last mode win, options merge key by key, and a list
  replaces a list. `off` keeps a rule's options for a later document that turns it on again.
- `custom`: a rule replaces an earlier one of the same code whole; `rules` may set its severity and mode.
- `waivers`: those of all documents together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from namegate_policy.language.document import RuleEntry
from namegate_policy.language.problems import explain, problem, unknown
from namegate_policy.verdict import Mode, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from namegate_policy.errors import PolicyProblem
    from namegate_policy.language.document import (
        Bindings,
        CustomRule,
        PolicyDocument,
        WaiverEntry,
        WordPattern,
    )
    from namegate_policy.language.documents import Document
    from namegate_policy.language.nodes import Node
    from namegate_policy.naming import Kind
    from namegate_policy.rules.base import Rule
    from namegate_policy.verdict import Location

OFF = frozenset({"off", "no", "false"})
ON = frozenset({"on", "yes", "true"})
LEVELS = (*(str(severity.value) for severity in Severity), "on", "off")


@dataclass(slots=True)
class Setting:
    """What the documents together say of one rule. `origins` says where each of its keys was set."""

    code: str
    name: str
    default: Severity
    definition: Rule[Any] | CustomRule
    node: Node | None = None
    """Where a custom rule is defined."""
    location: Location | None = None
    severity: Severity | None = None
    mode: Mode | None = None
    options: dict[str, Node] = field(default_factory=dict)
    origins: dict[str, Location] = field(default_factory=dict)


@dataclass(slots=True)
class Merged:
    """What the documents say together; `origins` names the place of each setting beside the rules'."""

    settings: dict[str, Setting]
    """Built-in and custom rules by code; those without a location were never mentioned."""
    names: dict[str, str]
    """Code and name → code."""
    problems: list[PolicyProblem] = field(default_factory=list)
    mode: Mode = Mode.ENFORCE
    failure: str = "closed"
    scheme: str = "ptm"
    scheme_of: Document | None = None
    bindings: Bindings | None = None
    params: dict[str, Any] = field(default_factory=dict)
    vocabulary: dict[Kind, list[str | WordPattern]] = field(default_factory=dict)
    waivers: list[tuple[WaiverEntry, tuple[str, ...], Location]] = field(default_factory=list)
    origins: dict[str, Location] = field(default_factory=dict)


def merge(documents: Sequence[Document], rules: Sequence[Rule[Any]]) -> Merged:
    """Return what the documents say together, with the mistakes in what they say of rules."""
    merged = Merged(
        settings={rule.code: Setting(rule.code, rule.name, rule.severity, rule) for rule in rules},
        names={key: rule.code for rule in rules for key in (rule.code, rule.name)},
    )
    for document in documents:
        if document.model:
            _merge_values(merged, document, document.model)
            _merge_custom(merged, document, document.model)
        _merge_rules(merged, document)
    for document in documents:
        _merge_waivers(merged, document)
    return merged


def _merge_values(merged: Merged, document: Document, model: PolicyDocument) -> None:
    root = document.root
    for name in ("mode", "failure", "scheme", "bindings"):
        value = getattr(model, name)
        node = root.child(name)
        if value is not None and node is not None:
            setattr(merged, name, value)
            merged.origins[name] = node.key or node.location
    if model.scheme is not None:
        merged.scheme_of = document
    for section in ("params", "vocabulary"):
        node = root.child(section)
        for name, child in node.value.items() if node and isinstance(node.value, dict) else ():
            merged.origins[f"{section}.{name}"] = child.key or child.location
    merged.params |= model.params
    for kind, words in model.vocabulary.items():
        known = merged.vocabulary.setdefault(kind, [])
        known += [word for word in words if word not in known]


def _merge_custom(merged: Merged, document: Document, model: PolicyDocument) -> None:
    section = document.root.child("custom")
    seen: dict[str, Location] = {}
    for index, custom in enumerate(model.custom):
        node = section.child(index) if section else None
        if node is None:
            continue
        code = node.child("code")
        place = code.location if code else node.location
        if custom.code in seen:
            message = f"the code {custom.code} stands twice (first in line {seen[custom.code].line})"
            merged.problems.append(problem(message, place))
            continue
        seen[custom.code] = place
        owner = merged.names.get(custom.rule, custom.code)
        if owner != custom.code:
            name = node.child("rule")
            message = f"{custom.rule!r} is the name of {owner}; choose another"
            merged.problems.append(problem(message, name.location if name else place))
            continue
        previous = merged.settings.get(custom.code)
        if previous:
            merged.names.pop(previous.name, None)
        setting = Setting(custom.code, custom.rule, custom.severity, custom, node, place, custom.severity)
        setting.mode = custom.mode
        merged.settings[custom.code] = setting
        merged.names[custom.code] = merged.names[custom.rule] = custom.code


def _merge_rules(merged: Merged, document: Document) -> None:
    section = document.root.child("rules")
    if section is None or not isinstance(section.value, dict):
        return
    named: dict[str, str] = {}
    for key, node in section.value.items():
        place = node.key or node.location
        code = merged.names.get(key)
        if code is None:
            merged.problems.append(unknown("rule", key, place, alike(key, merged.names)))
            continue
        setting = merged.settings[code]
        if code in named:
            message = f"{key!r} and {named[code]!r} are one rule, {code} {setting.name}; set it once"
            merged.problems.append(problem(message, place))
            continue
        named[code] = key
        setting.location = place
        _merge_entry(setting, key, node, merged.problems)


def _merge_entry(setting: Setting, key: str, node: Node, problems: list[PolicyProblem]) -> None:
    place = node.key or node.location
    if isinstance(node.value, dict):
        own = {name: child.data() for name, child in node.value.items() if name in RuleEntry.model_fields}
        try:
            entry = RuleEntry.model_validate(own)
        except ValidationError as error:
            problems += explain(RuleEntry, error, node, within=key)
            return
        if entry.severity is not None or setting.severity is None:
            setting.severity = None if entry.severity == "off" else entry.severity or setting.default
            setting.origins["severity"] = place
        setting.mode = entry.mode or setting.mode
        for name, child in node.value.items():
            setting.origins[name] = child.key or child.location
            if name not in own:
                setting.options[name] = child
        return
    level = node.value.lower() if isinstance(node.value, str) else ""
    if level in OFF:
        setting.severity = None
    elif level in ON:
        setting.severity = setting.default
    elif level in LEVELS:
        setting.severity = Severity(level)
    elif isinstance(node.value, str):
        problems.append(unknown(f"severity of {key}", node.value, node.location, LEVELS))
    else:
        found = "nothing" if node.value is None else "a list"
        message = f"{key} should be a severity or a mapping of options, found {found}"
        problems.append(problem(message, node.location, LEVELS))
    setting.origins["severity"] = place


def _merge_waivers(merged: Merged, document: Document) -> None:
    section = document.root.child("waivers")
    nodes = section.value if section and isinstance(section.value, list) else []
    for index, node in enumerate(nodes):
        codes = _codes(node.child("rules"), merged.names, merged.problems)
        if document.model:
            merged.waivers.append((document.model.waivers[index], codes, node.location))


def _codes(names: Node | None, known: Mapping[str, str], problems: list[PolicyProblem]) -> tuple[str, ...]:
    """Return the codes of the rules that a list names."""
    codes = []
    for node in names.value if names and isinstance(names.value, list) else ():
        if isinstance(node.value, str):
            code = known.get(node.value)
            if code is None:
                problems.append(unknown("rule", node.value, node.location, alike(node.value, known)))
            else:
                codes.append(code)
    return tuple(dict.fromkeys(codes))


def alike(name: str, known: Mapping[str, str]) -> list[str]:
    """Return the codes of the known rules for what looks like a code, else their names."""
    by_code = name[-1:].isdigit()
    return [key for key, code in known.items() if (key == code) == by_code]
