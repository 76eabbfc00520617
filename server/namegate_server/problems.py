"""Every error as RFC 9457 problem details."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from namegate_policy.errors import NamegateError
from namegate_policy.problem import MEDIA_TYPE, problem, problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

_MOST_ERRORS = 20
"""Mistakes of a request that an answer lists."""


def respond(details: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return problem details as a response."""
    body = json.dumps(details)
    return Response(body, details["status"], media_type=MEDIA_TYPE, headers=headers and dict(headers))


def install(app: FastAPI) -> None:
    """Make `app` answer every error with problem details."""

    @app.exception_handler(NamegateError)
    async def _(_: Request, error: NamegateError) -> Response:
        return respond(problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> Response:
        return respond(_invalid_request(error))

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        details = {
            HTTPStatus.NOT_FOUND: f"there is nothing at {request.url.path}; see /docs",
            HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}",
        }
        kind = status.phrase.lower().replace(" ", "-")
        return respond(problem(kind, status, details.get(status, str(error.detail))), error.headers)

    @app.exception_handler(Exception)
    async def _(_: Request, error: Exception) -> Response:
        detail = f"unable to decide: the server failed ({type(error).__name__}); its log says where"
        return respond(problem("internal-error", 500, detail))


def _invalid_request(error: RequestValidationError) -> dict[str, Any]:
    mistakes = error.errors()
    if mistakes and mistakes[0]["type"] == "json_invalid":
        position = mistakes[0]["loc"][-1]
        reason = mistakes[0].get("ctx", {}).get("error", "cannot be read")
        return problem("invalid-json", 400, f"the body is no JSON: {reason} at character {position}")
    errors = [
        {
            "field": ".".join(map(str, mistake["loc"][1:])) or "(body)",
            "message": mistake["msg"].removeprefix("Value error, "),
        }
        for mistake in mistakes[:_MOST_ERRORS]
    ]
    summary = "; ".join(f"{each['field']}: {each['message']}" for each in errors)
    more = len(mistakes) - len(errors)
    detail = summary + (f"; and {more} more" if more else "")
    return problem("invalid-request", 422, detail, errors=errors)
