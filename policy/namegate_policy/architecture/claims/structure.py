"""Stated shapes of a network: size words, layers, width, heads, patches, and timm's whole names."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import yaml

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.size import TABLE
from namegate_policy.naming.model import Kind
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.architecture.model import Architecture
    from namegate_policy.errors import Span
    from namegate_policy.naming.model import ModelName


class Claim(NamedTuple):
    """One thing that a name says and the weights deny: where, what it says, what is true."""

    span: Span
    said: str
    held: str
    expected: str | None = None


Size = tuple[int, int] | float
"""A published size: (layers, width), or millions of parameters where stages differ in width."""


@cache
def words() -> dict[str, dict[str, tuple[Size, ...]]]:
    """Return family word → size word → the networks published under it."""
    document = yaml.safe_load(TABLE.read_text("utf-8"))
    return {
        family: {
            word: tuple(tuple(size) if isinstance(size, list) else float(size) for size in sizes)
            for word, sizes in table.items()
        }
        for family, table in document["words"].items()
    }


_SHORT_WORDS = {"b": "base", "l": "large", "s": "small", "ti": "tiny", "t": "tiny", "h": "huge", "g": "giant"}
SIZE_WORDS = frozenset(
    {"tiny", "mini", "small", "medium", "base", "large", "huge", "giant", "xl", "xxl", "xlarge"}
)


def wrong_size_words(
    name: ModelName, families: tuple[str, ...], architecture: Architecture
) -> Iterator[Claim]:
    """Yield each size word that stands for another size of its family than the one that the weights have.

    A network that is none of the family's sizes is not judged: it is a size of its own.
    """
    table = next((words()[family] for family in families if family in words()), None)
    if table is None:
        return
    for component in name.components:
        word = component.text.casefold()
        if component.kind is not Kind.SIZE and word not in ("xl", "xxl"):
            continue
        word = word if word in table else _SHORT_WORDS.get(word, word)
        if word not in SIZE_WORDS or any(_is(size, architecture) for size in table.get(word, ())):
            continue
        for other, sizes in table.items():
            size = next((size for size in sizes if _is(size, architecture)), None)
            if size is None:
                continue
            shown = (
                f"{size[0]} layers of width {size[1]}" if isinstance(size, tuple) else f"{size:g}M parameters"
            )
            yield Claim(component.span, component.text, f"{shown}, which is {other}", other)
            break


def _is(size: Size, architecture: Architecture) -> bool:
    if isinstance(size, tuple):
        return size[1] == architecture.hidden_size and size[0] in (architecture.depths or {}).values()
    return abs(architecture.parameters - size * 10**6) <= 0.08 * size * 10**6


def published_network(name: ModelName) -> tuple[str, dict[str, int]] | None:
    """Return the network of timm or torchvision that a name is, with its counts; None for other names."""
    stem = name.repository.partition(".")[0].removesuffix("_Weights")
    defaults = catalogue().defaults
    for known in (stem, stem.lower()):
        if "parameters" in defaults.get(known, ()):
            return stem, defaults[known]
    return None


def wrong_timm_name(name: ModelName, architecture: Architecture) -> Claim | None:
    """Return what is wrong with a name that is one of timm's or torchvision's, None where it holds.

    The parameters must be those that the library builds, with any number of classes, and so must the names of
    the tensors, where they are those of a known network at all.
    """
    published = published_network(name)
    if published is None:
        return None
    stem, numbers = published
    start = name.repository_span[0]
    span = (start, start + len(stem))
    if not _is_network(numbers, architecture):
        total = numbers["parameters"]
        return Claim(
            span, f"{stem}, which has {total:,} parameters", f"{architecture.parameters:,} parameters"
        )
    if architecture.exact and {stem, stem.lower()}.isdisjoint(architecture.families):
        return Claim(span, stem, f"the tensors of {', '.join(architecture.families[:3])}")
    return None


def _is_network(numbers: dict[str, int], architecture: Architecture) -> bool:
    """Whether the parameters are those of a published network, with any number of classes or none."""
    total, held = numbers["parameters"], architecture.parameters
    body = numbers.get("without_classifier", total)
    head, labels = architecture.classifier_parameters, architecture.labels
    if not head or not labels:
        return body * (1 - _CLOSE) <= held <= total * (1 + _CLOSE)
    bare = total - _CLASSES * head // labels
    # Of torchvision's networks the smaller total is that without an auxiliary classifier.
    wholes = (total,) if abs(body - bare) <= _CLOSE * bare else (total, body)
    bodies = (bare,) if body == total else (bare, body)
    return any(abs(held - whole) <= _CLOSE * whole for whole in wholes) or any(
        abs(held - head - rest) <= _CLOSE * rest for rest in bodies
    )


_CLASSES = 1000
"""Classes of ImageNet, for which the libraries build their networks."""

_CLOSE = 0.03
"""How far a network may be from the one that the library builds: another resolution has other positions."""

_BEFORE = "-_./ "
"""Separators, of which a stated dimension may match the one before it."""

_COUNTED = re.compile(r"(resnet|preresnet|vgg|densenet|resnext)", re.IGNORECASE)
_LAYERS = re.compile(r"(?:^|[^a-z0-9])(?:L-?|(?<=[-_])t)(\d{1,3})(?=$|[^a-z0-9])", re.IGNORECASE)
_LAYERS_WORD = re.compile(r"(?:^|[^a-z0-9])(\d{1,3})[-_]?(?:l|layers?)(?=$|[^a-z0-9])", re.IGNORECASE)
_WIDTH = re.compile(r"(?:^|[^a-z0-9])H-?(\d{2,5})(?=$|[^a-z0-9])", re.IGNORECASE)
_HEADS = re.compile(r"(?:^|[^a-z0-9])A-?(\d{1,3})(?=$|[^a-z0-9])")
_PATCH = re.compile(r"(?:^|[^a-z0-9])patch[-_]?(\d{1,3})(?=$|[^a-z0-9])", re.IGNORECASE)
_WINDOW = re.compile(r"(?:^|[^a-z0-9])window[-_]?(\d{1,3})(?=$|[^a-z0-9])", re.IGNORECASE)


def wrong_dimensions(name: ModelName, architecture: Architecture) -> Iterator[Claim]:
    """Yield each stated depth, width, head count, patch or window that the tensors deny."""
    start = name.repository_span[0]
    sizes = {component.span[0] for component in name.of(Kind.SIZE)}
    depths = set((architecture.depths or {}).values())

    def claims(pattern: re.Pattern[str], held: set[int], what: str) -> Iterator[Claim]:
        for found in pattern.finditer(name.repository):
            letter = start + found.end() - len(found[0].lstrip(_BEFORE))
            if held and int(found[1]) not in held and letter not in sizes:  # `ViT-L-14` is large
                span = (start + found.start(1), start + found.end(1))
                shown = " and ".join(str(number) for number in sorted(held))
                yield Claim(span, f"{found[1]} {what}", f"{shown} {what}", shown if len(held) == 1 else None)

    own = published_network(name) is None  # else `l2` and `t4` are sizes, and the count is compared
    if own and name.of(Kind.DIMENSION):
        together = depths | {sum(depths)} | {2 * depth for depth in depths}
        yield from claims(_LAYERS, together if len(depths) > 1 else depths, "layers")
        yield from claims(_WIDTH, _known(architecture.hidden_size), "wide")
        yield from claims(_HEADS, _known(architecture.heads), "heads")
    if own:
        yield from claims(_LAYERS_WORD, depths | {sum(depths)}, "layers")
    yield from claims(_PATCH, _known(architecture.patch_size), "pixels a patch")
    yield from claims(_WINDOW, _known(architecture.window_size), "pixels a window")
    yield from _weight_layers(name, architecture)


def _known(value: int | None) -> set[int]:
    return set() if value is None else {value}


def _weight_layers(name: ModelName, architecture: Architecture) -> Iterator[Claim]:
    """Yield a depth as ResNet-50 counts it: convolutions and the final matrices, shortcuts left out."""
    held = architecture.convolutions
    if not held or not any(
        _COUNTED.fullmatch(key(family).rstrip("0123456789")) for family in architecture.families
    ):
        return
    for family, number in zip(name.components, name.components[1:], strict=False):
        if not _COUNTED.fullmatch(key(family.text)) or not number.text.isdecimal():
            continue
        stated = int(number.text)
        if stated >= 10 and stated - held not in (0, 1, 2):
            yield Claim(number.span, f"{stated} layers", f"{held} convolutions and matrices")
