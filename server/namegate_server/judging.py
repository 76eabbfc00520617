"""Judges requests without holding up the event loop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from namegate_policy.engine import judge
from namegate_policy.errors import EvidenceError, UnreadableNameError
from namegate_policy.evidence import Evidence
from namegate_policy.problem import problem_of
from namegate_policy.verdict import Verdict
from namegate_server.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.index.names import NameIndex
    from namegate_policy.language import Policy
    from namegate_server.decisions import DecisionLog
    from namegate_server.policies import PolicyShelf
    from namegate_server.requests import BatchRequest, EvidenceRequest, ValidateRequest


class Judge:
    """Answers requests; what takes longer than reading one name runs in a bounded number of threads."""

    def __init__(
        self, shelf: PolicyShelf, names: NameIndex | None, log: DecisionLog | None, max_concurrent: int
    ) -> None:
        self._shelf = shelf
        self._names = names
        self._log = log
        self._reader = Reader(max_concurrent)
        self._limiter = anyio.CapacityLimiter(max_concurrent)

    async def one(self, request: ValidateRequest, client: str | None) -> bytes:
        """Return the verdict as JSON; raises NamegateError."""
        policy, now = self._shelf.get(request.policy), datetime.now(UTC)
        evidence = await self._evidence(request.evidence)

        def decide() -> bytes:
            verdict = judge(request.name, policy, evidence, now=now)
            if self._log is not None:
                self._log.record([verdict], now, client)
            return verdict.to_json()

        if self._names is None and self._log is None and evidence.weights is None:
            return decide()
        return await self._in_thread(decide)

    async def batch(self, request: BatchRequest, client: str | None) -> bytes:
        """Return the verdicts as JSON, with problem details in the place of names that have none."""
        policy, now = self._shelf.get(request.policy), datetime.now(UTC)
        items = [(each.name, await self._evidence_or_error(each.evidence)) for each in request.items]

        def decide() -> bytes:
            results = [_result(name, policy, evidence, now) for name, evidence in items]
            if self._log is not None:
                self._log.record([each for each in results if isinstance(each, Verdict)], now, client)
            return b",".join(each.to_json() if isinstance(each, Verdict) else each for each in results)

        return b'{"results":[' + await self._in_thread(decide) + b"]}"

    async def _in_thread(self, work: Callable[[], bytes]) -> bytes:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _evidence(self, given: EvidenceRequest | None) -> Evidence:
        if given is None:
            return Evidence(names=self._names)
        if given.weights is None:
            return Evidence(config=given.config, card=given.card, names=self._names, owner=given.owner)
        upload = await self._reader.read(given.weights.model_dump())
        return Evidence(
            weights=upload.weights,
            config=upload.config if given.config is None else given.config,
            card=upload.card if given.card is None else given.card,
            names=self._names,
            owner=given.owner,
        )

    async def _evidence_or_error(self, given: EvidenceRequest | None) -> Evidence | EvidenceError:
        try:
            return await self._evidence(given)
        except EvidenceError as error:
            return error


def _result(name: str, policy: Policy, evidence: Evidence | EvidenceError, now: datetime) -> Verdict | bytes:
    try:
        if isinstance(evidence, EvidenceError):
            raise evidence
        return judge(name, policy, evidence, now=now)
    except (UnreadableNameError, EvidenceError) as error:
        return json.dumps({"name": name, **problem_of(error)}).encode()
