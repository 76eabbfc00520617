"""Namegate: does a model name follow the policy, and is it true of the weights?

>>> from namegate import validate_name
>>> verdict = validate_name("acme/llama-3-7b", policy="namegate:recommended", weights="./out")
>>> verdict.allowed, verdict.violations, verdict.suggestion

Everything is imported when it is first used, so that `import namegate` costs a few milliseconds.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # not from typing, which costs more than all the rest
if TYPE_CHECKING:
    from typing import Any

    from namegate.client import AsyncClient, Client
    from namegate.errors import (
        AccessDeniedError,
        RequestRefusedError,
        ServerAddressError,
        ServerAnswerError,
        ServerError,
        ServerUnavailableError,
    )
    from namegate.validate import validate_name
    from namegate_policy.errors import (
        EvidenceError,
        NamegateError,
        PolicyError,
        PolicyNotFoundError,
        SchemeError,
        UnreadableNameError,
        WeightsNotFoundError,
    )
    from namegate_policy.naming import Component, Kind, ModelName, parse_name
    from namegate_policy.verdict import Mode, Outcome, Severity, Verdict, Violation

__all__ = [
    "AccessDeniedError",
    "AsyncClient",
    "Client",
    "Component",
    "EvidenceError",
    "Kind",
    "Mode",
    "ModelName",
    "NamegateError",
    "Outcome",
    "PolicyError",
    "PolicyNotFoundError",
    "RequestRefusedError",
    "SchemeError",
    "ServerAddressError",
    "ServerAnswerError",
    "ServerError",
    "ServerUnavailableError",
    "Severity",
    "UnreadableNameError",
    "Verdict",
    "Violation",
    "WeightsNotFoundError",
    "parse_name",
    "validate_name",
]

_HOMES = {
    "namegate.client": ("AsyncClient", "Client"),
    "namegate.errors": (
        "AccessDeniedError",
        "RequestRefusedError",
        "ServerAddressError",
        "ServerAnswerError",
        "ServerError",
        "ServerUnavailableError",
    ),
    "namegate.validate": ("validate_name",),
    "namegate_policy.errors": (
        "EvidenceError",
        "NamegateError",
        "PolicyError",
        "PolicyNotFoundError",
        "SchemeError",
        "UnreadableNameError",
        "WeightsNotFoundError",
    ),
    "namegate_policy.naming": ("Component", "Kind", "ModelName", "parse_name"),
    "namegate_policy.verdict": ("Mode", "Outcome", "Severity", "Verdict", "Violation"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
