"""The policy document as a model: which keys it has and what each may hold.

Nothing here defers its annotations: pydantic reads them, and the JSON Schema is made from them.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from namegate_policy.language.nodes import core
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Options
from namegate_policy.verdict import Mode, Severity

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Untyped = Annotated[Any, BeforeValidator(core)]
"""A value of any type, resolved by YAML 1.2's core schema."""


def _day(value: Any) -> Any:
    """Return the date of a text such as 2027-03-31; pydantic alone would take times and counts too."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"a date is written 2027-03-31, found {value[:40]!r}") from None
    return value


def _word(value: str) -> str:
    if not any(map(str.isalnum, value)):
        raise ValueError(f"a word of the vocabulary holds a letter or a digit, found {value[:40]!r}")
    return value


def _word_form(value: str) -> str:
    from namegate_policy.naming.word_patterns import pattern_problem  # with RE2, which few policies need

    if problem := pattern_problem(value):
        raise ValueError(problem)
    return value


def _form(pattern: str, words: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{words}, found {value[:40]!r}")
        return value

    return AfterValidator(check)


def _pattern_of(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": f"^{pattern}$"})


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_CODE = r"[A-Z][A-Z_-]{0,15}[0-9]{1,6}"
_KEBAB = r"[a-z][a-z0-9]{0,31}(-[a-z0-9]{1,32}){0,15}"
_IDENTIFIER = r"[a-z][a-z0-9_]{0,63}"

PolicyName = Annotated[
    str,
    _form(_NAME, "a policy's name is up to 64 letters, digits, dots, hyphens and underscores"),
    _pattern_of(_NAME),
]
Code = Annotated[str, _form(_CODE, "a code is capitals and a number, such as ACME001"), _pattern_of(_CODE)]
RuleName = Annotated[
    str,
    _form(_KEBAB, "a rule's name is lower-case words with hyphens, such as no-zero-version"),
    _pattern_of(_KEBAB),
]
Identifier = Annotated[
    str, _form(_IDENTIFIER, "a parameter's name is lower-case, such as max_size"), _pattern_of(_IDENTIFIER)
]
Part = Literal["name", "organization", "repository"] | Kind
"""What a condition may look at: the full id, its two halves, and the components of a kind."""

Day = Annotated[date, BeforeValidator(_day)]
Word = Annotated[Text, AfterValidator(_word)]
WordForm = Annotated[Text, AfterValidator(_word_form)]
OneOrMore = Annotated[
    tuple[Text, ...],
    BeforeValidator(_list, json_schema_input_type=Text | tuple[Text, ...]),
    Field(min_length=1),
]


class Section(Options):
    """Base of the document's parts; like the options of rules, they refuse unknown keys."""


class Metadata(Section):
    """What the policy is called."""

    name: PolicyName = Field(description="the policy's name, as verdicts print it")
    revision: Text = Field(
        default="1",
        description="changes with every change; text, so that 1.10 is no 1.1",
        json_schema_extra={"type": ["string", "number"]},
    )
    description: str = ""


class Bindings(Section):
    """Which names the policy is for; a list that is not given means all."""

    organizations: tuple[Text, ...] | None = Field(
        default=None, description="globs of organizations, such as acme or acme-*"
    )
    registries: tuple[Text, ...] | None = Field(
        default=None, description="globs of registries, such as huggingface or *.acme.example"
    )


class WaiverEntry(Section):
    """One exception; all five keys are needed, so that none is open-ended or anonymous."""

    match: Text = Field(description="a glob on the full id; * is any text, / included")
    rules: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(description="codes or names of rules")
    reason: Text = Field(description="why, or the ticket that says why")
    approved_by: Text = Field(description="who allowed it")
    expires: Day = Field(description="the last day on which it holds, in UTC")


class RuleEntry(Section):
    """A rule's settings beside its own options."""

    severity: Severity | Literal["off"] | None = Field(
        default=None, description="how much a violation weighs; off turns the rule off"
    )
    mode: Mode | None = Field(default=None, description="the rule's own mode instead of the policy's")


