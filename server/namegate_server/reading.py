"""Reads uploads in processes of their own, with bounded time and memory.

Headers come from strangers and may be large; so the event loop goes on, all cores are used, and a reader
that is led astray takes nobody with it.
"""

from __future__ import annotations

import math
import resource
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_process
from anyio import BrokenWorkerProcess

from namegate_policy.errors import EvidenceError
from namegate_policy.weights import read_upload_sources, unpack_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.weights import Upload

SECONDS = 30.0
"""How long the headers of one upload may take."""
MEMORY = 4 * 1024**3
"""Bytes of address space of a reading process; the largest request, decoded and parsed, takes a part."""


class ReadingError(EvidenceError):
    """The headers of an upload take too much time or memory, or end the process that reads them."""

    kind = "unreadable-weights"


class Reader:
    """A pool of at most `processes` processes that read uploads; they end when they have been idle."""

    def __init__(self, processes: int) -> None:
        self._limiter = anyio.CapacityLimiter(processes)
        # Waiting for a process must not count as reading, so it is done outside of the time limit.
        self._unlimited = anyio.CapacityLimiter(math.inf)

    async def read(self, document: Mapping[str, Any]) -> Upload:
        """Return what `pack_sources` packed; raises EvidenceError."""
        try:
            async with self._limiter:
                with anyio.fail_after(SECONDS):
                    return await anyio.to_process.run_sync(
                        _read, document, cancellable=True, limiter=self._unlimited
                    )
        except TimeoutError:
            raise ReadingError(f"the headers take longer than {SECONDS:.0f} s to read") from None
        except MemoryError:
            raise ReadingError("the headers take more memory than a reader may have") from None
        except BrokenWorkerProcess as error:
            raise ReadingError("the headers ended the process that read them") from error


def _read(document: Mapping[str, Any]) -> Upload:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return read_upload_sources(unpack_sources(document))
