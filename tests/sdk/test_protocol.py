"""The conversation with a server: retries, and what each answer means. No input or output is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from namegate import errors, protocol, validate_name
from namegate.protocol import Answer, Failure, Request, Wait
from namegate_policy.errors import (
    NamegateError,
    PolicyError,
    PolicyNotFoundError,
    PolicyProblem,
    UnreadableNameError,
    WeightsNotFoundError,
)
from namegate_policy.problem import problem, problem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "acme/llama-3-8b"
REFUSED = Failure("connection refused", timed_out=False)
SLOW = Failure("no answer in time", timed_out=True)
BUSY = Answer(503, {}, b"")


def good(name: str = NAME) -> Answer:
    return Answer(200, {}, validate_name(name).to_json())


def converse(conversation: Any, replies: Sequence[Answer | Failure]) -> tuple[Any, list[Any]]:
    """Give the replies in turn; return the result or error, and the steps without the first request."""
    steps: list[Any] = []
    remaining = iter(replies)
    received = None
    while True:
        try:
            step = conversation.send(received)
        except StopIteration as stop:
            return stop.value, steps[1:]
        except NamegateError as error:
            return error, steps[1:]
        steps.append(step)
        received = next(remaining) if isinstance(step, Request) else None


def validate(*replies: Answer | Failure, retries: int = 2) -> tuple[Any, list[Any]]:
    return converse(protocol.validate(NAME, "acme", {}, retries), replies)


def waits(steps: list[Any]) -> list[float]:
    return [step.seconds for step in steps if isinstance(step, Wait)]


def test_a_request() -> None:
    request = next(protocol.validate(NAME, "acme", {"card": {}}, 0))
    assert isinstance(request, Request)
    assert request[:2] == ("POST", "/v1/validate")
    assert json.loads(request.body or b"") == {"name": NAME, "policy": "acme", "evidence": {"card": {}}}
    assert next(protocol.policy("a/../b:c", 0)) == Request("GET", "/v1/policies/a%2F..%2Fb:c")


RETRIED = [
    ([good()], []),
    ([REFUSED, good()], [0.1]),
    ([REFUSED, BUSY, good()], [0.1, 0.2]),
    ([Answer(429, {"retry-after": "3"}, b""), good()], [3.0]),
    ([Answer(503, {"retry-after": "soon"}, b""), good()], [0.1]),
]


@pytest.mark.parametrize(("replies", "seconds"), RETRIED)
def test_retried(replies: list[Answer | Failure], seconds: list[float]) -> None:
    result, steps = validate(*replies)
    assert result.name.text == NAME
    assert waits(steps) == seconds


GIVEN_UP = [
    ([REFUSED, REFUSED, REFUSED], [0.1, 0.2]),
    ([SLOW], []),
    ([REFUSED, SLOW], [0.1]),
    ([BUSY, BUSY, BUSY], [0.1, 0.2]),
    ([Answer(503, {"retry-after": "3600"}, b"")], []),
]


@pytest.mark.parametrize(("replies", "seconds"), GIVEN_UP)
def test_given_up(replies: list[Answer | Failure], seconds: list[float]) -> None:
    error, steps = validate(*replies)
    assert type(error) is errors.ServerUnavailableError
    assert waits(steps) == seconds


def test_no_retries() -> None:
    error, steps = validate(REFUSED, retries=0)
    assert (str(error), steps) == ("connection refused", [])


def _problem(status: int, kind: str = "some-kind") -> Answer:
    return Answer(status, {}, json.dumps(problem(kind, status, "for a reason")).encode())


ANSWERS = [
    (_problem(401), errors.AccessDeniedError, "for a reason"),
    (_problem(403), errors.AccessDeniedError, "for a reason"),
    (_problem(404, "not-found"), errors.RequestRefusedError, "for a reason"),
    (_problem(413), errors.RequestRefusedError, "for a reason"),
    (_problem(500), errors.ServerUnavailableError, "for a reason"),
    (_problem(404, "policy-not-found"), errors.ServerAnswerError, "lack a member"),
    (Answer(401, {}, b""), errors.AccessDeniedError, "status 401"),
    (Answer(404, {}, b"<html>"), errors.ServerAnswerError, "status 404"),
    (Answer(302, {"location": "/x"}, b""), errors.ServerAnswerError, "status 302"),
    (Answer(200, {}, b"<html>"), errors.ServerAnswerError, "cannot be read"),
    (Answer(200, {}, b"\xff"), errors.ServerAnswerError, "cannot be read"),
    (Answer(200, {}, b"[]"), errors.ServerAnswerError, "cannot be read"),
    (Answer(200, {}, b"{}"), errors.ServerAnswerError, "no verdict"),
    (Answer(200, {}, b"[" * 100_000), errors.ServerAnswerError, "cannot be read"),
    (good("acme/other"), errors.ServerAnswerError, "is about 'acme/other'"),
    (
        Answer(
            200, {}, good().body.replace(b'"allowed":true', b'"allowed":false', 1).replace(b"llama", b"lLama")
        ),
        errors.ServerAnswerError,
        "decision id",
    ),
]


@pytest.mark.parametrize(("answer", "kind", "message"), ANSWERS)
def test_what_an_answer_means(answer: Answer, kind: type[NamegateError], message: str) -> None:
    error, _ = validate(answer)
    assert type(error) is kind
    assert message in str(error)


def test_a_batch_has_a_result_for_each_name() -> None:
    unreadable = UnreadableNameError("a path", reason="path", source="../x", span=(0, 2))
    results = [json.loads(good().body), {"name": "../x", **problem_of(unreadable)}]
    body = json.dumps({"results": results}).encode()
    (verdict, error), _ = converse(
        protocol.validate_batch([NAME, "../x"], "acme", 0), [Answer(200, {}, body)]
    )
    assert verdict.allowed
    assert (type(error), error.reason, error.span) == (UnreadableNameError, "path", (0, 2))
    short, _ = converse(protocol.validate_batch([NAME], "acme", 0), [Answer(200, {}, body)])
    assert "1 names were sent, 2 results came back" in str(short)


ERRORS: list[NamegateError] = [
    UnreadableNameError("empty", reason="empty", source="", span=(0, 0)),
    UnreadableNameError("half", reason="unpaired-surrogate", source="a\ud800", span=(1, 2)),
    PolicyError(
        "2 mistakes", (PolicyProblem("a", "x.yaml", 1, 2), PolicyProblem("b", "x.yaml", 3, 4, ("c",)))
    ),
    PolicyNotFoundError("none"),
    WeightsNotFoundError("no weights"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_the_engines_errors_survive_the_way(error: NamegateError) -> None:
    body = json.dumps(problem_of(error)).encode()
    again, _ = validate(Answer(error.status, {}, body))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
