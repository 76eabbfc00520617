"""Documents → `Policy`: merged, every rule's options checked, every expression compiled."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import ValidationError

from namegate_policy.errors import PolicyNotFoundError, PolicyProblem, SchemeError
from namegate_policy.language.compile import compile_rules
from namegate_policy.language.document import CustomRule, RuleEntry, WordPattern, written
from namegate_policy.language.documents import locate
from namegate_policy.language.merge import Merged, Setting, merge
from namegate_policy.language.nodes import Node
from namegate_policy.language.policy import ActiveRule, Policy, Waiver
from namegate_policy.language.problems import explain, problem, unknown
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.verdict import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from namegate_policy.language.custom import CustomRules
    from namegate_policy.language.documents import Document
    from namegate_policy.naming import Kind, ModelName, Vocabulary
    from namegate_policy.rules.base import Options, Rule

_ByKind = tuple[tuple["Kind", tuple[str, ...]], ...]
_BESIDE = tuple(RuleEntry.model_fields)


def resolve(
    documents: Sequence[Document], rules: Sequence[Rule[Any]], boundary: Path | None
) -> tuple[Policy | None, list[PolicyProblem]]:
    """Return the policy of the documents, None where they have mistakes, and the mistakes.

    A grammar that the policy names by path may not lie outside of `boundary`.
    """
    merged = merge(documents, rules)
    problems = merged.problems
    own = tuple(_active(merged, problems))
    custom, custom_rules = _custom(merged, documents, problems)
    active = own + custom
    vocabulary = _vocabulary(merged)
    read, grammar = _scheme(merged, vocabulary, boundary)
    last = documents[-1].model if documents else None
    if problems or last is None or any(document.model is None for document in documents):
        return None, problems
    policy = Policy(
        name=last.metadata.name,
        revision=last.metadata.revision,
        description=last.metadata.description,
        mode=merged.mode,
        failure=merged.failure,
        scheme=merged.scheme,
        vocabulary=vocabulary,
        rules=active,
        read=read,
        check=compile_rules(own, custom, custom_rules),
        waivers=tuple(
            Waiver(entry.match, codes, entry.reason, entry.approved_by, entry.expires, location)
            for entry, codes, location in merged.waivers
        ),
        digest=_digest(last.metadata.name, last.metadata.revision, merged, active, grammar),
        organizations=merged.bindings.organizations if merged.bindings else None,
        registries=merged.bindings.registries if merged.bindings else None,
        params=merged.params,
        words={kind: tuple(words) for kind, words in merged.vocabulary.items()},
        origins=_origins(merged),
    )
    return policy, []


def _vocabulary(merged: Merged) -> Vocabulary:
    """Return Namegate's own vocabulary with the words and patterns of the documents."""
    if not merged.vocabulary:
        return default_vocabulary()
    words: dict[Kind, tuple[str, ...]] = {}
    patterns: dict[Kind, tuple[str, ...]] = {}
    for kind, items in merged.vocabulary.items():
        words[kind] = tuple(item for item in items if isinstance(item, str))
        if given := tuple(item.pattern for item in items if isinstance(item, WordPattern)):
            patterns[kind] = given
    try:
        return _extended(tuple(words.items()), tuple(patterns.items()))
    except SchemeError as error:
        place = merged.origins[f"vocabulary.{next(reversed(patterns))}"]
        merged.problems.append(problem(error.message, place))
        return default_vocabulary()


@lru_cache(maxsize=64)
def _extended(words: _ByKind, patterns: _ByKind) -> Vocabulary:
    """Return one vocabulary for equal words: names that are remembered hold the one they were read with."""
    return default_vocabulary().extended(dict(words), dict(patterns))


def _custom(
    merged: Merged, documents: Sequence[Document], problems: list[PolicyProblem]
) -> tuple[tuple[ActiveRule, ...], CustomRules | None]:
    """Return the organization's rules that are on, and the one function that evaluates them all."""
    if not any(isinstance(setting.definition, CustomRule) for setting in merged.settings.values()):
        return (), None
    from namegate_policy.language.custom_load import load_custom  # with RE2 and CEL, which few policies need

    return load_custom(merged, {each.source: each.text for each in documents}, problems)


