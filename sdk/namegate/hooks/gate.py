"""Whether an upload may go on: the decision that every hook takes.

A denial refuses the upload, and so does a name or a file that cannot be read. `failure` decides only
where no decision can be had for a reason that is not the upload's own: the server is away, the policy
does not load. Otherwise a broken file would be a way around the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, NamedTuple

from namegate.errors import ServerUnavailableError
from namegate.validate import RECOMMENDED, resolve_policy, validate_name
from namegate_policy.errors import NamegateError, PolicyError
from namegate_policy.language import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from namegate_policy.index.names import NameIndex
    from namegate_policy.verdict import Verdict
    from namegate_policy.weights import ByteSource

Failure = Literal["closed", "open"]


class NameRefusedError(NamegateError):
    """The gate refuses an upload; `admission` holds the verdict, or the error in its place."""

    kind = "name-refused"
    status = 403

    def __init__(self, admission: Admission) -> None:
        super().__init__(str(admission))
        self.admission = admission


class Admission(NamedTuple):
    """Whether an upload may go on, and why: the verdict, or the error that stands in its place."""

    name: str
    admitted: bool
    result: Verdict | NamegateError

    def __str__(self) -> str:
        from namegate.formats import Style
        from namegate.formats.text import render
        from namegate.results import Checked

        text = "".join(render([Checked(self.name, self.result)], Style())).rstrip("\n")
        undecided = isinstance(self.result, NamegateError) and self.admitted
        return f"{text}\n  no decision could be had, and the gate is open" if undecided else text


@dataclass(frozen=True)
class Gate:
    """A gate before a registry.

    `policy` and `names` are those of `validate_name`; with `url` a server decides by a policy of its
    own. `failure` goes before the policy's own; where neither is known the gate is closed.
    """

    policy: str | Path | Policy | None = None
    names: str | Path | NameIndex | None = None
    url: str | None = None
    key: str | None = None
    failure: Failure | None = None

    def admit(
        self, name: str, files: Sequence[ByteSource] | None = None, *, owner: str | None = None
    ) -> Admission:
        """Decide on an upload of `files` under `name`; without files, on the name alone."""
        policy = self.policy
        failure: str | None = self.failure
        try:
            if self.url is None:
                policy = policy if isinstance(policy, Policy) else resolve_policy(policy or RECOMMENDED)
                failure = failure or policy.failure
            verdict = validate_name(
                name, policy=policy, weights=files, names=self.names, owner=owner, url=self.url, key=self.key
            )
        except NamegateError as error:
            return Admission(name, failure == "open" and _is_ours(error), error)
        return Admission(name, verdict.allowed, verdict)

    def check(
        self, name: str, files: Sequence[ByteSource] | None = None, *, owner: str | None = None
    ) -> Admission:
        """As `admit`, and raise NameRefusedError when the upload may not go on."""
        admission = self.admit(name, files, owner=owner)
        if not admission.admitted:
            raise NameRefusedError(admission)
        return admission


def _is_ours(error: NamegateError) -> bool:
    """Return whether a decision failed for a reason that no upload can bring about."""
    if isinstance(error, ServerUnavailableError):
        # A failure inside of the server may be what the upload is made for.
        return (error.details or {}).get("status") != HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, PolicyError)
