from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.doors import serving, small_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server with the shipped policies."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights, config and card of a small BERT."""
    return small_checkpoint(tmp_path_factory.mktemp("upload") / "bert")
