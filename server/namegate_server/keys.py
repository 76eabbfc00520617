"""API keys: who may ask.

A key file has a line for each client, the SHA-256 of its key in hexadecimal digits and its name; so
`printf %s "$KEY" | sha256sum` begins one. The keys themselves are nowhere on the server.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from namegate_policy.errors import NamegateError
from namegate_policy.problem import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) +(?P<client>\S.*)")
_OPEN = ("/health/", "/docs", "/openapi.json")


class KeyFileError(NamegateError):
    """The file of keys cannot be used."""

    kind = "invalid-key-file"


@dataclass(frozen=True, slots=True)
class Keys:
    """The clients of a server by the SHA-256 of their keys."""

    clients: Mapping[str, str]

    @classmethod
    def load(cls, path: Path) -> Keys:
        """Read a key file; raises KeyFileError with the line that is none."""
        clients: dict[str, str] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.rstrip())
            if found is None:
                raise KeyFileError(
                    f"{path.name}:{number}: expected the SHA-256 of a key and the client's name"
                )
            clients[found["digest"]] = found["client"]
        return cls(clients)

    def client(self, authorization: str) -> str | None:
        """Return who sent the header `Authorization` (Bearer, or Basic with the key as password)."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                value = b64decode(value, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return None
        elif scheme.lower() != "bearer":
            return None
        return self.clients.get(sha256(value.strip().encode()).hexdigest())


class Access:
    """ASGI middleware: requests need a key, but for health, and the description of the interface."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the client's name in its state, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        client = self._keys.client(header)
        if client is not None:
            scope.setdefault("state", {})["client"] = client
            await self._app(scope, receive, send)
            return
        detail = "no key of this server came with the request; send it as Authorization: Bearer KEY"
        body = json.dumps(problem("unauthorized", 401, detail)).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"www-authenticate", b'Bearer, Basic realm="namegate"'),
        ]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})
