"""Judges requests without holding up the event loop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from namegate_policy.engine import judge
from namegate_policy.errors import EvidenceError, UnreadableNameError
from namegate_policy.evidence import Evidence
from namegate_policy.problem import problem_of
from namegate_policy.weights import read_upload_sources, unpack_sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.language import Policy
    from namegate_server.policies import PolicyShelf
    from namegate_server.requests import BatchRequest, EvidenceRequest, ValidateRequest

T = TypeVar("T")


class Judge:
    """Answers requests; what takes longer than reading one name runs in a bounded number of threads."""

    def __init__(self, shelf: PolicyShelf, max_concurrent: int) -> None:
        self._shelf = shelf
        self._limiter = anyio.CapacityLimiter(max_concurrent)

    async def one(self, request: ValidateRequest) -> bytes:
        """Return the verdict as JSON; raises NamegateError."""
        policy = self._shelf.get(request.policy)
        if request.evidence is None or request.evidence.weights is None:
            return _verdict(request.name, policy, request.evidence, _now())
        return await self._in_thread(lambda: _verdict(request.name, policy, request.evidence, _now()))

    async def batch(self, request: BatchRequest) -> bytes:
        """Return the verdicts as JSON, with problem details in the place of names that have none."""
        policy = self._shelf.get(request.policy)
        now = _now()

        def results() -> bytes:
            return b",".join(_result(each.name, policy, each.evidence, now) for each in request.items)

        return b'{"results":[' + await self._in_thread(results) + b"]}"

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


def _result(name: str, policy: Policy, given: EvidenceRequest | None, now: datetime) -> bytes:
    try:
        return _verdict(name, policy, given, now)
    except (UnreadableNameError, EvidenceError) as error:
        return json.dumps({"name": name, **problem_of(error)}).encode()


def _verdict(name: str, policy: Policy, given: EvidenceRequest | None, now: datetime) -> bytes:
    return judge(name, policy, _evidence(given), now=now).to_json()


def _evidence(given: EvidenceRequest | None) -> Evidence:
    if given is None:
        return Evidence()
    if given.weights is None:
        return Evidence(config=given.config, card=given.card)
    upload = read_upload_sources(unpack_sources(given.weights.model_dump()))
    return Evidence(
        weights=upload.weights,
        config=upload.config if given.config is None else given.config,
        card=upload.card if given.card is None else given.card,
    )


def _now() -> datetime:
    return datetime.now(UTC)
