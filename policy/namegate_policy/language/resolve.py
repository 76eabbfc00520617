"""Documents → `Policy`. How settings merge:

- `metadata` is the last document's own; nothing of it is inherited.
- `scheme`, `mode`, `failure`: the last document that sets one wins.
- `vocabulary`: the words of all documents together.
- `rules`: for each rule the last severity and the last mode win, options merge key by key, and a list
  replaces a list. `off` keeps a rule's options for a later document that turns it on again.
- `waivers`: all of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from namegate_policy.language.document import RuleEntry
from namegate_policy.language.nodes import Node
from namegate_policy.language.policy import ActiveRule, Policy, Waiver
from namegate_policy.language.problems import explain, problem, unknown
from namegate_policy.naming import default_vocabulary
from namegate_policy.verdict import Mode, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from namegate_policy.errors import PolicyProblem
    from namegate_policy.language.documents import Document
    from namegate_policy.rules.base import Options, Rule
    from namegate_policy.verdict import Location

_BESIDE = tuple(RuleEntry.model_fields)
_OFF = frozenset({"off", "no", "false"})
_ON = frozenset({"on", "yes", "true"})
_LEVELS = (*(str(severity.value) for severity in Severity), "on", "off")


@dataclass(slots=True)
class Setting:
    """What the documents together say of one rule."""

    rule: Rule[Any]
    location: Location
    severity: Severity | None = None
    mode: Mode | None = None
    options: dict[str, Node] = field(default_factory=dict)


def resolve(
    documents: Sequence[Document], rules: Sequence[Rule[Any]]
) -> tuple[Policy | None, list[PolicyProblem]]:
    """Return the policy of the documents, None where they have mistakes, and the mistakes."""
    problems: list[PolicyProblem] = []
    known = {key: rule for rule in rules for key in (rule.code, rule.name)}
    settings: dict[str, Setting] = {}
    for document in documents:
        _collect(document, known, settings, problems)
    active = {code: _options(setting, problems) for code, setting in settings.items()}
    waivers = tuple(_waivers(documents, known, problems))
    models = [document.model for document in documents if document.model]
    if problems or len(models) < len(documents) or not models:
        return None, problems
    last = models[-1]
    mode = next((model.mode for model in reversed(models) if model.mode), Mode.ENFORCE)
    words: dict[Any, list[str]] = {}
    for model in models:
        for kind, added in model.vocabulary.items():
            words.setdefault(kind, []).extend(word for word in added if word not in words.get(kind, ()))
    policy = Policy(
        name=last.metadata.name,
        revision=last.metadata.revision,
        description=last.metadata.description,
        mode=mode,
        failure=next((model.failure for model in reversed(models) if model.failure), "closed"),
        scheme=next((model.scheme for model in reversed(models) if model.scheme), "ptm"),
        vocabulary=default_vocabulary().extended(words) if words else default_vocabulary(),
        rules=tuple(
            ActiveRule(setting.rule, setting.severity, options, setting.location, setting.mode or mode)
            for code, setting in sorted(settings.items())
            if setting.severity is not None and (options := active[code]) is not None
        ),
        waivers=waivers,
        digest="",
    )
    return _with_digest(policy, words), []


def _collect(
    document: Document,
    known: Mapping[str, Rule[Any]],
    settings: dict[str, Setting],
    problems: list[PolicyProblem],
) -> None:
    """Merge one document's `rules` into the settings."""
    section = document.root.child("rules")
    if section is None or not isinstance(section.value, dict):
        return
    named: dict[str, str] = {}
    for key, node in section.value.items():
        place = node.key or node.location
        rule = known.get(key)
        if rule is None:
            problems.append(unknown("rule", key, place, _alike(key, known)))
            continue
        if rule.code in named:
            message = f"{key!r} and {named[rule.code]!r} are one rule, {rule.code} {rule.name}; set it once"
            problems.append(problem(message, place))
            continue
        named[rule.code] = key
        setting = settings.setdefault(rule.code, Setting(rule, place))
        setting.location = place
        _merge(setting, key, node, problems)


