"""Errors as RFC 9457 problem details, the form in which they travel and are printed as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from namegate_policy.errors import NamegateError, PolicyError, PolicyProblem, UnreadableNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

URN = "urn:namegate:problem:"
"""Problem types are this and the error's kind: `urn:namegate:problem:unreadable-name`."""

MEDIA_TYPE = "application/problem+json"


def problem(kind: str, status: int, detail: str, **members: Any) -> dict[str, Any]:
    """Return problem details; `members` are the further facts of this kind of problem."""
    title = kind.replace("-", " ").capitalize().replace("json", "JSON")
    return {"type": URN + kind, "title": title, "status": status, "detail": detail, **members}


def problem_of(error: NamegateError) -> dict[str, Any]:
    """Return what a caller needs to know of `error`; `error_of` makes it an error again."""
    members: dict[str, Any] = {}
    if error.source is not None:
        members |= {"source": error.source, "span": list(error.span) if error.span else None}
    if isinstance(error, UnreadableNameError):
        members["reason"] = error.reason
    if isinstance(error, PolicyError):
        members["problems"] = [asdict(each) for each in error.problems]
    return problem(error.kind, error.status, error.message, **members)


def error_of(details: Mapping[str, Any]) -> NamegateError | None:
    """Return the error that `problem_of` described, or None when its type is not one of the engine's.

    Raises ValueError when the members are not those of that type.
    """
    kind = str(details.get("type", "")).removeprefix(URN)
    error_type = next((each for each in _error_types(NamegateError) if each.kind == kind), None)
    if error_type is None:
        return None
    try:
        message, source, span = details["detail"], details.get("source"), details.get("span")
        place = (span[0], span[1]) if span else None
        if issubclass(error_type, UnreadableNameError):
            return error_type(message, reason=details["reason"], source=source or "", span=place or (0, 0))
        if issubclass(error_type, PolicyError):
            problems = ({**each, "choices": tuple(each["choices"])} for each in details["problems"])
            return error_type(message, tuple(PolicyProblem(**each) for each in problems))
        return error_type(message, source=source, span=place)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"problem details of {kind!r} lack a member: {error!r}") from error


def _error_types(base: type[NamegateError]) -> Iterator[type[NamegateError]]:
    for error_type in base.__subclasses__():
        if not error_type.__module__.startswith("namegate_policy."):
            continue
        yield error_type
        yield from _error_types(error_type)
