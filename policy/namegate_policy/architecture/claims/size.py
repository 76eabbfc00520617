"""Stated parameter counts, read as publishers write them.

A count in a name is rounded, sometimes truncated, sometimes without embeddings or without the vision
part, and for some families just a label (gemma's "7B" holds 8.5B parameters). What the labels of known
families hold comes first, a tolerance second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from namegate_policy.naming.values import read_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from namegate_policy.architecture.model import Architecture
    from namegate_policy.naming.values import Size

TABLE = Path(__file__).parent.parent / "data" / "sizes.yaml"
_PUBLISHED = 0.005
"""How close a count must be to a published one to be that one."""

_LABEL_TOLERANCE = 0.05
"""How far a checkpoint of a known label may be from the published one: heads, tied or resized embeddings."""

_SUM_TOLERANCE = 0.25
"""How far a network of two parts may be from their sum: what joins the parts is not in it."""


class Outcome(StrEnum):
    """How a claim compares with the weights."""

    FITS = "fits"
    DOUBTFUL = "doubtful"
    CONTRADICTED = "contradicted"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one checkpoint that a name may state."""

    total: int
    without_embeddings: int | None = None
    without_classifier: int | None = None
    with_output: int | None = None
    active: int | None = None
    one_expert: int | None = None


def counts_of(architecture: Architecture) -> Counts:
    """Return the counts that the facts give."""
    total = architecture.parameters
    head = architecture.classifier_parameters
    return Counts(
        total=total,
        without_embeddings=architecture.stated_without_embeddings
        if architecture.embedding_parameters
        else None,
        without_classifier=total - head if head else None,
        with_output=total + architecture.vocabulary_size * architecture.hidden_size
        if architecture.vocabulary_size and architecture.hidden_size
        else None,
        active=architecture.active_parameters,
        one_expert=architecture.one_expert_parameters,
    )


def judge_total(stated: int, unit: int, counts: Counts, families: Iterable[str], tolerance: float) -> Outcome:
    """Compare a stated total with the counts.

    `unit` is the value of one step of the last printed digit; `families` are the words of the name
    and the types of the weights, under which the table of known labels is searched. A total that a
    family publishes under another label contradicts, whatever might explain it otherwise; where the stated
    label is one of the family's own, a tolerance does not either.
    """
    published = labelled = False
    for family in _latest(families):
        for label, totals in known_labels().get(family, {}).items():
            if label == stated and any(_near(counts.total, known, _LABEL_TOLERANCE) for known in totals):
                return Outcome.FITS
            labelled |= label == stated
            published |= any(_near(counts.total, known, _PUBLISHED) for known in totals)
    if published and labelled:
        return Outcome.CONTRADICTED
    candidates = (counts.total, counts.without_classifier, counts.with_output, counts.active)
    if any(_near(count, stated, tolerance) for count in candidates if count):
        return Outcome.FITS
    if published:
        return Outcome.CONTRADICTED
    if counts.without_embeddings and _near(counts.without_embeddings, stated, tolerance):
        return Outcome.DOUBTFUL
    if 2 * abs(counts.total - stated) <= unit or (
        stated >= 2 * unit and counts.total // unit * unit == stated
    ):
        return Outcome.DOUBTFUL
    return Outcome.CONTRADICTED


def _latest(families: Iterable[str]) -> list[str]:
    """Return the families without those of which a generation is named too: `qwen` beside `qwen3`."""
    listed = list(families)
    latest = {family for family in listed if family[-1:].isdigit() and family in known_labels()}
    return [family for family in listed if family not in {known.rstrip("0123456789") for known in latest}]


def published_total(family: str, count: int) -> bool:
    """Whether a family publishes a network of this total under any label."""
    labels = known_labels().get(family, {})
    return any(_near(count, known, _PUBLISHED) for totals in labels.values() for known in totals)


def judge_sum(stated: tuple[int, ...], counts: Counts, families: Iterable[str]) -> Outcome:
    """Compare two stated totals with a network of two parts, such as an encoder and a decoder (`9b-2b`)."""
    if len(stated) != 2:
        return Outcome.UNDECIDABLE
    sums = {sum(stated)}
    for family in families:
        labels = known_labels().get(family, {})
        sums |= {one + two for one in labels.get(stated[0], ()) for two in labels.get(stated[1], ())}
    fits = any(_near(counts.total, whole, _SUM_TOLERANCE) for whole in sums)
    return Outcome.FITS if fits else Outcome.UNDECIDABLE


def judge_experts(size: Size, counts: Counts, tolerance: float) -> Outcome:
    """Compare the 7B of `8x7B` with the parameters with all experts but one removed."""
    if counts.one_expert is None or size.expert_parameters is None:
        return Outcome.UNDECIDABLE
    return (
        Outcome.FITS
        if _near(counts.one_expert, size.expert_parameters, 2 * tolerance)
        else Outcome.CONTRADICTED
    )


def judge_active(stated: int, counts: Counts, tolerance: float) -> Outcome:
    """Compare an active count; it is undecidable where the experts chosen a token are not known."""
    if counts.active is None:
        return Outcome.UNDECIDABLE
    return Outcome.FITS if _near(counts.active, stated, tolerance) else Outcome.CONTRADICTED


def _near(count: int, stated: int, tolerance: float) -> bool:
    return abs(count - stated) <= tolerance * stated


def statement(text: str) -> Size | None:
    """Return what one size component states, None where it is no count."""
    size = read_size([text])
    return size if size is not None and size.word is None else None


def printed(count: int) -> str:
    """Return a count as a message shows it: 8_030_261_248 → `8.03B`."""
    for scale, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= scale:
            return f"{count / scale:.2f}".rstrip("0").rstrip(".") + unit
    return str(count)


def label_for(count: int, text: str, families: Iterable[str]) -> str:
    """Return the label that `text` should be, in its letter case and with its number of decimals.

    A label under which a family of the name publishes this count comes first.
    """
    for family in families:
        for label, totals in known_labels().get(family, {}).items():
            if any(_near(count, known, _PUBLISHED) for known in totals):
                return _cased(printed(label), text)
    stated = statement(text)
    unit = stated.unit if stated is not None and stated.unit else 10**9
    for scale, letter in ((10**12, "t"), (10**9, "b"), (10**6, "m"), (10**3, "k")):
        if count < scale:
            continue
        decimals = max(0, len(str(scale)) - len(str(unit))) if unit <= scale else 0
        for places in range(decimals, decimals + 3):
            rounded = round(count / scale, places)
            if abs(rounded * scale - count) <= 0.04 * count:
                return _cased(f"{rounded:.{places}f}{letter}", text)
    return _cased(str(count), text)


def _cased(label: str, like: str) -> str:
    return label.lower() if any(character.islower() for character in like) else label.upper()


@cache
def known_labels() -> dict[str, dict[int, tuple[int, ...]]]:
    """Return family word → stated count → parameter totals under which the family is published so."""
    document = yaml.safe_load(TABLE.read_text("utf-8"))
    return {
        family: {
            said.parameters: tuple(round(total * 10**6) for total in totals)
            for label, totals in labels.items()
            if (said := statement(label)) is not None and said.parameters is not None
        }
        for family, labels in document["labels"].items()
    }
