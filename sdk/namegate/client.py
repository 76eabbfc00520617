"""Clients of a Namegate server, for programs that ask it more than once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from namegate import protocol
from namegate.errors import ServerAddressError
from namegate.evidence import pack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from namegate.evidence import Document, Weights
    from namegate_policy.errors import NamegateError
    from namegate_policy.naming.model import ModelName
    from namegate_policy.verdict import Verdict

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds that connecting, sending and waiting for the answer may each take."""
RETRIES = 2
"""How often a request is sent again after a failure to connect or a 429, 502, 503 or 504."""


class Client:
    """Asks a server. Its methods raise the errors of `namegate.errors`; use it as a context manager.

    `key` is an API key of the server, `transport` another way to carry requests than the network.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(
            base_url=_address(url), headers=_headers(key), timeout=timeout, transport=transport
        )

    def validate(
        self,
        name: str,
        *,
        policy: str | None = None,
        weights: Weights | None = None,
        config: Document | None = None,
        card: Document | None = None,
        owner: str | None = None,
    ) -> Verdict:
        """Return the server's verdict; of weights, only the header bytes are sent.

        Without a `policy` the server chooses the one for the name's organization.
        """
        evidence = pack(weights, config=config, card=card, owner=owner)
        return self._run(protocol.validate(name, policy, evidence, self._retries))

    def validate_batch(
        self, names: Sequence[str], *, policy: str | None = None
    ) -> list[Verdict | NamegateError]:
        """Return the verdicts on many names, in their order; an error stands where a name has none."""
        return self._run(protocol.validate_batch(names, policy, self._retries))

    def parse(self, name: str, *, scheme: str = "ptm") -> ModelName:
        """Return how the server reads a name."""
        return self._run(protocol.parse(name, scheme, self._retries))

    def policies(self) -> list[protocol.PolicySummary]:
        """Return the policies that the server knows."""
        return self._run(protocol.policies(self._retries))

    def policy(self, reference: str) -> dict[str, Any]:
        """Return one policy with its rules, as JSON types."""
        return self._run(protocol.policy(reference, self._retries))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, conversation: protocol.Conversation[T]) -> T:
        received: protocol.Answer | protocol.Failure | None = None
        while True:
            try:
                step = conversation.send(received)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, protocol.Wait):
                time.sleep(step.seconds)
                received = None
                continue
            try:
                response = self._http.request(step.method, step.path, content=step.body)
                received = _answer(response)
            except httpx.HTTPError as error:
                received = _failure(error, self._http.base_url)


class AsyncClient:
    """Asks a server from asyncio; as `Client` in all else."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.AsyncClient(
            base_url=_address(url), headers=_headers(key), timeout=timeout, transport=transport
        )

    async def validate(
        self,
        name: str,
        *,
        policy: str | None = None,
        weights: Weights | None = None,
        config: Document | None = None,
        card: Document | None = None,
        owner: str | None = None,
    ) -> Verdict:
        """Return the server's verdict; of weights, only the header bytes are sent.

        Without a `policy` the server chooses the one for the name's organization.
        """
        evidence = await asyncio.to_thread(pack, weights, config=config, card=card, owner=owner)
        return await self._run(protocol.validate(name, policy, evidence, self._retries))

    async def validate_batch(
        self, names: Sequence[str], *, policy: str | None = None
    ) -> list[Verdict | NamegateError]:
        """Return the verdicts on many names, in their order; an error stands where a name has none."""
        return await self._run(protocol.validate_batch(names, policy, self._retries))

    async def parse(self, name: str, *, scheme: str = "ptm") -> ModelName:
        """Return how the server reads a name."""
        return await self._run(protocol.parse(name, scheme, self._retries))

    async def policies(self) -> list[protocol.PolicySummary]:
        """Return the policies that the server knows."""
        return await self._run(protocol.policies(self._retries))

    async def policy(self, reference: str) -> dict[str, Any]:
        """Return one policy with its rules, as JSON types."""
        return await self._run(protocol.policy(reference, self._retries))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, conversation: protocol.Conversation[T]) -> T:
        received: protocol.Answer | protocol.Failure | None = None
        while True:
            try:
                step = conversation.send(received)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, protocol.Wait):
                await asyncio.sleep(step.seconds)
                received = None
                continue
            try:
                response = await self._http.request(step.method, step.path, content=step.body)
                received = _answer(response)
            except httpx.HTTPError as error:
                received = _failure(error, self._http.base_url)


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise ServerAddressError(f"the server's address {url!r} is no URL: {error}") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise ServerAddressError(
            f"the server's address {url!r} is no http(s) URL; it looks like http://127.0.0.1:8000"
        )
    return address


def _headers(key: str | None) -> dict[str, str]:
    headers = {"content-type": "application/json", "accept": "application/json, application/problem+json"}
    return headers | ({"authorization": f"Bearer {key}"} if key else {})


def _answer(response: httpx.Response) -> protocol.Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return protocol.Answer(response.status_code, headers, response.content)


def _failure(error: httpx.HTTPError, address: httpx.URL) -> protocol.Failure:
    timed_out = isinstance(error, httpx.TimeoutException)
    reason = "no answer in time" if timed_out else str(error) or type(error).__name__
    return protocol.Failure(f"the server at {address} cannot be reached: {reason}", timed_out)
