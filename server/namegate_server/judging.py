"""Judges requests without holding up the event loop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from namegate_policy.engine import judge
from namegate_policy.errors import EvidenceError, NamegateError, UnreadableNameError
from namegate_policy.evidence import Evidence
from namegate_policy.problem import problem_of
from namegate_policy.verdict import Verdict
from namegate_policy.weights.isolated import IsolatedReader
from namegate_server.policies import AmbiguousPolicyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from namegate_policy.index.names import NameIndex
    from namegate_policy.language import Policy
    from namegate_server.decisions import DecisionLog
    from namegate_server.policies import PolicyShelf
    from namegate_server.requests import BatchItem, BatchRequest, EvidenceRequest, ValidateRequest

Prepared = tuple["Policy", Evidence] | NamegateError
"""What a name of a batch is judged by, or why it cannot be."""

Result = TypeVar("Result")


class Judge:
    """Answers requests; what takes longer than reading one name runs in a bounded number of threads."""

    def __init__(
        self, shelf: PolicyShelf, names: NameIndex | None, log: DecisionLog | None, max_concurrent: int
    ) -> None:
        self._shelf = shelf
        self._names = names
        self._log = log
        self._reader = IsolatedReader(max_concurrent)
        self._limiter = anyio.CapacityLimiter(max_concurrent)

    async def one(self, request: ValidateRequest, client: str | None) -> bytes:
        """Return the verdict as JSON; raises NamegateError."""
        policy, now = self._shelf.choose(request.policy, request.name), datetime.now(UTC)
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
        now = datetime.now(UTC)
        items = [(each.name, await self._prepared(request.policy, each)) for each in request.items]

        def decide() -> bytes:
            results = [_result(name, prepared, now) for name, prepared in items]
            if self._log is not None:
                self._log.record([each for each in results if isinstance(each, Verdict)], now, client)
            return b",".join(each.to_json() if isinstance(each, Verdict) else each for each in results)

        return b'{"results":[' + await self._in_thread(decide) + b"]}"

    def close(self) -> None:
        """End the processes that read uploads."""
        self._reader.close()

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _evidence(self, given: EvidenceRequest | None) -> Evidence:
        if given is None:
            return Evidence(names=self._names)
        if given.weights is None:
            return Evidence(config=given.config, card=given.card, names=self._names, owner=given.owner)
        upload = await self._in_thread(partial(self._reader.read, given.weights.model_dump()))
        return Evidence(
            weights=upload.weights,
            config=upload.config if given.config is None else given.config,
            card=upload.card if given.card is None else given.card,
            names=self._names,
            owner=given.owner,
        )

    async def _prepared(self, policy: str | None, item: BatchItem) -> Prepared:
        try:
            return self._shelf.choose(policy, item.name), await self._evidence(item.evidence)
        except (AmbiguousPolicyError, EvidenceError) as error:
            return error


def _result(name: str, prepared: Prepared, now: datetime) -> Verdict | bytes:
    if isinstance(prepared, NamegateError):
        return _problem(name, prepared)
    try:
        return judge(name, *prepared, now=now)
    except UnreadableNameError as error:
        return _problem(name, error)


def _problem(name: str, error: NamegateError) -> bytes:
    return json.dumps({"name": name, **problem_of(error)}).encode()