def _merge(setting: Setting, key: str, node: Node, problems: list[PolicyProblem]) -> None:
    if isinstance(node.value, dict):
        own = {name: child.data() for name, child in node.value.items() if name in RuleEntry.model_fields}
        try:
            entry = RuleEntry.model_validate(own)
        except ValidationError as error:
            problems += explain(RuleEntry, error, node, within=key)
            return
        if entry.severity == "off":
            setting.severity = None
        elif entry.severity is not None:
            setting.severity = entry.severity
        elif setting.severity is None:
            setting.severity = setting.rule.severity
        setting.mode = entry.mode or setting.mode
        for name, child in node.value.items():
            if name not in own:
                setting.options[name] = child
    elif isinstance(node.value, str):
        level = node.value.lower()
        if level in _OFF:
            setting.severity = None
        elif level in _ON:
            setting.severity = setting.rule.severity
        elif level in {severity.value for severity in Severity}:
            setting.severity = Severity(level)
        else:
            problems.append(unknown(f"severity of {key}", node.value, node.location, _LEVELS))
    else:
        found = "nothing" if node.value is None else "a list"
        message = f"{key} should be a severity or a mapping of options, found {found}"
        problems.append(problem(message, node.location, _LEVELS))


def _options(setting: Setting, problems: list[PolicyProblem]) -> Options | None:
    """Return the rule's options; a rule that is off needs none, but what it has must be right."""
    model: type[Options] = setting.rule.options
    node = Node(setting.options, setting.location)
    try:
        return model.model_validate(node.data())
    except ValidationError as error:
        found = explain(model, error, node, what="option", within=setting.rule.name, beside=_BESIDE)
        if setting.severity is None:
            found = [each for each in found if " is missing" not in each.message]
        problems += found
        return None


def _waivers(
    documents: Sequence[Document], known: Mapping[str, Rule[Any]], problems: list[PolicyProblem]
) -> list[Waiver]:
    waivers = []
    for document in documents:
        section = document.root.child("waivers")
        nodes = section.value if section and isinstance(section.value, list) else []
        for index, node in enumerate(nodes):
            codes = _codes(node.child("rules"), known, problems)
            if document.model:
                entry = document.model.waivers[index]
                waivers.append(
                    Waiver(entry.match, codes, entry.reason, entry.approved_by, entry.expires, node.location)
                )
    return waivers


def _codes(
    names: Node | None, known: Mapping[str, Rule[Any]], problems: list[PolicyProblem]
) -> tuple[str, ...]:
    """Return the codes of the rules that a list names."""
    codes = []
    for node in names.value if names and isinstance(names.value, list) else ():
        if isinstance(node.value, str):
            rule = known.get(node.value)
            if rule is None:
                problems.append(unknown("rule", node.value, node.location, _alike(node.value, known)))
            else:
                codes.append(rule.code)
    return tuple(dict.fromkeys(codes))


def _alike(name: str, known: Mapping[str, Rule[Any]]) -> list[str]:
    """Return the codes of the known rules for what looks like a code, else their names."""
    by_code = name[:2].upper() == "NG" and name[2:].isdigit()
    return [choice for choice in known if choice.startswith("NG") == by_code]


def _with_digest(policy: Policy, words: Mapping[Any, list[str]]) -> Policy:
    content = {
        "name": policy.name,
        "revision": policy.revision,
        "mode": policy.mode.value,
        "failure": policy.failure,
        "scheme": policy.scheme,
        "vocabulary": {kind.value: sorted(added) for kind, added in sorted(words.items())},
        "rules": {
            active.rule.code: {
                "severity": active.severity.value,
                "mode": active.mode.value,
                "options": _canonical(active.options.model_dump()),
            }
            for active in policy.rules
        },
        "waivers": [
            [waiver.match, waiver.rules, waiver.reason, waiver.approved_by, waiver.expires.isoformat()]
            for waiver in policy.waivers
        ],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return replace(policy, digest=hashlib.sha256(text.encode()).hexdigest())


def _canonical(value: Any) -> Any:
    """Return options as JSON types, sets in a fixed order."""
    if isinstance(value, dict):
        return {str(key): _canonical(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(child) for child in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_canonical(child) for child in value), key=str)
    return value if isinstance(value, (int, float, type(None))) else str(value)
