"""The HTTP interface."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from namegate_policy.errors import SchemeError
from namegate_policy.language import Policy
from namegate_policy.naming import parse_name
from namegate_policy.naming.record import name_to_dict
from namegate_policy.naming.scheme import scheme_names
from namegate_policy.problem import problem
from namegate_server import responses
from namegate_server.judging import Judge
from namegate_server.policies import PolicyShelf
from namegate_server.problems import respond
from namegate_server.requests import BatchRequest, ParseRequest, ValidateRequest

if TYPE_CHECKING:
    from namegate_server.decisions import DecisionLog

_PROBLEM: dict[str, Any] = {"model": responses.Problem, "content": {"application/problem+json": {}}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    413: _PROBLEM | {"description": "The body or the number of names is too large"},
    415: _PROBLEM | {"description": "The body is not JSON"},
    422: _PROBLEM | {"description": "The request, the name or the evidence cannot be used"},
    503: _PROBLEM | {"description": "Unable to decide"},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _PROBLEM | {"description": "No such policy"}}


def _answer(model: type[Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": model}}


def routes(judge: Judge, shelf: PolicyShelf, log: "DecisionLog | None", max_names: int) -> APIRouter:
    """Return the routes of a server that judges by the policies of `shelf`."""
    router = APIRouter()

    @router.post("/v1/validate", responses=_answer(responses.Verdict) | _NOT_FOUND | _REFUSALS)
    async def validate(request: ValidateRequest, http: Request) -> Response:
        """Judge a name, and what its upload holds, by a policy."""
        return _json(await judge.one(request, client_of(http)))

    @router.post("/v1/validate/batch", responses=_answer(responses.BatchResults) | _NOT_FOUND | _REFUSALS)
    async def validate_batch(request: BatchRequest, http: Request) -> Response:
        """Judge many names by one policy; a name that cannot be judged does not lose the others."""
        if len(request.items) > max_names:
            detail = f"{len(request.items)} names in one request; at most {max_names} are taken"
            return respond(problem("too-many-names", 413, detail))
        return _json(await judge.batch(request, client_of(http)))

    @router.post("/v1/parse", responses=_answer(responses.Name) | _REFUSALS)
    async def parse(request: ParseRequest) -> Response:
        """Read a name into its components, by a scheme that Namegate ships."""
        # A request opens no file of the server, so a grammar's path is as unknown as any other text.
        if request.scheme not in (known := scheme_names()):
            raise SchemeError(f"unknown scheme {request.scheme[:60]!r}; valid: {', '.join(known)}")
        return _json(_encoded(name_to_dict(parse_name(request.name, request.scheme))))

    @router.get("/v1/policies", responses=_answer(responses.Policies))
    async def policies() -> Response:
        """List the policies that the server knows."""
        summaries = [_summary(reference, policy) for reference, policy in shelf.loaded.items()]
        return _json(_encoded({"policies": summaries}))

    @router.get("/v1/policies/{name}", responses=_answer(responses.PolicyDetails) | _NOT_FOUND)
    async def policy(name: str) -> Response:
        """Show a policy with its rules, as they are after all that it extends."""
        return _json(_encoded(_details(name, shelf.get(name))))

    @router.get("/health/live", responses=_answer(responses.Health))
    async def live() -> Response:
        """Say that the process answers."""
        return _json(b'{"status":"live"}')

    @router.get("/health/ready", responses=_answer(responses.Health) | {503: _PROBLEM})
    async def ready() -> Response:
        """Say that every policy loads and that the decision log answers, or what does not."""
        if shelf.broken:
            detail = f"policies that do not load: {', '.join(shelf.broken)}"
            errors = {name: str(error) for name, error in shelf.broken.items()}
            return respond(problem("not-ready", 503, detail, errors=errors))
        if log is not None:
            await run_in_threadpool(log.ping)
        return _json(b'{"status":"ready"}')

    return router


def client_of(request: Request) -> str | None:
    """Return whose key came with a request, or None on a server without keys."""
    client: str | None = request.scope.get("state", {}).get("client")
    return client


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _summary(reference: str, policy: Policy) -> dict[str, str]:
    return {
        "reference": reference,
        "name": policy.name,
        "revision": policy.revision,
        "description": policy.description,
        "mode": policy.mode.value,
        "scheme": policy.scheme,
        "digest": policy.digest,
    }


def _details(reference: str, policy: Policy) -> dict[str, Any]:
    return _summary(reference, policy) | {
        "failure": policy.failure,
        "rules": [
            {
                "code": active.rule.code,
                "rule": active.rule.name,
                "severity": active.severity.value,
                "mode": active.mode.value,
                "options": active.options.model_dump(mode="json"),
                "location": asdict(active.location) if active.location else None,
            }
            for active in policy.rules
        ],
        "waivers": [
            {
                "match": waiver.match,
                "rules": list(waiver.rules),
                "reason": waiver.reason,
                "approved_by": waiver.approved_by,
                "expires": waiver.expires.isoformat(),
            }
            for waiver in policy.waivers
        ],
    }
