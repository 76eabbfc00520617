"""Reads what a client sent in a child process that may use little memory and time.

The readers bound their own cost; this is the second wall, for a server that reads strangers' headers.
A child that runs out of memory or time, or dies, gives the problem `reader-limit` and is replaced.
"""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import msgspec

from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights.evidence import unpack_sources
from namegate_policy.weights.header import ArrayOf, Problem, WeightsHeader
from namegate_policy.weights.source import MissingRangeError
from namegate_policy.weights.upload import Upload, read_upload_sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

MEMORY = 512 << 20
"""Bytes of address space of a child."""
SECONDS = 5
"""Of processor time, and of waiting, for one upload."""
_START_SECONDS = 30

_LENGTH = struct.Struct("<Q")
_ERRORS = {kind.kind: kind for kind in (EvidenceError, WeightsNotFoundError, MissingRangeError)}
_ARRAY_OF = 1
"""Extension code of the one type in metadata that MessagePack has not."""


class IsolatedReader:
    """Child processes that read headers; safe to use from several threads.

    As many reads as there are `workers` run at once; children are started when needed and kept. Use it
    as a context manager, or call `close`.
    """

    def __init__(self, workers: int = 2, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._slots = threading.Semaphore(workers)
        self._idle: list[_Child] = []

    def read(self, document: Mapping[str, Any]) -> Upload:
        """Read the `weights` of an evidence document (see `evidence`).

        Raises what `unpack_sources` and `read_upload_sources` raise.
        """
        request = msgspec.msgpack.encode(document)
        with self._slots:
            child = self._idle.pop() if self._idle else _Child(self._memory, self._seconds)
            answer = child.ask(request, self._seconds)
            if answer is None:
                child.stop()
                message = f"reading took more than {self._memory >> 20} MB or {self._seconds} s"
                problem = Problem("reader-limit", message, "")
                return Upload(WeightsHeader("unknown", (), (), problems=(problem,)))
            self._idle.append(child)
        if isinstance(answer, Upload):
            return answer
        kind, text = answer
        raise _ERRORS.get(kind, EvidenceError)(text)

    def close(self) -> None:
        """End all children."""
        while self._idle:
            self._idle.pop().stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Child:
    def __init__(self, memory: int, seconds: int) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603 (this interpreter and this module)
            [sys.executable, "-m", "namegate_policy.weights.isolated", str(memory), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": path},
        )
        self._talk(b"", _START_SECONDS)  # the child says that it is there

    def ask(self, request: bytes, seconds: int) -> Upload | tuple[str, str] | None:
        """Return the upload, or kind and text of an error, or None when the child died or was too slow."""
        raw = self._talk(_LENGTH.pack(len(request)) + request, seconds)
        if not raw:
            return None
        try:
            answer: _Answer = msgspec.msgpack.decode(raw, type=_Answer, ext_hook=_read_extension)
        except msgspec.MsgspecError:
            return None
        upload, error = answer
        if upload is None:
            return error
        return replace(upload, weights=_with_tuples(upload.weights))

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _talk(self, message: bytes, seconds: int) -> bytes | None:
        # Both writing and reading wait for the child; the timer ends it in either case.
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            stdin, stdout = self._process.stdin, self._process.stdout
            if stdin is None or stdout is None:
                return None
            stdin.write(message)
            stdin.flush()
            return _receive(stdout)
        except OSError:
            return None
        finally:
            timer.cancel()


_Answer = tuple[Upload | None, tuple[str, str] | None]


def _receive(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    body = stream.read(length) if length <= MEMORY else b""
    return body if len(body) == length else None


def _read_extension(code: int, data: memoryview) -> ArrayOf:
    if code != _ARRAY_OF:
        raise ValueError(code)
    return ArrayOf(*msgspec.msgpack.decode(data, type=tuple[str, int]))


def _with_extensions(header: WeightsHeader) -> WeightsHeader:
    metadata = {
        key: msgspec.msgpack.Ext(_ARRAY_OF, msgspec.msgpack.encode(value))
        if isinstance(value, ArrayOf)
        else value
        for key, value in header.metadata.items()
    }
    parts = {name: _with_extensions(part) for name, part in header.components.items()}
    return replace(header, metadata=metadata, components=parts)


def _with_tuples(header: WeightsHeader) -> WeightsHeader:
    metadata = {
        key: tuple(value) if isinstance(value, list) else value for key, value in header.metadata.items()
    }
    parts = {name: _with_tuples(part) for name, part in header.components.items()}
    return replace(header, metadata=metadata, components=parts)


def _answer(request: bytes) -> bytes:
    try:
        upload = read_upload_sources(unpack_sources(msgspec.msgpack.decode(request)))
        upload = replace(upload, weights=_with_extensions(upload.weights))
        return msgspec.msgpack.encode((upload, None))
    except EvidenceError as error:
        return msgspec.msgpack.encode((None, (error.kind, error.message)))
    except OverflowError:
        text = "config.json: an integer beyond 64 bits"
        return msgspec.msgpack.encode((None, (EvidenceError.kind, text)))


def serve(memory: int, seconds: int) -> None:
    """Answer requests on standard input until it closes, each within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(_LENGTH.pack(0))
    answers.flush()
    while (request := _receive(requests)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        answer = _answer(request)
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
