"""Tensor names → the group of types and classes that they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.configuration import model_type
from namegate_policy.architecture.patterns import (
    as_stored_by_mlx,
    as_written_now,
    is_legacy,
    without_packing,
)
from namegate_policy.architecture.ranking import Ranking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from namegate_policy.architecture.catalogue import Candidate, Label
    from namegate_policy.architecture.facts import Group
    from namegate_policy.weights.header import WeightsHeader


class Match(NamedTuple):
    """The types and classes that fit, the likeliest first; `exact` says whether all names agree."""

    families: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    exact: bool = False
    similarity: float = 0.0
    alike: tuple[str, ...] = ()
    """types of the same names that vocabulary and lengths make less likely"""
    plausible: tuple[str, ...] = ()
    """types that the tensors do not fit best and yet do not contradict"""


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
_LANGUAGE_MODELS = (
    "language_model.",
    "model.language_model.",
    "llm.",
    "model.llm.",
    "text_model.",
    "model.text_model.",
    "thinker.",
    "talker.",
    "decoder.",
    "model.decoder.",
)
"""Where networks of several parts keep their language model."""

_OTHER_PARTS = (
    "vision",
    "visual",
    "image",
    "projector",
    "audio",
    "mlp1.",
    "connector",
    "aligner",
    "resampler",
    "vpm",
    "speech",
    "sam_model",
    "view_seperator",
    "merger",
    "vit.",
    "v_head",
    "value_head",
    "reward",
)
"""Words of the tensors that a network of several parts adds to a language model that it holds at its root."""

_CLOSE = 0.55
"""Sets less similar than this to every known network are of none."""
SURE = 0.75
"""From this similarity on, a type that is much further away is contradicted."""
_NESTED_OTHERWISE = 0.95
"""Similarity that is stated for names which differ in nesting modules alone."""

_MARGIN = 0.02
_OF_THE_REST = 0.25
"""Sets are as similar as the best where they lack at most this share more of what it lacks."""
_DOUBT = 0.2
"""A type that much less similar than the best is contradicted."""


def recognize(
    header: WeightsHeader,
    groups: dict[str, Group],
    config: Mapping[str, Any] | None,
    vocabulary: int | None,
) -> Match:
    """Return the types that the names of `groups` fit.

    Types whose names do not differ stay together, the likeliest first, unless a claimed model type, the
    vocabulary or the shapes tell them apart.
    """
    names = without_packing(
        pattern for pattern, group in groups.items() if not is_legacy(pattern, group.shape)
    )
    if not names:
        return Match()
    names = as_written_now(as_stored_by_mlx(names))
    ranking = Ranking(catalogue(), groups, vocabulary, _claimed_type(config), _claimed_class(config))
    if header.format == "gguf":
        return _recognize_gguf(names, ranking)
    for variant in _variants(names):
        if labels := _of(catalogue().exact(variant), gguf=False):
            types = {label.type for label in labels}
            if ranking.claimed not in types and (claimed := catalogue().labels_of(ranking.claimed)):
                labels += catalogue().composing(variant, claimed)
            return _match(ranking, labels, exact=True, similarity=1.0)
    if labels := _of(catalogue().loose(names), gguf=False):
        return _match(ranking, labels, exact=False, similarity=_NESTED_OTHERWISE)
    match = _nearest(names, ranking)
    if match.similarity < SURE and (part := _language_model(names, ranking)):
        return part
    return match if match.similarity >= _CLOSE else Match(similarity=match.similarity)


def _claimed_type(config: Mapping[str, Any] | None) -> str | None:
    """Return the type that a configuration claims, under the name that the catalogue has for it."""
    claimed = model_type(config)
    return catalogue().aliases.get(claimed, claimed) if claimed else None


def _claimed_class(config: Mapping[str, Any] | None) -> str | None:
    classes = (config or {}).get("architectures")
    return classes[0] if isinstance(classes, list) and classes and isinstance(classes[0], str) else None


def _match(
    ranking: Ranking,
    labels: Iterable[Label],
    *,
    exact: bool,
    similarity: float,
    plausible: Iterable[Label] = (),
) -> Match:
    """Return the types of `labels`, narrowed.

    A claimed type that is plausible, though none is exact, is confirmed; and beside a confirmed claim nothing
    else is plausible.
    """
    listed = ranking.ordered([*labels, *(label for label in plausible if label.type == ranking.claimed)])
    possible = ranking.possible(listed)
    fit = ranking.likely(possible)
    families = tuple(dict.fromkeys(label.type for label in fit))
    alike = {label.type for label in possible} - set(families)
    other = set() if families == (ranking.claimed,) else {label.type for label in plausible}
    return Match(
        families,
        tuple(dict.fromkeys(label.cls for label in fit if label.cls)),
        exact,
        similarity,
        tuple(sorted(alike)),
        tuple(sorted(other - alike - set(families))),
    )


def _nearest(names: frozenset[str], ranking: Ranking) -> Match:
    """Return the types of the most similar sets, and those not much further away as plausible.

    A class of which each name is known, though not all of them together, comes before what is most similar.
    """
    best = Match()
    for variant in _variants(names):
        candidates = [c for c in catalogue().near(variant) if _of(c.labels, gguf=False)]
        if not candidates or candidates[0].similarity <= best.similarity:
            continue
        top = candidates[0].similarity
        plausible = _labels_within(candidates, top - _DOUBT)
        labels = catalogue().composing(variant, _labels_within(candidates, 0)) or _labels_within(
            candidates, top - max(_MARGIN, _OF_THE_REST * (1 - top))
        )
        best = _match(ranking, labels, exact=False, similarity=top, plausible=plausible)
    return best


def _labels_within(candidates: Iterable[Candidate], similarity: float) -> list[Label]:
    return [
        label
        for candidate in candidates
        if candidate.similarity >= similarity
        for label in _of(candidate.labels, gguf=False)
    ]


def _language_model(names: frozenset[str], ranking: Ranking) -> Match | None:
    """Return the types of the language model inside a network of several parts, where its names are exact."""
    parts = [
        frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))
        for prefix in _LANGUAGE_MODELS
    ]
    parts.append(frozenset(name for name in names if not any(word in name for word in _OTHER_PARTS)))
    head = {name for name in names if name == "lm_head.weight"}
    for part in parts:
        if len(part) < _SMALLEST_PART:
            continue
        for whole in (part, part | head, {f"model.{name}" for name in part} | head):
            if labels := _of(catalogue().exact(whole), gguf=False):
                return _match(ranking, labels, exact=False, similarity=len(part) / len(names))
    return None


_SMALLEST_PART = 8
"""Patterns below which a part of a network is no language model."""


def _recognize_gguf(names: frozenset[str], ranking: Ranking) -> Match:
    """Return the architectures whose list of tensors holds all names, those with the shortest lists first."""
    parts = {name.removesuffix(".weight").removesuffix(".bias") for name in names} - _GGUF_ANYWHERE
    candidates = [c for c in catalogue().near(parts, floor=0.05) if _of(c.labels, gguf=True)]
    whole = [c for c in candidates if c.shared == len(parts)]
    if not whole:
        return Match(similarity=candidates[0].similarity if candidates else 0.0)
    labels = [label for c in whole for label in _of(c.labels, gguf=True)]
    return _match(ranking, labels, exact=True, similarity=1.0)


_GGUF_ANYWHERE = frozenset({"rope_freqs", "rope_factors_long", "rope_factors_short"})


def _of(labels: Iterable[Label], *, gguf: bool) -> list[Label]:
    return [label for label in labels if (label.library == "gguf") == gguf]


def _variants(names: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the names as they are, then without a wrapper's prefix that all of them share."""
    yield names
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in names):
            yield frozenset(name.removeprefix(prefix) for name in names)
