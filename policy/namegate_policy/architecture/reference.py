"""A checkpoint beside the reference that its name claims: the network as its library builds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims import size
from namegate_policy.architecture.claims.series import claims_of
from namegate_policy.architecture.claims.structure import (
    published_network,
    wrong_dimensions,
    wrong_size_words,
    wrong_timm_name,
)
from namegate_policy.architecture.claims.words import family_words, stated_counts
from namegate_policy.architecture.compare import is_head
from namegate_policy.architecture.derive import architecture_of
from namegate_policy.architecture.facts import grouped
from namegate_policy.architecture.packing import unpack
from namegate_policy.architecture.patterns import as_written_now, is_legacy, without_packing
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from namegate_policy.architecture.catalogue import Label
    from namegate_policy.architecture.model import Architecture
    from namegate_policy.naming import ModelName, Vocabulary
    from namegate_policy.weights.header import WeightsHeader

TOLERANCE = 0.08
"""Share by which a stated count may differ, as in size-mismatch."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that the reference and the checkpoint do not share: `what` with what each has of it.

    `head` says that it is of a module that tuning replaces, adds or drops.
    """

    what: str
    reference: str | None
    held: str | None
    head: bool = False


@dataclass(frozen=True, slots=True)
class Conformance:
    """How a checkpoint differs from the reference; it conforms where only heads do."""

    reference: str
    similarity: float
    deviations: tuple[Deviation, ...]

    @property
    def conforms(self) -> bool:
        """Whether nothing but heads differs."""
        return all(deviation.head for deviation in self.deviations)


def conformance(
    name: ModelName, vocabulary: Vocabulary, header: WeightsHeader, config: Mapping[str, Any] | None = None
) -> Conformance | None:
    """Compare a verifiable checkpoint with the reference that its name claims.

    The reference is the network of timm or torchvision that the name is, else the class, of all types that
    its architecture words may stand for, whose tensor names are most like the checkpoint's; with it what the
    name states of size and shape. A publisher's word may stand for a common network, too, where that is held.
    None where the name claims no network of the catalogue.
    """
    architecture = architecture_of(header, config)
    published = published_network(name)
    if published is not None:
        types = frozenset({published[0], published[0].lower()})
    else:
        held_types = frozenset(architecture.families)
        claims = [claim for _, claim in claims_of(name, vocabulary)]
        types = frozenset(type_ for claim in claims for type_ in claim.types | (claim.common & held_types))
    gguf = header.format == "gguf"
    references = [each for each in catalogue().sets_of(types) if (each[0][0].library == "gguf") == gguf]
    if not references:
        return None
    held = _names(header, config)
    labels, reference, held = max(
        ((labels, names, aligned) for labels, names in references for aligned in _nestings(held, names)),
        key=lambda each: _jaccard(each[1], each[2]),
    )
    deviations = [
        *_stated(name, architecture),
        # Lists of GGUF hold every tensor that an architecture may have.
        *(Deviation(each, "there", None, is_head(each)) for each in sorted(reference - held) if not gguf),
        *(Deviation(each, None, "there", is_head(each)) for each in sorted(held - reference)),
    ]
    return Conformance(_shown(labels, name), round(_jaccard(reference, held), 3), tuple(deviations))


def _stated(name: ModelName, architecture: Architecture) -> Iterator[Deviation]:
    """Yield what the name states of size and shape and the checkpoint does not have."""
    whole = wrong_timm_name(name, architecture)
    if whole is not None:
        yield Deviation("network", whole.said, whole.held)
    families = family_words(name)
    for claim in (*wrong_size_words(name, families, architecture), *wrong_dimensions(name, architecture)):
        yield Deviation("shape", claim.said, claim.held)
    if published_network(name) is not None or architecture.undecided:
        return
    counts = size.counts_of(architecture)
    stated = stated_counts(name)
    totals = [(part, said.parameters, said.unit or 1) for part, said in stated if said.parameters]
    outcomes = [size.judge_total(total, unit, counts, families, TOLERANCE) for _, total, unit in totals]
    if totals and all(outcome is size.Outcome.CONTRADICTED for outcome in outcomes):
        yield Deviation("parameters", totals[0][0].text, size.printed(counts.total))
    for part, said in stated:
        if said.experts and said.experts != architecture.experts:
            yield Deviation("experts", part.text, str(architecture.experts or "none"))
        elif size.judge_experts(said, counts, TOLERANCE) is size.Outcome.CONTRADICTED:
            held = f"{size.printed(counts.one_expert or 0)} with one expert of each layer"
            yield Deviation("parameters", part.text, held)


def _names(header: WeightsHeader, config: Mapping[str, Any] | None) -> frozenset[str]:
    groups = grouped(unpack(header, config).weights)
    stored = (each for each, group in groups.items() if not is_legacy(each, group.shape))
    names = as_written_now(without_packing(stored))
    if header.format != "gguf":
        return names
    return frozenset(each.removesuffix(".weight").removesuffix(".bias") for each in names)


def _nestings(held: frozenset[str], reference: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the names as they are, and with the first module of either side removed or put before them."""
    yield held
    for prefix in {each.partition(".")[0] + "." for each in (*held, *reference) if "." in each}:
        yield frozenset(each.removeprefix(prefix) for each in held)
        yield frozenset(prefix + each for each in held)


def _jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / len(one | two)


def _shown(labels: list[Label], name: ModelName) -> str:
    """Return the reference as a message says it: the type that the name has in it, its shortest class."""
    label = min(labels, key=lambda each: (key(each.type) not in key(name.repository), len(each.cls), each))
    kind = f"{label.type} ({label.cls})" if label.cls not in ("", label.type) else label.type
    return f"{kind} of {label.library}"
