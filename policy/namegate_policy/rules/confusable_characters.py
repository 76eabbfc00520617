"""The id holds characters that are taken for others, or that lie outside ASCII.

## What it does
Compares the id with the confusables of Unicode Technical Standard #39. A run of letters is refused if
it would be read as plain ASCII though it is not (`ｌlama`, `раураl`), or if it mixes scripts. Unless
`ascii_only` is off, every character outside ASCII is refused.

## Why is this bad
An id that looks like a trusted one but is another is how users are led to download the wrong weights.

## Bad example
```
асme/llama-3-8b
acme/modèle-8b
```

## Good example
```
acme/llama-3-8b
```
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.index.confusables import ascii_for, skeleton
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.places import elsewhere
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN = re.compile(r"[^\W\d_]+")


class ConfusableCharactersOptions(Options):
    """Options of confusable-characters."""

    ascii_only: bool = Field(
        default=True, description="whether letters outside ASCII are refused even where nothing is alike"
    )


def _check(subject: Subject, options: ConfusableCharactersOptions) -> Iterator[Finding]:
    text = subject.name.text
    if text.isascii():
        return
    places = (
        [index for index, character in enumerate(text) if not character.isascii()]
        if options.ascii_only
        else [index for run in _RUN.finditer(text) if _misleading(run[0]) for index in _foreign(run)]
    )
    if not places:
        return
    character = text[places[0]]
    called = unicodedata.name(character, f"U+{ord(character):04X}")
    likeness = ascii_for(character)
    alike = (
        f" is taken for “{likeness}”"
        if likeness and skeleton(character) == skeleton(likeness)
        else " is not ASCII"
    )
    replaced = [ascii_for(text[place]) for place in places]
    fix = tuple(
        Edit((place, place + 1), other)
        for place, other in zip(places, replaced, strict=True)
        if other is not None
    )
    yield Finding(
        f"“{character}” ({called}){alike}{elsewhere(len(places) - 1)}",
        span=(places[0], places[0] + 1),
        expected=likeness,
        actual=character,
        fixes=(fix,) if len(fix) == len(places) else (),
    )


def _misleading(run: str) -> bool:
    """Return whether letters that are not all ASCII read as ASCII, or come from several scripts."""
    if run.isascii():
        return False
    return skeleton(run).isascii() or len({_script(character) for character in run}) > 1


def _foreign(run: re.Match[str]) -> list[int]:
    return [index for index, character in enumerate(run[0], run.start()) if not character.isascii()]


def _script(character: str) -> str:
    """Return the first word of the character's name, which is its script for letters of alphabets."""
    return unicodedata.name(character, "").partition(" ")[0]


RULE = Rule("NG106", "confusable-characters", Severity.ERROR, ConfusableCharactersOptions, _check)
