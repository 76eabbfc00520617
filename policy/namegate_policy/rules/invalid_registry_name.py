"""The name is not one that the registry accepts.

## What it does
Checks the characters, the length and the shape of the id against the rules of each registry under
`registries`: a name that must live in several of them must suit them all. A registry without
organizations is asked about the part after the organization.

## Why is this bad
The registry refuses the upload, often after the weights have been sent.

## Bad example
```
acme/llama 3
acme/llama--3-8b
acme/llama-3-8b.git
```

## Good example
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from namegate_policy.index.likeness import difference
from namegate_policy.naming.registries import REGISTRIES, check_name
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import ModelName
    from namegate_policy.naming.registries import RegistryProblem

_OWNERS = {"namespace", "owner", "publisher", "org", "path"}
"""Fields of registries that hold the organization of an id."""
_REPAIRS = 16
"""Problems of one name that are repaired; a name with more is better written anew."""
_SUFFIX = ".git"
"""The only letters that a repair leaves out: they are no part of the name but of an address."""


class InvalidRegistryNameOptions(Options):
    """Options of invalid-registry-name."""

    registries: tuple[str, ...] = Field(
        default=("huggingface",),
        min_length=1,
        description=f"registries that must accept the name: {', '.join(REGISTRIES)}",
        json_schema_extra={"items": {"type": "string", "enum": list(REGISTRIES)}},
    )

    @field_validator("registries")
    @classmethod
    def _known(cls, registries: tuple[str, ...]) -> tuple[str, ...]:
        for registry in registries:
            if registry not in REGISTRIES:
                raise ValueError(f"unknown registry {registry!r}; valid: {', '.join(REGISTRIES)}")
        return registries


def _check(subject: Subject, options: InvalidRegistryNameOptions) -> Iterator[Finding]:
    for registry in options.registries:
        start = _start(subject.name, registry)
        text = subject.name.text[start:]
        problem = check_name(registry, text)
        if problem is None:
            continue
        repaired = _repaired(registry, text, problem)
        span = (start + problem.span[0], start + problem.span[1])
        yield Finding(
            str(problem),
            span=span,
            expected=problem.expected,
            actual=text[slice(*problem.span)],
            fixes=(_edits(text, repaired, start),) if repaired is not None else (),
        )


def _start(name: ModelName, registry: str) -> int:
    """Return where the part of the id begins that the registry sees."""
    if _OWNERS.isdisjoint(REGISTRIES[registry].fields):
        return name.repository_span[0]
    return 0


def _repaired(registry: str, text: str, problem: RegistryProblem | None) -> str | None:
    """Return `text` with one small change after another until the registry accepts it, or None."""
    for _ in range(_REPAIRS):
        if problem is None:
            return text
        start, end = problem.span
        wrong = text[start:end]
        instead = [wrong.lower(), wrong[:1], "-"]
        if wrong == _SUFFIX or not any(map(str.isalnum, wrong)):
            instead.append("")
        for part in instead:
            candidate = text[:start] + part + text[end:]
            following = check_name(registry, candidate)
            if candidate != text and (following is None or following.span[0] > start or not part):
                break
        else:
            return None
        text, problem = candidate, following
    return None


def _edits(text: str, repaired: str, offset: int) -> tuple[Edit, ...]:
    start, end = difference(text, repaired)
    kept = len(text) - end
    return (Edit((offset + start, offset + end), repaired[start : len(repaired) - kept]),)


RULE = Rule("NG101", "invalid-registry-name", Severity.ERROR, InvalidRegistryNameOptions, _check)
