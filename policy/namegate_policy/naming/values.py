"""Sizes and versions as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_COUNT = r"(\d+(?:[._p]\d+)?)([kmbt])"
_EXPERTS_FIRST = re.compile(rf"(\d+)x{_COUNT}$")
_EXPERTS_LAST = re.compile(rf"{_COUNT}x(\d+)$")
_TOTAL = re.compile(rf"{_COUNT}$")
_ACTIVE = re.compile(rf"a{_COUNT}$")
_INSIDE = re.compile(r"(\d+)(b)(\d)$")
_SCALE = {"k": 3, "m": 6, "b": 9, "t": 12}


@dataclass(frozen=True, slots=True)
class Size:
    """How big a name says the model is.

    `parameters` is the stated total as an integer, None for a bare size word; `unit` is the value of
    one step of the last printed digit (7B: 1_000_000_000; 0.5b: 100_000_000), which is how far
    the statement is rounded. `8x7B` gives `experts` 8 and `expert_parameters` 7_000_000_000, and
    no total, since experts share layers; `30B-A3B` gives `active_parameters` 3_000_000_000.
    """

    text: str
    parameters: int | None = None
    unit: int | None = None
    active_parameters: int | None = None
    experts: int | None = None
    expert_parameters: int | None = None
    word: str | None = None


def read_size(texts: list[str]) -> Size | None:
    """Return what the size components of one name say together, or None if there are none.

    Several statements merge: `30B` and `A3B` are a total and the part of it that is active, `base`
    and `7B` a word and a total. Of two totals, the first counts.
    """
    if not texts:
        return None
    parameters = unit = active = experts = expert_parameters = word = None
    for text in texts:
        folded = text.casefold()
        if found := _EXPERTS_FIRST.match(folded):
            if experts is None:
                experts, expert_parameters = int(found[1]), _count(found[2], found[3])[0]
        elif found := _EXPERTS_LAST.match(folded):
            if experts is None:
                experts, expert_parameters = int(found[3]), _count(found[1], found[2])[0]
        elif found := _ACTIVE.match(folded):
            active = active or _count(found[1], found[2])[0]
        elif found := _TOTAL.match(folded):
            if parameters is None:
                parameters, unit = _count(found[1], found[2])
        elif found := _INSIDE.match(folded):
            if parameters is None:
                parameters, unit = _count(f"{found[1]}.{found[3]}", found[2])
        elif word is None:
            word = folded
    return Size("-".join(texts), parameters, unit, active, experts, expert_parameters, word)


def _count(number: str, scale: str) -> tuple[int, int]:
    """Return a count such as (`1.5`, `b`) and the value of one step of its last digit, as integers."""
    whole, _, fraction = re.sub("[_p]", ".", number).partition(".")
    unit = 10 ** max(0, _SCALE[scale] - len(fraction))
    return int(whole + fraction) * 10 ** _SCALE[scale] // 10 ** len(fraction), unit


_PRE_RELEASES = {
    "pre-alpha": 0, "prealpha": 0, "experimental": 0, "exp": 0, "dev": 0, "alpha": 1, "beta": 2,
    "preview": 3, "pre": 3, "rc": 4,
}  # fmt: skip
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ii": 2, "iii": 3, "iv": 4}
_DATE = re.compile(r"(20[12]\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?$")
_SHORT_DATE = re.compile(r"(2\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$")
_DAY = re.compile(r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_STEP = re.compile(
    r"(?:(?:global[-_]?)?steps?|checkpoint|ckpt|epochs?|ep|iter(?:ation)?s?|run|replicate|seed)[-_.]?"
    r"(\d+(?:\.\d+)?)([km]?)$"
    r"|(\d+(?:\.\d+)?)([km]?)[-_]?(?:steps?|epochs?|e|ep|iters?)$"
)
_RELEASE = re.compile(
    r"(?P<prefix>[a-z]?)(?P<release>\d+(?:[._p-]\d+)*)"
    r"(?:[-_.]?(?P<label>pre-?alpha|experimental|alpha|beta|preview|pre|exp|dev|rc)[-_.]?(?P<number>\d*))?"
    r"(?P<suffix>[a-z]?)$"
)
_LABEL = re.compile(r"(pre-?alpha|experimental|alpha|beta|preview|pre|exp|dev|rc)[-_.]?(\d*)$")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A release, generation, date stamp or checkpoint that a name states, with its source text.

    `release` holds the numbers of `v2.1` or `3`; `pre_release` a label and its number (`beta2` →
    ("beta", 2)); `date` the year, month and, where stated, day of a stamp such as `2507` or
    `20240229`, with year 0 for a month and day alone (`0324`); `step` a training step, epoch or run
    (`step1000`, `2.5k-steps`). Versions compare by these and not by text: `v2` equals `2.0`, and a
    pre-release comes before its release. `comparable` says whether the order means anything.
    """

    text: str
    release: tuple[int, ...] = ()
    pre_release: tuple[str, int] | None = None
    date: tuple[int, ...] = ()
    step: int | None = None

    def comparable(self, other: Version) -> bool:
        """Return whether both say the same sort of thing: releases, dates (with or without year) or steps."""
        if self.release and other.release:
            return True
        if self.date and other.date:
            return bool(self.date[0]) == bool(other.date[0])
        return self.step is not None and other.step is not None

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return _order(self) < _order(other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return _order(self) == _order(other)

    def __hash__(self) -> int:
        return hash(_order(self))


def _order(version: Version) -> tuple[object, ...]:
    release = version.release
    while release and release[-1] == 0 and len(release) > 1:
        release = release[:-1]
    label, number = version.pre_release or ("", 0)
    known = release or version.date or version.step is not None or version.pre_release
    return (
        release,
        version.date,
        _PRE_RELEASES.get(label, len(_PRE_RELEASES)),
        number,
        -1 if version.step is None else version.step,
        "" if known else version.text.casefold(),
    )


def read_version(text: str) -> Version:
    """Return the value of one version component; a text without numbers keeps only its text."""
    folded = text.casefold()
    if found := _DATE.match(folded) or _SHORT_DATE.match(folded):
        year = int(found[1])
        date = (year if year > 99 else 2000 + year, int(found[2]))
        return Version(text, date=(*date, int(found[3])) if found[3] else date)
    if found := _DAY.match(folded):
        return Version(text, date=(0, int(found[1]), int(found[2])))
    if found := _STEP.match(folded):
        number, scale = (found[1], found[2]) if found[1] else (found[3], found[4])
        return Version(text, step=int(float(number) * 10 ** _SCALE.get(scale, 0)))
    if found := _LABEL.match(folded):
        return Version(text, pre_release=(found[1], int(found[2] or 0)))
    if folded in _WORDS:
        return Version(text, release=(_WORDS[folded],))
    if found := _RELEASE.match(folded):
        release = tuple(int(number) for number in re.findall(r"\d+", found["release"]))
        label = found["label"]
        return Version(text, release, (label, int(found["number"] or 0)) if label else None)
    return Version(text)
