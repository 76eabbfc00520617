"""Tensor names → the group of types and classes that they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.architecture.catalogue import Label, catalogue
from namegate_policy.architecture.configuration import model_type
from namegate_policy.architecture.patterns import as_stored_by_mlx, is_legacy, without_packing

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
_DOUBT = 0.2
"""A type that much less similar than the best is contradicted."""

_COMMON = (
    "llama",
    "qwen2",
    "qwen3",
    "mistral",
    "bert",
    "roberta",
    "xlm-roberta",
    "gpt2",
    "t5",
    "mt5",
    "clip",
    "vit",
    "bart",
    "mbart",
    "gpt_neox",
    "gemma",
    "gemma2",
    "gemma3_text",
    "phi3",
    "mixtral",
    "qwen2_vl",
    "qwen2_5_vl",
    "whisper",
    "wav2vec2",
    "distilbert",
    "deberta-v2",
    "electra",
    "opt",
    "bloom",
    "falcon",
    "swin",
    "resnet",
)
"""Types of which most checkpoints are, for the order among types that write the same names."""


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
    names = without_packing(
        pattern for pattern, group in groups.items() if not is_legacy(pattern, group.shape)
    )
    if not names:
        return Match()
    names = as_stored_by_mlx(names)
    known = catalogue()
    rank = _Rank(
        config,
        vocabulary,
        known,
        _rows(groups, "token_type_embeddings"),
        _rows(groups, "position_embeddings"),
        _rows(groups, "classifier"),
    )
    if header.format == "gguf":
        return _recognize_gguf(names, rank)
    for variant in _variants(names):
        if labels := _of(known.exact(variant), gguf=False):
            return rank.match(labels, exact=True, similarity=1.0)
    if labels := _of(known.loose(names), gguf=False):
        return rank.match(labels, exact=False, similarity=_NESTED_OTHERWISE)
    match = _nearest(names, rank)
    if match.similarity < SURE and (part := _language_model(names, rank)):
        return part
    return match if match.similarity >= _CLOSE else Match(similarity=match.similarity)


def _nearest(names: frozenset[str], rank: _Rank) -> Match:
    """Return the types of the most similar sets, and those not much further away as plausible."""
    best = Match()
    for variant in _variants(names):
        candidates = [c for c in rank.known.near(variant) if _of(c.labels, gguf=False)]
        if not candidates or candidates[0].similarity <= best.similarity:
            continue
        top = candidates[0].similarity
        labels = [
            label
            for candidate in candidates
            if candidate.similarity >= top - _MARGIN
            for label in _of(candidate.labels, gguf=False)
        ]
        plausible = {
            label.type
            for candidate in candidates
            if candidate.similarity >= top - _DOUBT
            for label in _of(candidate.labels, gguf=False)
        }
        best = rank.match(labels, exact=False, similarity=top)
        best = best._replace(plausible=tuple(sorted(plausible)))
    return best


def _language_model(names: frozenset[str], rank: _Rank) -> Match | None:
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
            if labels := _of(rank.known.exact(whole), gguf=False):
                return rank.match(labels, exact=False, similarity=len(part) / len(names))
    return None


_SMALLEST_PART = 8
"""Patterns below which a part of a network is no language model."""


def _recognize_gguf(names: frozenset[str], rank: _Rank) -> Match:
    """Return the architectures whose list of tensors holds all names, those with the shortest lists first."""
    parts = {name.removesuffix(".weight").removesuffix(".bias") for name in names} - _GGUF_ANYWHERE
    candidates = [c for c in rank.known.near(parts, floor=0.05) if _of(c.labels, gguf=True)]
    whole = [c for c in candidates if c.shared == len(parts)]
    if not whole:
        return Match(similarity=candidates[0].similarity if candidates else 0.0)
    labels = [label for c in whole for label in _of(c.labels, gguf=True)]
    return rank.match(labels, exact=True, similarity=1.0)


_GGUF_ANYWHERE = frozenset({"rope_freqs", "rope_factors_long", "rope_factors_short"})


def _of(labels: tuple[Label, ...], *, gguf: bool) -> list[Label]:
    return [label for label in labels if (label.library == "gguf") == gguf]


def _variants(names: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the names as they are, then without a wrapper's prefix that all of them share."""
    yield names
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in names):
            yield frozenset(name.removeprefix(prefix) for name in names)


def _rows(groups: dict[str, Group], module: str) -> int | None:
    """Return the rows of a table outside the layers, None where there is none."""
    for pattern, group in groups.items():
        if pattern.endswith(f"{module}.weight") and "{}" not in pattern and group.shape:
            return group.shape[0]
    return None


_OFFSET = frozenset(
    {
        "bridgetower_text_model",
        "camembert",
        "clap_text_model",
        "data2vec-text",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
"""Types that write BERT's names with one token type, and two more positions than tokens fit."""


_HEADS = (
    "ForMaskedLM",
    "ForCausalLM",
    "LMHeadModel",
    "ForConditionalGeneration",
    "ForSequenceClassification",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "ForImageClassification",
    "ForObjectDetection",
)
"""Heads from the commoner to the rarer, for the order among classes that write the same names."""


class _Rank:
    """Orders types that fit equally: the claimed one, those of canonical numbers, the common ones.

    One token type and positions for two more than the text say RoBERTa and not BERT; the numbers of BERT
    say nothing, since they are the defaults of both.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | None,
        vocabulary: int | None,
        known: Catalogue,
        token_types: int | None,
        positions: int | None,
        outputs: int | None,
    ) -> None:
        self.known = known
        self._outputs = outputs
        self._offset = token_types == 1 and positions is not None and positions % 64 == 2
        self._vocabulary = vocabulary
        self._type = model_type(config)
        classes = (config or {}).get("architectures")
        self._class = classes[0] if isinstance(classes, list) and classes else None

    def match(self, labels: list[Label], *, exact: bool, similarity: float) -> Match:
        if self._offset:
            labels = [label for label in labels if label.type in _OFFSET] or labels
        ranked = sorted(dict.fromkeys(labels), key=self._key)
        families = tuple(dict.fromkeys(label.type for label in ranked))
        classes = tuple(dict.fromkeys(label.cls for label in ranked if label.cls))
        return Match(families, classes, exact, similarity)

    def _key(self, label: Label) -> tuple[bool, bool, bool, int, str, bool, int]:
        canonical = self.known.defaults.get(label.type, {}).get("vocab_size")
        return (
            label.type != self._type,
            label.cls != self._class,
            self._vocabulary is None or canonical != self._vocabulary,
            _COMMON.index(label.type) if label.type in _COMMON else len(_COMMON),
            label.type,
            label.cls.endswith("ForMultipleChoice") != (self._outputs == 1),
            next((rank for rank, head in enumerate(_HEADS) if label.cls.endswith(head)), len(_HEADS)),
        )
