"""The policy document as a model: which keys it has and what each may hold."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from namegate_policy.language.nodes import core
from namegate_policy.naming.model import Kind
from namegate_policy.verdict import Mode, Severity

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
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


Day = Annotated[date, BeforeValidator(_day)]


def _word(value: str) -> str:
    if not any(map(str.isalnum, value)):
        raise ValueError(f"a word of the vocabulary holds a letter or a digit, found {value[:40]!r}")
    return value


Word = Annotated[Text, AfterValidator(_word)]


class Section(BaseModel):
    """Base of the document's parts; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Metadata(Section):
    """What the policy is called."""

    name: PolicyName
    revision: Text = "1"
    description: str = ""


class WaiverEntry(Section):
    """One exception; all five keys are needed, so that none is open-ended or anonymous."""

    match: Text
    rules: Annotated[tuple[Text, ...], Field(min_length=1)]
    reason: Text
    approved_by: Text
    expires: Day


class RuleEntry(Section):
    """A rule's settings beside its own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    severity: Severity | Literal["off"] | None = None
    mode: Mode | None = None


class PolicyDocument(Section):
    """A policy file."""

    api_version: Literal["namegate/v1"] = Field(alias="apiVersion")
    kind: Literal["NamingPolicy"]
    metadata: Metadata
    extends: tuple[Text, ...] = ()
    scheme: Text | None = None
    mode: Mode | None = None
    failure: Literal["closed", "open"] | None = None
    vocabulary: dict[Kind, tuple[Word, ...]] = Field(default_factory=dict)
    rules: dict[str, Any] = Field(default_factory=dict)
    waivers: tuple[WaiverEntry, ...] = ()
