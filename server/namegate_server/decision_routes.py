"""The decision log over HTTP, as JSON and as pages."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from namegate_policy.verdict import Verdict
from namegate_server import responses
from namegate_server.decision_pages import list_page, one_page

if TYPE_CHECKING:
    from namegate_server.decisions import DecisionLog

Limit = Annotated[int, Query(ge=1, le=1000)]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
Name = Annotated[str | None, Query(max_length=1024, pattern="^[^\\x00]*$")]
Outcome = Literal["allowed", "denied", "unverifiable"]


def decision_routes(log: "DecisionLog") -> APIRouter:
    """Return the routes of a server with a decision log. The functions block, so they run in threads."""
    router = APIRouter()

    @router.get("/v1/decisions", responses={200: {"model": responses.Decisions}})
    def decisions(
        limit: Limit = 100, before: Before = None, name: Name = None, outcome: Outcome | None = None
    ) -> Response:
        """List decisions, the last one first; `before` is the number of the last one seen."""
        found = [
            {
                "number": each.number,
                "at": f"{each.at.isoformat(timespec='milliseconds')}Z",
                "decision_id": each.decision_id,
                "name": each.name,
                "policy": each.policy,
                "revision": each.revision,
                "outcome": each.outcome,
                "client": each.client,
            }
            for each in log.latest(limit, before=before, name=name, outcome=outcome)
        ]
        return Response(json.dumps({"decisions": found}), media_type="application/json")

    @router.get("/v1/decisions/{decision_id}", responses={200: {"model": responses.Verdict}})
    def decision(decision_id: str) -> Response:
        """Show a verdict as it was given, byte for byte."""
        return Response(log.verdict(decision_id), media_type="application/json")

    @router.get("/decisions", include_in_schema=False)
    def decisions_page(
        before: Before = None, name: Name = None, outcome: Outcome | Literal[""] | None = None
    ) -> HTMLResponse:
        limit, name = 100, name or None
        found = log.latest(limit, before=before, name=name, outcome=outcome or None)
        return HTMLResponse(list_page(found, limit, name, outcome or None))

    @router.get("/decisions/{decision_id}", include_in_schema=False)
    def decision_page(decision_id: str) -> HTMLResponse:
        return HTMLResponse(one_page(Verdict.from_dict(json.loads(log.verdict(decision_id)))))

    return router
