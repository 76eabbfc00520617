"""What can go wrong while a server is asked.

::

    NamegateError                     namegate_policy.errors: raised in process, and rebuilt from a
    │                                 server's answer, so that both ways fail alike
    └── ServerError                   a server was asked and gave no verdict
        ├── ServerAddressError        the address is no http(s) URL
        ├── ServerUnavailableError    it cannot be reached, or says that it is unable to decide
        ├── AccessDeniedError         it asks for another key (401, 403)
        ├── RequestRefusedError       it refuses the request (another 4xx)
        └── ServerAnswerError         what came back is no answer of a Namegate server
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServerError(NamegateError):
    """A server was asked and gave no verdict. `details` are its problem details, if it sent any."""

    kind = "server-error"
    status = 502

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details = details


class ServerAddressError(ServerError):
    """The address of the server is no http(s) URL."""

    kind = "server-address"
    status = 422


class ServerUnavailableError(ServerError):
    """The server cannot be reached in time, or says that it is unable to decide."""

    kind = "server-unavailable"
    status = 503


class AccessDeniedError(ServerError):
    """The server asks for an API key, or for one with more rights."""

    kind = "access-denied"
    status = 403


class RequestRefusedError(ServerError):
    """The server refuses the request itself: too large, malformed, an unknown path."""

    kind = "request-refused"
    status = 422


class ServerAnswerError(ServerError):
    """What came back is no answer of a Namegate server."""

    kind = "server-answer"