def _scheme(
    merged: Merged, vocabulary: Vocabulary, boundary: Path | None
) -> tuple[Callable[[str], ModelName], str]:
    """Return what reads names in the policy's scheme, and the text of a grammar of the policy's own."""
    universal = partial(parse_name, vocabulary=vocabulary)
    node = merged.scheme_of.root.child("scheme") if merged.scheme_of else None
    if merged.scheme == "ptm" or merged.scheme_of is None or node is None:
        return universal, ""
    from namegate_policy.naming.scheme import load_scheme, scheme_names

    try:
        if not merged.scheme.endswith(".lark"):
            if merged.scheme not in scheme_names():
                merged.problems.append(unknown("scheme", merged.scheme, node.location, scheme_names()))
                return universal, ""
            return load_scheme(merged.scheme, vocabulary).parse, ""
        scheme = load_scheme(locate(merged.scheme, merged.scheme_of.folder, boundary), vocabulary)
    except (SchemeError, PolicyNotFoundError) as error:
        merged.problems.append(problem(error.message, node.location))
        if isinstance(error, SchemeError):
            merged.problems += [
                PolicyProblem(each.message, each.source, each.line, each.column, each.choices)
                for each in error.problems
            ]
        return universal, ""
    return scheme.parse, scheme.text


def _active(merged: Merged, problems: list[PolicyProblem]) -> Sequence[ActiveRule]:
    """Return Namegate's own rules that are on, by code."""
    found = []
    for setting in sorted(merged.settings.values(), key=lambda each: each.code):
        if setting.location is None or isinstance(setting.definition, CustomRule):
            continue
        options = _options(setting, setting.definition.options, problems)
        if setting.severity is not None and options is not None:
            mode = setting.mode or merged.mode
            found.append(ActiveRule(setting.definition, setting.severity, options, setting.location, mode))
    return found


def _options(setting: Setting, model: type[Options], problems: list[PolicyProblem]) -> Options | None:
    """Return the rule's options; a rule that is off needs none, but what it has must be right."""
    if not setting.options and not any(field.is_required() for field in model.model_fields.values()):
        return model.model_construct()  # all defaults; the model's validator need not be built for them
    place = setting.location or Location(1, 1)
    node = Node(setting.options, place.source, (place.line, place.column))
    try:
        return model.model_validate(node.data())
    except ValidationError as error:
        found = explain(model, error, node, what="option", within=setting.name, beside=_BESIDE)
        if setting.severity is None:
            found = [each for each in found if " is missing" not in each.message]
        problems += found
        return None


def _origins(merged: Merged) -> dict[str, Location]:
    origins = dict(merged.origins)
    for setting in merged.settings.values():
        if setting.location is not None:
            origins[f"rules.{setting.code}"] = setting.location
            for name, place in setting.origins.items():
                origins[f"rules.{setting.code}.{name}"] = place
    return origins


def _digest(name: str, revision: str, merged: Merged, active: Sequence[ActiveRule], grammar: str) -> str:
    """Return the SHA-256 of what the documents mean together: written otherwise, it stays the same."""
    content = {
        "name": name,
        "revision": revision,
        "mode": merged.mode,
        "failure": merged.failure,
        "scheme": grammar or merged.scheme,
        "bindings": merged.bindings and merged.bindings.model_dump(),
        "params": merged.params,
        "vocabulary": {
            kind: sorted(map(written, words), key=str) for kind, words in merged.vocabulary.items()
        },
        "rules": {each.rule.code: [each.severity, each.mode, _meaning(each.options)] for each in active},
        "waivers": [
            [*entry.model_dump(exclude={"rules"}).values(), codes] for entry, codes, _ in merged.waivers
        ],
    }
    encoded = msgspec.json.encode(content, order="deterministic", enc_hook=dict)  # a model as its fields
    return hashlib.sha256(encoded).hexdigest()


def _meaning(options: Options) -> dict[str, Any]:
    """Return a rule's options; the severity and mode of a custom rule's definition may be set elsewhere."""
    if isinstance(options, CustomRule):
        return options.model_dump(exclude={"severity", "mode"})
    return dict(options)
