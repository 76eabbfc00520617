"""A name in one registry's scheme → the same name in another's, with all that cannot be carried over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from namegate_policy.naming.compose import compose
from namegate_policy.naming.registries import REGISTRIES, parse_reference
from namegate_policy.naming.scheme import load_scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.naming.registries import Field, Registry

_REPAIRS = 200
"""Changes that are made to one field before it is given up."""

_ROLES = {
    "namespace": "organization",
    "owner": "organization",
    "publisher": "organization",
    "org": "organization",
    "path": "organization",
    "domain": "host",
    "model": "name",
    "repo": "name",
    "stem": "name",
    "architecture": "name",
}
"""What the fields of registries are to each other; one that is not listed is only what it is called."""

_JOINED = ("tag", "variation")
"""Roles that become a part of the name where the target has no place for them."""

_OF_THE_FILE = frozenset(["shard", "hash", "opset", "long_opset", "origin", "sidecar", "default"])
_OF_THE_SYNTAX = frozenset(["prefix", "type"])
_GGUF = re.compile(r"[\-_.](gguf)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the source name that the target cannot hold, or holds otherwise.

    `kept` is what it became, None where nothing of it is left.
    """

    part: str
    text: str
    kept: str | None
    reason: str

    def __str__(self) -> str:
        became = "is left out" if self.kept is None else f"becomes {self.kept!r}"
        return f"the {self.part.replace('_', ' ')} {self.text!r} {became}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """A name as the target writes it, or None and the `problem` why there is none; `losses` in any case."""

    source: str
    target: str
    name: str
    text: str | None
    losses: tuple[Loss, ...] = ()
    problem: str | None = None


def convert(text: str, source: str, target: str) -> Conversion:
    """Write the name `text` of the registry `source` as the registry `target` has it.

    Every part that is dropped or changed is among the losses; a converted name is always one that the
    target accepts, and a name is never cut short.

    Raises KeyError for an unknown registry, UnreadableNameError where `source` refuses the text.
    """
    reference = parse_reference(source, text)
    if source == target:
        return Conversion(source, target, text, text)
    if source == "gguf-strict":
        reference = parse_reference("gguf", text)
    parts: dict[str, str] = {}
    losses: list[Loss] = []
    for name, value in reference.fields.items():
        known = reference.registry.fields[name]
        if value is None or value == known.fixed or name in _OF_THE_SYNTAX:
            continue
        if name in _OF_THE_FILE:
            losses.append(Loss(known.noun, value, None, "it belongs to the file, not to the model"))
        else:
            parts[_ROLES.get(name, name)] = value
    if reference.fields.get("type") == "pkg:huggingface/" and "version" in parts:
        parts["revision"] = parts.pop("version")
    if "entry_point" in parts:
        losses.append(Loss("repository", parts["name"], None, "it holds the code of the model"))
        parts["name"] = parts.pop("entry_point")
    if source == "torchvision" and "dataset" in parts:
        parts["tag"] = "_".join(parts.pop(role) for role in ("dataset", "version") if role in parts)
    writer = _Writer(REGISTRIES[target], REGISTRIES[source], parts, losses)
    written = writer.write()
    return Conversion(source, target, text, written, tuple(losses), writer.problem)


@dataclass
class _Writer:
    """Writes parts, by role, as a reference of one registry; notes losses and the problem, if any."""

    target: Registry
    source: Registry
    parts: dict[str, str]
    losses: list[Loss]
    problem: str | None = field(default=None)

    def write(self) -> str | None:
        """Return the reference, or None where there can be none."""
        places = {_ROLES.get(name, name): name for name in self.target.fields}
        if self.target.name == "purl" and self.source.name != "mlflow":
            places["revision"] = places.pop("version")
        if self.target.name.startswith("gguf"):
            self._drop_format()
        if self.target.name == "gguf-strict":
            return self._arranged()
        self._join(places)
        fields: dict[str, str | None] = dict.fromkeys(self.target.fields)
        for role, text in self.parts.items():
            name = places.get(role)
            if name is None:
                self._lose(role, text, f"{self.target.title} has no place for it")
            else:
                fields[name] = self._fitted(self.target.fields[name], role, text)
        self._complete(fields)
        return None if self.problem else self._formatted(fields)

    def _drop_format(self) -> None:
        name = self.parts.get("name", "")
        if found := _GGUF.search(name):
            self.parts["name"] = name[: found.start()]
            self._lose("format", found[1], "the extension of the file says it")

    def _arranged(self) -> str | None:
        """Return the components of the name in the order that the target's scheme has them in."""
        self._join({})
        name = self.parts.pop("name", "")
        for role, text in self.parts.items():
            self._lose(role, text, f"{self.target.title} has no place for it")
        scheme = load_scheme(self.target.name)
        components = [(part.kind, part.text) for part in scheme.read_freely(name)]
        composition = compose(components, scheme)
        self.problem = composition.problem
        return composition.name.text if composition.name else None

    def _join(self, places: Mapping[str, str]) -> None:
        if "version" in self.parts and "version" not in places and "tag" in places:
            self.parts.setdefault("tag", self.parts.pop("version"))
        for role in _JOINED:
            if role in self.parts and role not in places and "name" in self.parts:
                text = self.parts.pop(role)
                separator = "." if self.source.name == "timm" else "-"
                self.parts["name"] += separator + text
                reason = f"{self.target.title} has no {role}, so it is a part of the name"
                self.losses.append(Loss(role, text, self.parts["name"], reason))

    def _fitted(self, place: Field, role: str, given: str) -> str | None:
        """Return the part as the field takes it, or None where it cannot."""
        text, reasons = given, []
        for _ in range(_REPAIRS):
            found = next(((check, span) for check in place.checks if (span := check.problem_in(text))), None)
            if found is None:
                break
            check, (start, end) = found
            reasons.append(check.expected)
            lower = text.lower()
            if lower != text and check.problem_in(lower) != (start, end):
                text = lower
            elif check.expected.startswith("at most") or (start, end) == (0, len(text)):
                break
            elif start == 0 or end == len(text):
                text = text[end:] if start == 0 else text[:start]
            else:
                bridge = next((each for each in "-_" if not check.problem_in(f"a{each}a")), "")
                text = text[:start] + (bridge if text[start:end] != bridge else "") + text[end:]
        why = "; ".join(dict.fromkeys(reasons)) or f"the {place.noun}"
        if not text or not place.takes(text):
            if place.required:
                self.problem = f"the {role} {given!r} fits no {self.target.title} name: {why}"
            else:
                self._lose(role, given, f"{self.target.title} takes {why} there")
            return None
        if text != given:
            self.losses.append(Loss(role, given, text, f"{self.target.title} takes {why}"))
        return text

    def _complete(self, fields: dict[str, str | None]) -> None:
        """Fill in the fields that have one text, and say which required ones nothing gives."""
        if self.target.name == "purl":
            known = self.source.name in {"huggingface", "mlflow"}
            fields["type"] = f"pkg:{self.source.name}/" if known else None
        if self.target.name == "mlflow" and fields["version"] is not None:
            fields["prefix"] = "models:/"
        for name, place in self.target.fields.items():
            if fields[name] is None and place.fixed is not None:
                fields[name] = place.fixed
            elif fields[name] is None and place.required and self.problem is None:
                self.problem = self._asks_for([place])

    def _formatted(self, fields: dict[str, str | None]) -> str | None:
        try:
            text = self.target.format(fields)
        except ValueError as error:
            missing = self.target.missing({name for name, text in fields.items() if text is not None})
            self.problem = self._asks_for(missing) if missing else str(error)
            return None
        if wrong := self.target.problem(text):
            self.problem = str(wrong)
            return None
        return text

    def _asks_for(self, places: list[Field]) -> str:
        nouns = " and ".join(f"the {place.noun}" for place in places)
        return f"{self.target.title} asks for {nouns}, which {self.source.title} does not give"

    def _lose(self, role: str, text: str, reason: str) -> None:
        self.losses.append(Loss(role, text, None, reason))
