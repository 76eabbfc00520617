"""Refuses a request by its head, or by the length of its body, before anything of it is read as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from namegate_policy.problem import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """ASGI middleware: a body is plain JSON of at most `max_body` bytes."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            detail = f"the body has to be application/json, not {media_type or 'without a type'}"
            await _refuse(send, "unsupported-media-type", 415, detail)
            return
        if headers.get("content-encoding", "identity").lower() != "identity":
            await _refuse(send, "unsupported-media-type", 415, "the body may not be compressed")
            return
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._max_body:
            await self._too_large(send)
            return
        await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_body:
                await self._too_large(send)
                return
        whole: Message | None = {"type": "http.request", "body": bytes(body), "more_body": False}

        async def replay() -> Message:
            nonlocal whole
            message, whole = whole, None
            return message or await receive()

        await self._app(scope, replay, send)

    async def _too_large(self, send: Send) -> None:
        detail = (
            f"the body is larger than {self._max_body} bytes; send the headers of weights, not the weights"
        )
        await _refuse(send, "body-too-large", 413, detail)


async def _refuse(send: Send, kind: str, status: int, detail: str) -> None:
    body = json.dumps(problem(kind, status, detail)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        # What is left of the body is not read, so nothing more can be asked over this connection.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
