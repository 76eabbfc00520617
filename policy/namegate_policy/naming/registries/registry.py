"""What a registry is: the shape of its references and the rules of their fields, all as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.errors import Span
    from namegate_policy.naming.model import Kind

MAX_LENGTH = 1024
"""Characters of the longest text that is looked at; no registry takes a longer reference."""


@dataclass(frozen=True, slots=True)
class RegistryProblem:
    """Why a registry refuses a text: what is found at `span` of it, and what is expected there.

    `found` is the wrong part in quotes, or "nothing" where something is missing; `field` is the part of
    the reference that it stands in.
    """

    registry: str
    field: str
    span: Span
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.registry}: the {self.field} has {self.found}, expected {self.expected}"


@dataclass(frozen=True)
class Check:
    """`wrong`, a pattern of `re`, finds what is wrong in a text (or its first group does).

    `expected` says what is right. Patterns are compiled when they are first used: there are some hundred
    of them, and a policy asks for one registry or two.
    """

    wrong: str
    expected: str

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.wrong, re.DOTALL)

    def problem_in(self, text: str) -> Span | None:
        """Return the span of the first wrong part, or None."""
        found = self._pattern.search(text)
        return found.span(found.lastindex or 0) if found else None


def only(characters: str, expected: str) -> Check:
    """Allow these characters alone; `characters` is the inside of a class of `re`, as in those below."""
    return Check(f"[^{characters}]+", expected)


def begins(characters: str, expected: str) -> Check:
    """Allow these as first characters."""
    return Check(rf"\A[^{characters}]+", f"{expected} first")


def ends(characters: str, expected: str) -> Check:
    """Allow these as last characters."""
    return Check(rf"[^{characters}]+\Z", f"{expected} last")


def never(wrong: str, expected: str) -> Check:
    """Refuse what the pattern finds."""
    return Check(wrong, expected)


def exactly(pattern: str, expected: str) -> Check:
    """Allow what the pattern matches wholly."""
    return Check(rf"\A(?!(?:{pattern})\Z).*", expected)


def at_most(length: int) -> Check:
    """Allow so many characters."""
    return Check(rf"\A.{{{length}}}(.+)", f"at most {length} characters")


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a reference: what people call it, its rules, and what it is in a scheme's grammar.

    `terminal` is the terminal of the whole field; None says that its text is a name, which is read as
    components. A field with a `kind` is a component of that kind, one with a `fixed` text is always that.
    """

    noun: str
    checks: tuple[Check, ...] = ()
    terminal: str | None = None
    required: bool = False
    kind: Kind | None = None
    fixed: str | None = None

    def takes(self, text: str) -> bool:
        """Return whether the field may hold `text`."""
        return not any(check.problem_in(text) for check in self.checks)


@dataclass(frozen=True)
class Reference:
    """A reference as a registry reads it: the text of each field, None for a field that it leaves out."""

    registry: Registry
    fields: Mapping[str, str | None]

    def __str__(self) -> str:
        return self.registry.format(self.fields)


@dataclass(frozen=True)
class Registry:
    """A registry's names. Field names are those of `split`'s groups and of the braces in `shapes`.

    `split`, a pattern of `re`, cuts any text that has the reference's delimiters, however wrong its fields
    are; what it leaves over is in its group `rest`. `whole` holds rules of the text as a whole. `source`
    says where the rules are from.
    """

    name: str
    title: str
    shapes: tuple[str, ...]
    split: str
    fields: Mapping[str, Field]
    source: str
    whole: tuple[Check, ...] = ()

    @cached_property
    def _split(self) -> re.Pattern[str]:
        return re.compile(self.split, re.DOTALL)

    def cut(self, text: str) -> dict[str, Span]:
        """Return where each field is that the text has; nothing is checked."""
        match = self._split.fullmatch(text)
        if match is None:
            return {}
        return {name: match.span(name) for name in self.fields if match[name] is not None}

    def problem(self, text: str) -> RegistryProblem | None:
        """Return the first problem of the text as a reference of this registry, or None."""
        if len(text) > MAX_LENGTH:
            span = (MAX_LENGTH, len(text))
            return RegistryProblem(
                self.name, "name", span, _quoted(text, span), f"at most {MAX_LENGTH} characters"
            )
        for check in self.whole:
            if span_ := check.problem_in(text):
                return RegistryProblem(self.name, "name", span_, _quoted(text, span_), check.expected)
        match = self._split.fullmatch(text)
        if match is None:
            return RegistryProblem(
                self.name, "name", (0, len(text)), _quoted(text, (0, len(text))), self.shape
            )
        end = 0
        for name, field in self.fields.items():
            span = match.span(name)
            if problem := self._field_problem(text, field, span if span[0] >= 0 else None, end):
                return problem
            end = max(end, span[1])
        if "rest" in self._split.groupindex and match["rest"]:
            return RegistryProblem(
                self.name,
                "name",
                match.span("rest"),
                _quoted(text, match.span("rest")),
                "the end of the name",
            )
        return None

    def _field_problem(self, text: str, field: Field, span: Span | None, end: int) -> RegistryProblem | None:
        """Return the problem of a field, which is missing after `end` where it has no span."""
        missing = f"the {field.noun} ({self.shape})"
        if span is None:
            return (
                RegistryProblem(self.name, "name", (end, end), "nothing", missing) if field.required else None
            )
        start, end = span
        if start == end:
            return RegistryProblem(self.name, field.noun, span, "nothing", missing)
        for check in field.checks:
            if wrong := check.problem_in(text[start:end]):
                place = (start + wrong[0], start + wrong[1])
                return RegistryProblem(self.name, field.noun, place, _quoted(text, place), check.expected)
        return None

    @cached_property
    def shape(self) -> str:
        """The shapes in words, as in `[namespace/]name`."""
        return " or ".join(shape.replace("{", "").replace("}", "") for shape in self.shapes)

    def format(self, fields: Mapping[str, str | None]) -> str:
        """Write a reference with these fields; the first shape that has a place for all of them is taken.

        Raises ValueError where no shape fits.
        """
        given = {name for name, text in fields.items() if text is not None}
        for shape in self.shapes:
            written = _OPTIONAL.sub(
                lambda part: part[1] if set(_PLACE.findall(part[1])) <= given else "", shape
            )
            if set(_PLACE.findall(written)) == given:
                return _PLACE.sub(lambda place: str(fields[place[1]]), written)
        raise ValueError(
            f"{', '.join(sorted(given)) or 'nothing'} alone makes no {self.title} name; it is {self.shape}"
        )

    def missing(self, given: set[str]) -> list[Field]:
        """Return the fields that a reference lacks in the shape that has most places for those `given`."""
        shape = min(self.shapes, key=lambda shape: len(given - set(_PLACE.findall(shape))))
        return [self.fields[name] for name in _PLACE.findall(_OPTIONAL.sub("", shape)) if name not in given]


_PLACE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def _quoted(text: str, span: Span) -> str:
    start, end = span
    if start == end:
        return "nothing"
    cut = text[start:end] if end - start <= 40 else text[start : start + 39] + "…"
    return repr(cut)