class Pattern(Section):
    """What a part of a name has to look like; all keys that are given have to hold."""

    any_of: OneOrMore | None = Field(default=None, description="one of these words is there")
    none_of: OneOrMore | None = Field(default=None, description="none of these words is there")
    matches: Text | None = Field(
        default=None, description="a regular expression (RE2) that is found in one such part"
    )
    not_matches: Text | None = Field(
        default=None, description="a regular expression (RE2) that is found in no such part"
    )
    present: bool | None = Field(default=None, description="whether there is such a part at all")


def _pattern(value: Any) -> Any:
    return {"any_of": value} if isinstance(value, (str, list)) else value


Condition = Annotated[
    Pattern, BeforeValidator(_pattern, json_schema_input_type=Text | tuple[Text, ...] | Pattern)
]
_PARTS = {"propertyNames": {"enum": ["name", "organization", "repository", *(kind.value for kind in Kind)]}}
Conditions = Annotated[dict[Part, Condition], Field(min_length=1, json_schema_extra=_PARTS)]


class CustomRule(Section):
    """A rule of the organization's own: a CEL expression, or conditions on the parts of the name."""

    code: Code = Field(description="such as ACME001; codes that begin with NG are Namegate's own")
    rule: RuleName = Field(description="the kebab-case name")
    severity: Severity = Severity.ERROR
    mode: Mode | None = None
    when: Conditions | None = Field(default=None, description="the rule is for names of which all this holds")
    require: Conditions | None = Field(default=None, description="all this has to hold of the name")
    deny: Conditions | None = Field(default=None, description="not all of this may hold of the name")
    assert_: Text | None = Field(
        default=None, alias="assert", description="a CEL expression that has to hold"
    )
    message: Text = Field(description="what a violation says; {name.version} shows data of the name")
    part: Part | None = Field(default=None, description="the part of the name that a violation points at")

    @model_validator(mode="after")
    def _one_demand(self) -> Self:
        given = sum(demand is not None for demand in (self.require, self.deny, self.assert_))
        if given != 1:
            raise ValueError(f"a rule has one of require, deny and assert, found {given or 'none'} of them")
        if self.code.startswith("NG") and self.code[2:].isdigit():
            raise ValueError(f"{self.code} is a code of Namegate's own; choose another prefix")
        return self


class WordPattern(Section):
    """Words of one form: all that the expression takes wholly and that no vocabulary lists."""

    pattern: WordForm = Field(
        description="a regular expression (RE2) that takes a whole word: letters and digits in any case"
    )


def _item(value: Any) -> str:
    return _ITEMS[isinstance(value, (dict, WordPattern))]


_ITEMS = ("(a word)", "(a pattern)")
VocabularyItem = Annotated[
    Annotated[Word, Tag(_ITEMS[0])] | Annotated[WordPattern, Tag(_ITEMS[1])], Discriminator(_item)
]


def written(item: str | WordPattern) -> str | dict[str, str]:
    """Return an item of the vocabulary as a document has it."""
    return {"pattern": item.pattern} if isinstance(item, WordPattern) else item


class PolicyDocument(Section):
    """A naming policy of Namegate."""

    api_version: Literal["namegate/v1"] = Field(alias="apiVersion")
    kind: Literal["NamingPolicy"]
    metadata: Metadata
    extends: tuple[Text, ...] = Field(
        default=(), description="packs (namegate:recommended) and files, whose settings come first"
    )
    bindings: Bindings | None = Field(default=None, description="which names the policy is for")
    scheme: Text | None = Field(
        default=None, description="how names are read: a shipped scheme, or ./path.lark"
    )
    mode: Mode | None = Field(default=None, description="what errors do; enforce where nothing is said")
    failure: Literal["closed", "open"] | None = Field(
        default=None, description="what a hook does when no decision can be had; closed refuses"
    )
    params: dict[Identifier, Untyped] = Field(
        default_factory=dict, description="values that expressions and messages read as params.NAME"
    )
    vocabulary: dict[Kind, tuple[VocabularyItem, ...]] = Field(
        default_factory=dict, description="further words of each kind, and patterns of words"
    )
    rules: dict[str, Any] = Field(
        default_factory=dict, description="rules by code or name: off, a severity, or a mapping of options"
    )
    custom: tuple[CustomRule, ...] = Field(default=(), description="rules of the organization's own")
    waivers: tuple[WaiverEntry, ...] = Field(default=(), description="exceptions, each with an end")
