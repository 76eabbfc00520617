"""A version is not written in a form that the policy accepts.

## What it does
Checks every version component against the accepted forms: `pep440` (2.1, 3rc1; by the packaging
library), `semver` (2.1.0, 1.0.0-beta.1), `integer` (3), `date` (2507, 202507, 20250731, 2025-07-31) and
`word` (preview, beta, turbo). A leading `v` is judged apart, by `prefix`.

## Why is this bad
Versions that cannot be ordered do not tell which of two models is the newer one.

## Bad example
With `formats: [semver]`:
```
acme/llama-3.1-8b
acme/llama-8b-20250731
```

## Good example
With `formats: [semver]`:
```
acme/llama-3.1.0-8b
```
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from packaging.version import InvalidVersion
from packaging.version import Version as PythonVersion
from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class Form(StrEnum):
    """How a version is written."""

    PEP440 = "pep440"
    SEMVER = "semver"
    INTEGER = "integer"
    DATE = "date"
    WORD = "word"


class VersionFormatOptions(Options):
    """Options of version-format."""

    formats: tuple[Form, ...] = Field(
        default=(Form.PEP440, Form.DATE),
        min_length=1,
        description="accepted forms: pep440, semver, integer, date, word",
    )
    prefix: Literal["optional", "required", "forbidden"] = Field(
        default="optional",
        description="whether a `v` stands before a number: optional, required or forbidden",
    )


_NUMBER = r"(?:0|[1-9]\d*)"
_IDENTIFIER = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_DATES = re.compile(r"(?P<year>20\d\d|\d\d)[-_.]?(?P<month>\d\d)(?:[-_.]?(?P<day>\d\d))?")


def _check(subject: Subject, options: VersionFormatOptions) -> Iterator[Finding]:
    for component in subject.name.components:
        if component.kind is not Kind.VERSION:
            continue
        text = component.text
        prefixed = text[:1] in "vV" and text[1:2].isdigit()
        number = text[1:] if prefixed else text
        if not any(_fits(form, number) for form in options.formats):
            forms = " or ".join(options.formats)
            yield Finding(
                f"the version “{text}” is not written as {forms}",
                span=component.span,
                expected=forms,
                actual=text,
                fixes=tuple(
                    (Edit(component.span, text[: len(text) - len(number)] + other),)
                    for other in _repairs(number, options)
                ),
            )
        elif (
            number[:1].isdigit()
            and options.prefix != "optional"
            and prefixed != (options.prefix == "required")
        ):
            wanted = f"v{number}" if options.prefix == "required" else number
            yield Finding(
                f"the version “{text}” has {'a' if prefixed else 'no'} “v” before its number,"
                f" which the policy says is {options.prefix}",
                span=component.span,
                expected=wanted,
                actual=text,
                fixes=((Edit(component.span, wanted),),),
            )


def _fits(form: Form, text: str) -> bool:
    match form:
        case Form.PEP440:
            try:
                PythonVersion(text)
            except InvalidVersion:
                return False
            return True
        case Form.SEMVER:
            return _SEMVER.fullmatch(text) is not None
        case Form.INTEGER:
            return text.isdigit()
        case Form.WORD:
            return text.isalpha()
        case Form.DATE:
            return _is_date(text)


def _is_date(text: str) -> bool:
    found = _DATES.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(found[part] or 1) for part in ("year", "month", "day"))
    try:
        date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return False
    return True


def _repairs(number: str, options: VersionFormatOptions) -> Iterator[str]:
    """Yield other spellings of the same number that an accepted form may take: `1_5` → `1.5`, `1.5.0`."""
    if _is_date(number):
        return
    dotted = re.sub(r"(?<=\d)[-_p](?=\d)", ".", number)
    padded = dotted + ".0" * (2 - dotted.count("."))
    for candidate in dict.fromkeys((dotted, padded)):
        if candidate != number and any(_fits(form, candidate) for form in options.formats):
            yield candidate


RULE = Rule("NG209", "version-format", Severity.WARN, VersionFormatOptions, _check)
