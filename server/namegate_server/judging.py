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
from namegate_policy.weights import read_upload_sources, unpack_sources

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
        self._limiter = anyio.CapacityLimiter(max_concurrent)

    async def one(self, request: ValidateRequest, client: str | None) -> bytes:
        """Return the verdict as JSON; raises NamegateError."""
        policy, now = self._shelf.get(request.policy), datetime.now(UTC)

        def decide() -> bytes:
            verdict = self._judge(request.name, policy, request.evidence, now)
            if self._log is not None:
                self._log.record([verdict], now, client)
            return verdict.to_json()

        quick = self._names is None and self._log is None
        if quick and (request.evidence is None or request.evidence.weights is None):
            return decide()
        return await self._in_thread(decide)

    async def batch(self, request: BatchRequest, client: str | None) -> bytes:
        """Return the verdicts as JSON, with problem details in the place of names that have none."""
        policy, now = self._shelf.get(request.policy), datetime.now(UTC)

        def decide() -> bytes:
            results = [self._result(each.name, policy, each.evidence, now) for each in request.items]
            if self._log is not None:
                self._log.record([each for each in results if isinstance(each, Verdict)], now, client)
            return b",".join(each.to_json() if isinstance(each, Verdict) else each for each in results)

        return b'{"results":[' + await self._in_thread(decide) + b"]}"

    async def _in_thread(self, work: Callable[[], bytes]) -> bytes:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    def _result(
        self, name: str, policy: Policy, given: EvidenceRequest | None, now: datetime
    ) -> Verdict | bytes:
        try:
            return self._judge(name, policy, given, now)
        except (UnreadableNameError, EvidenceError) as error:
            return json.dumps({"name": name, **problem_of(error)}).encode()

    def _judge(self, name: str, policy: Policy, given: EvidenceRequest | None, now: datetime) -> Verdict:
        return judge(name, policy, self._evidence(given), now=now)

    def _evidence(self, given: EvidenceRequest | None) -> Evidence:
        if given is None:
            return Evidence(names=self._names)
        if given.weights is None:
            return Evidence(config=given.config, card=given.card, names=self._names, owner=given.owner)
        upload = read_upload_sources(unpack_sources(given.weights.model_dump()))
        return Evidence(
            weights=upload.weights,
            config=upload.config if given.config is None else given.config,
            card=upload.card if given.card is None else given.card,
            names=self._names,
            owner=given.owner,
        )
