"""What the server sends, described for OpenAPI; the bytes come from the engine's own writers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Span = tuple[int, int]


class _Response(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PolicyReference(_Response):
    """Which policy decided."""

    name: str
    revision: str
    digest: str


class Component(_Response):
    """A part of a name; `span` is `[start, end)` in characters of the full id."""

    kind: str
    text: str
    span: Span
    canonical: str | None


class Name(_Response):
    """A name as it is read. `margin` is in log-odds, null where no other reading was possible."""

    text: str
    organization: str | None
    repository: str
    scheme: str
    components: list[Component]
    size: dict[str, Any] | None
    version: dict[str, Any] | None
    margin: float | None
    runner_up: list[Component] | None


class Location(_Response):
    """A place in a policy document; lines and columns count from 1."""

    line: int
    column: int
    source: str | None


class Violation(_Response):
    """A rule that the name breaks."""

    code: str
    rule: str
    severity: Literal["error", "warn", "info"]
    mode: Literal["audit", "warn", "enforce"]
    message: str
    span: Span | None
    expected: str | None
    actual: Any
    waived_by: str | None
    policy_location: Location | None


class Edit(_Response):
    """Replace the characters `span` of the full id by `text`."""

    span: Span
    text: str


class Suggestion(_Response):
    """A name that passes the same policy."""

    name: str
    edits: list[Edit]


class Verdict(_Response):
    """The decision on one name; a denial is an answer with status 200."""

    decision_id: str
    allowed: bool
    outcome: Literal["allowed", "denied", "unverifiable"]
    mode: Literal["audit", "warn", "enforce"]
    policy: PolicyReference
    name: Name
    violations: list[Violation]
    suggestion: str | None
    suggestions: list[Suggestion]
    weights: dict[str, Any] | None = Field(description="what the weights were found to be")


class Problem(BaseModel):
    """RFC 9457 problem details; further members say more of each kind of problem."""

    type: str = Field(examples=["urn:namegate:problem:unreadable-name"])
    title: str
    status: int
    detail: str


class NamedProblem(Problem):
    """Why a name of a batch has no verdict."""

    name: str


class BatchResults(_Response):
    """One result a name, in the order of the request."""

    results: list[Verdict | NamedProblem]


class PolicySummary(_Response):
    """A policy that the server knows; requests name it by `reference`."""

    reference: str
    name: str
    revision: str
    description: str
    mode: str
    scheme: str
    digest: str


class Policies(_Response):
    """The policies that load."""

    policies: list[PolicySummary]


class ActiveRule(_Response):
    """A rule that a policy turns on."""

    code: str
    rule: str
    severity: str
    mode: str
    options: dict[str, Any]
    location: Location | None


class Waiver(_Response):
    """An exception that holds through the day `expires`."""

    match: str
    rules: list[str]
    reason: str
    approved_by: str
    expires: str


class PolicyDetails(PolicySummary):
    """A policy with its rules."""

    failure: str
    rules: list[ActiveRule]
    waivers: list[Waiver]


class Health(_Response):
    """The state of the server."""

    status: Literal["live", "ready"]


class Decision(_Response):
    """A line of the decision log; `client` is whose key it was, null on a server without keys."""

    number: int
    at: str
    decision_id: str
    name: str
    policy: str
    revision: str
    outcome: Literal["allowed", "denied", "unverifiable"]
    client: str | None


class Decisions(_Response):
    """Decisions, the last one first."""

    decisions: list[Decision]
