"""What `import namegate` offers, and what it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import namegate
from tests.doors import environment

PUBLIC = """
AccessDeniedError AsyncClient Client Component EvidenceError Kind Mode ModelName NamegateError Outcome
PolicyError PolicyNotFoundError RequestRefusedError SchemeError ServerAddressError ServerAnswerError
ServerError ServerUnavailableError Severity UnreadableNameError Verdict Violation WeightsNotFoundError
parse_name validate_name
"""


def test_the_public_face() -> None:
    assert PUBLIC.split() == namegate.__all__ == sorted(namegate.__all__)
    for name in namegate.__all__:
        assert inspect.getdoc(getattr(namegate, name)), name
    assert set(namegate.__all__) <= set(dir(namegate))


def test_what_validate_name_takes() -> None:
    parameters = inspect.signature(namegate.validate_name).parameters
    assert list(parameters) == [
        *("name", "policy", "weights", "config", "card", "names", "owner"),
        *("now", "url", "key", "timeout"),
    ]


def test_importing_imports_nothing_heavy() -> None:
    program = "import namegate, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    heavy = "torch fastapi sqlalchemy pydantic httpx yaml lark click numpy namegate_policy namegate_server"
    assert not set(heavy.split()) & set(done.stdout.split())
