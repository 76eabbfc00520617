"""The name is not one that the registry accepts.

## What it does
Checks the characters, the length and the shape of the whole id against the registry's own rules.

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

import re
from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 96


class InvalidRegistryNameOptions(Options):
    """Options of invalid-registry-name: none."""


_MISTAKES: tuple[tuple[re.Pattern[str], str, str | None], ...] = (
    (re.compile(r"[^\w\-./]+", re.ASCII), "only letters, digits, “-”, “_” and “.” may be used", "-"),
    (re.compile(r"--+"), "“--” is not allowed", "-"),
    (re.compile(r"\.\.+"), "“..” is not allowed", "."),
    (re.compile(r"(?<![^/])[-.]+|[-.]+(?![^/])"), "it begins and ends with a letter, a digit or “_”", ""),
    (re.compile(r"\.git\Z"), "it does not end in “.git”", ""),
)
"""What Hugging Face refuses (huggingface_hub's `validate_repo_id`): pattern, rule, replacement."""


def _check(subject: Subject, _options: InvalidRegistryNameOptions) -> Iterator[Finding]:
    text = subject.name.text
    for pattern, message, replacement in _MISTAKES:
        for match in pattern.finditer(text):
            fixes = () if replacement is None else ((Edit(match.span(), replacement),),)
            yield Finding(
                f"Hugging Face refuses this id: {message}",
                span=match.span(),
                expected=replacement,
                actual=match[0],
                fixes=fixes,
            )
    repository = subject.name.repository
    if len(repository) > _LONGEST:
        yield Finding(
            f"Hugging Face refuses this id: a name has at most {_LONGEST} characters,"
            f" this has {len(repository)}",
            span=(len(text) - len(repository) + _LONGEST, len(text)),
            expected=f"{_LONGEST} characters at most",
            actual=len(repository),
        )


RULE = Rule("NG101", "invalid-registry-name", Severity.ERROR, InvalidRegistryNameOptions, _check)
