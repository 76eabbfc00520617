"""The conversation with a server, without input or output: what to send, and what an answer means.

A conversation is a generator. It yields `Request` and is sent back `Answer` or `Failure`, or it yields
`Wait` and is sent back None; its return value is the result. `Client` and `AsyncClient` only carry the
messages, so that both retry, fail and read answers alike.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

from namegate.errors import (
    AccessDeniedError,
    RequestRefusedError,
    ServerAnswerError,
    ServerError,
    ServerUnavailableError,
)
from namegate_policy.naming.record import name_from_dict
from namegate_policy.problem import error_of
from namegate_policy.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from namegate_policy.errors import NamegateError
    from namegate_policy.naming.model import ModelName

T = TypeVar("T")

RETRIED = frozenset({429, 502, 503, 504})
"""Statuses by which a server says that it may answer a little later."""
FIRST_WAIT = 0.1
"""Seconds before the second attempt, doubled for each one after it."""
LONGEST_WAIT = 5.0
"""Seconds; a server that asks for more patience (`Retry-After`) counts as unavailable."""


class Request(NamedTuple):
    """What to send. `path` follows the server's address; a body is JSON."""

    method: str
    path: str
    body: bytes | None = None


class Wait(NamedTuple):
    """How many seconds to let pass."""

    seconds: float


class Answer(NamedTuple):
    """What came back; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failure(NamedTuple):
    """Why nothing came back. A request that ran out of time is not sent again."""

    message: str
    timed_out: bool


Conversation = Generator[Request | Wait, Answer | Failure | None, T]


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """A policy that a server knows."""

    name: str
    revision: str
    description: str
    mode: str
    scheme: str
    digest: str
    reference: str


def validate(
    name: str, policy: str | None, evidence: Mapping[str, Any] | None, retries: int
) -> Conversation[Verdict]:
    """Ask for the verdict on one name."""

    def read(record: Any) -> Verdict:
        return _verdict(record, name)

    given = {"name": name, "policy": policy, "evidence": evidence or None}
    body = {key: value for key, value in given.items() if value is not None}
    return _ask("POST", "/v1/validate", body, read, retries)


def validate_batch(
    names: Sequence[str], policy: str | None, retries: int
) -> Conversation[list[Verdict | NamegateError]]:
    """Ask for the verdicts on many names, in their order; an error stands where a name has none."""

    def read(record: Any) -> list[Verdict | NamegateError]:
        results = record["results"]
        if len(results) != len(names):
            raise ValueError(f"{len(names)} names were sent, {len(results)} results came back")
        return [
            _refusal(each["status"], each) if "detail" in each else _verdict(each, name)
            for each, name in zip(results, names, strict=True)
        ]

    items = [{"name": name} for name in names]
    body = {"items": items} if policy is None else {"items": items, "policy": policy}
    return _ask("POST", "/v1/validate/batch", body, read, retries)


def parse(name: str, scheme: str, retries: int) -> Conversation[ModelName]:
    """Ask how a name is read."""
    return _ask("POST", "/v1/parse", {"name": name, "scheme": scheme}, name_from_dict, retries)


def policies(retries: int) -> Conversation[list[PolicySummary]]:
    """Ask which policies the server knows."""

    def read(record: Any) -> list[PolicySummary]:
        return [PolicySummary(**each) for each in record["policies"]]

    return _ask("GET", "/v1/policies", None, read, retries)


def policy(reference: str, retries: int) -> Conversation[dict[str, Any]]:
    """Ask for one policy with its rules, as JSON types."""
    return _ask("GET", f"/v1/policies/{quote(reference, safe=':')}", None, dict, retries)


def _ask(method: str, path: str, body: Any, read: Callable[[Any], T], retries: int) -> Conversation[T]:
    request = Request(method, path, None if body is None else json.dumps(body).encode())
    wait = FIRST_WAIT
    for attempts_left in range(retries, -1, -1):
        answer = yield request
        if isinstance(answer, Answer) and answer.status not in RETRIED:
            return _read(answer, read)
        pause = wait if isinstance(answer, Failure) else _pause(answer, wait)
        if not attempts_left or pause > LONGEST_WAIT or (isinstance(answer, Failure) and answer.timed_out):
            break
        yield Wait(pause)
        wait *= 2
    if isinstance(answer, Answer):
        raise _refusal(answer.status, _details(answer))
    raise ServerUnavailableError(answer.message if answer else "the server was not asked")


def _pause(answer: Answer | None, wait: float) -> float:
    asked = answer.headers.get("retry-after", "") if answer else ""
    return max(wait, float(asked)) if asked.isdecimal() else wait


def _read(answer: Answer, read: Callable[[Any], T]) -> T:
    if answer.status != 200:
        raise _refusal(answer.status, _details(answer))
    try:
        return read(json.loads(answer.body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ServerAnswerError(f"the server's answer cannot be read: {error}") from error


def _details(answer: Answer) -> Mapping[str, Any] | None:
    try:
        details = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return details if isinstance(details, dict) and isinstance(details.get("detail"), str) else None


def _refusal(status: int, details: Mapping[str, Any] | None) -> NamegateError:
    """Return the error that an answer other than a verdict stands for."""
    if details is None:
        message = f"the server answers with status {status} and no explanation"
        kinds = {401: AccessDeniedError, 403: AccessDeniedError, 503: ServerUnavailableError}
        return kinds.get(status, ServerAnswerError)(message)
    try:
        known = error_of(details)
    except ValueError as error:
        return ServerAnswerError(str(error), details=details)
    return known or _kind(status)(str(details["detail"]), details=details)


def _kind(status: int) -> type[ServerError]:
    if status in {401, 403}:
        return AccessDeniedError
    if status in RETRIED or status >= 500:
        return ServerUnavailableError
    return RequestRefusedError if status >= 400 else ServerAnswerError


def _verdict(record: Any, name: str) -> Verdict:
    verdict = Verdict.from_dict(record)
    if verdict.name.text != name:
        raise ValueError(f"the verdict is about {verdict.name.text!r}, not {name!r}")
    return verdict
