"""Reading uploads in processes of their own: equal results, errors that come back, bounds that hold."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_process
import pytest

from namegate.evidence import pack
from namegate_policy.errors import EvidenceError, WeightsNotFoundError
from namegate_policy.weights import read_upload
from namegate_server import reading
from namegate_server.reading import Reader, ReadingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _read(*documents: Any) -> list[Any]:
    async def all_of_them() -> list[Any]:
        reader = Reader(2)
        return [await reader.read(document) for document in documents]

    return anyio.run(all_of_them)


def test_the_result_is_that_of_this_process(checkpoint: Path) -> None:
    document = pack(checkpoint)["weights"]
    assert _read(document, document) == [read_upload(checkpoint)] * 2


def test_errors_come_back() -> None:
    with pytest.raises(WeightsNotFoundError, match="no weights"):
        _read({"files": []})
    with pytest.raises(EvidenceError, match="no path inside"):
        _read({"files": [{"name": "../x", "size": 1}]})


def _sleep(_: object) -> None:
    import time

    time.sleep(60)


def _die(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _eat(_: object) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    bytearray(1 << 34)


ASTRAY: list[tuple[Callable[[object], None], str]] = [
    (_sleep, "take longer than"),
    (_die, "ended the process"),
    (_eat, "more memory"),
]


@pytest.mark.parametrize(("work", "message"), ASTRAY)
def test_a_reader_that_is_led_astray(
    work: Callable[[object], None], message: str, monkeypatch: pytest.MonkeyPatch, checkpoint: Path
) -> None:
    monkeypatch.setattr(reading, "_read", work)
    monkeypatch.setattr(reading, "SECONDS", 5.0)
    with pytest.raises(ReadingError, match=message):
        _read({})
