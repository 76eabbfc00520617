"""Tensor names → the group of types and classes that they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.architecture.catalogue import Label, catalogue
from namegate_policy.architecture.configuration import model_type
from namegate_policy.architecture.patterns import is_legacy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from namegate_policy.architecture.catalogue import Catalogue
    from namegate_policy.architecture.facts import Group
    from namegate_policy.weights.header import WeightsHeader


class Match(NamedTuple):
    """The types and classes that fit, the likeliest first; `exact` says whether all names agree."""

    families: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    exact: bool = False
    similarity: float = 0.0
    plausible: tuple[str, ...] = ()
    """types that are not much further from the tensors than those that fit best"""


_WRAPPERS = (
    "module.",
    "_orig_mod.",
    "model.",
    "base_model.model.",
    "transformer.",
    "0.auto_model.",
    "auto_model.",
    "state_dict.",
    "net.",
    "backbone.",
)
_CLOSE = 0.55
"""Sets less similar than this to every known network are of none."""
_MARGIN = 0.02
_DOUBT = 0.2
"""A type that much less similar than the best is contradicted."""


def recognize(
    header: WeightsHeader,
    groups: dict[str, Group],
    config: Mapping[str, Any] | None,
    vocabulary: int | None,
) -> Match:
    """Return the types that the names of `groups` fit.

    Types whose names do not differ stay together: of them, a claimed model type that is among them
    comes first, then those whose canonical numbers (vocabulary …) are the header's.
    """
    names = frozenset(pattern for pattern, group in groups.items() if not is_legacy(pattern, group.shape))
    if not names:
        return Match()
    known = catalogue()
    gguf = header.format == "gguf"
    for variant in _variants(names):
        labels = _of(known.exact(variant), gguf=gguf)
        if labels:
            return _match(labels, config, vocabulary, known, exact=True, similarity=1.0)
    best: list[Label] = []
    plausible: set[str] = set()
    top = 0.0
    for variant in _variants(names):
        candidates = known.near(variant)
        candidates = [c for c in candidates if _of(c.labels, gguf=gguf)]
        if candidates and candidates[0].similarity > top:
            top = candidates[0].similarity
            best = [
                label
                for candidate in candidates
                if candidate.similarity >= top - _MARGIN
                for label in _of(candidate.labels, gguf=gguf)
            ]
            plausible = {
                label.type
                for candidate in candidates
                if candidate.similarity >= top - _DOUBT
                for label in _of(candidate.labels, gguf=gguf)
            }
    if top < _CLOSE:
        return Match(similarity=top)
    match = _match(best, config, vocabulary, known, exact=False, similarity=top)
    return match._replace(plausible=tuple(sorted(plausible)))


def _of(labels: tuple[Label, ...], *, gguf: bool) -> list[Label]:
    return [label for label in labels if (label.library == "gguf") == gguf]


def _variants(names: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the names as they are, then without a wrapper's prefix that all of them share."""
    yield names
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in names):
            yield frozenset(name.removeprefix(prefix) for name in names)


def _match(
    labels: list[Label],
    config: Mapping[str, Any] | None,
    vocabulary: int | None,
    known: Catalogue,
    *,
    exact: bool,
    similarity: float,
) -> Match:
    claimed = model_type(config)
    claimed_classes = (config or {}).get("architectures")
    claimed_class = claimed_classes[0] if isinstance(claimed_classes, list) and claimed_classes else None

    def rank(label: Label) -> tuple[bool, bool, bool, str]:
        canonical = known.defaults.get(label.type, {}).get("vocab_size")
        return (
            label.type != claimed,
            label.cls != claimed_class,
            vocabulary is None or canonical != vocabulary,
            label.type,
        )

    ranked = sorted(labels, key=rank)
    return Match(
        tuple(dict.fromkeys(label.type for label in ranked)),
        tuple(dict.fromkeys(label.cls for label in ranked if label.cls)),
        exact,
        similarity,
    )
