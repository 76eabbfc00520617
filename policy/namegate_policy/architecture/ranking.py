"""Among types that write the same names: which the shapes rule out, and which are the likelier."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from namegate_policy.architecture.catalogue import Catalogue, Label
    from namegate_policy.architecture.facts import Group

COMMON = (
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
    "granite",
    "pegasus",
    "clip_text_model",
    "clip_vision_model",
    "siglip_vision_model",
)
"""Types of which most checkpoints are, for the order among types that write the same names."""

HEADS = (
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

VOCABULARIES: dict[str, tuple[int, ...]] = {
    "bert": (21_128, 28_996, 30_522, 105_879, 119_547),
    "camembert": (32_005,),
    "gemma": (256_000,),
    "gpt2": (50_257,),
    "gpt_bigcode": (49_152, 49_280),
    "granite": (49_152, 49_155, 49_159, 100_352),
    "llama": (32_000, 128_256),
    "ministral": (131_072,),
    "mistral": (32_000, 32_768, 131_072),
    "mt5": (250_100, 250_112),
    "olmoe": (50_304,),
    "qwen2": (151_646, 151_936, 152_064),
    "qwen2_5_vl_text": (151_936, 152_064),
    "qwen2_vl_text": (151_936, 152_064),
    "qwen3_moe": (151_936,),
    "roberta": (50_265,),
    "roberta-prelayernorm": (50_265,),
    "smollm3": (128_256,),
    "t5": (32_100, 32_128),
    "umt5": (256_300, 256_384),
    "xlm-roberta": (250_002,),
}
"""Type → rows of the token tables of published checkpoints, where one default does not tell them all.

Source: the published configurations of the families.
"""

_LIKE_ROBERTA = frozenset(
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

_NORM_OF_ALL_HEADS = frozenset({"flex_olmo", "olmo2", "olmo3", "olmoe"})
"""Types that norm the queries of all heads together, where others of the same names norm each head."""
_NORM_OF_A_HEAD = frozenset({"exaone4", "mellum", "qwen3_moe", "qwen3_omni_moe_text", "qwen3_vl_moe_text"})

_WIDTH_FIRST = frozenset({"decision_transformer", "gpt-sw3", "gpt2"})
"""Types that store the joined projection as (width, outputs), where `gpt_bigcode` has (outputs, width)."""

_BIAS_IN_FIRST_LAYER = frozenset({"mt5", "pop2piano", "t5"})
"""Types with a relative bias in the first layer alone, where `umt5` has one in each."""

LENGTHS = (
    "d_ff",
    "decoder_ffn_dim",
    "encoder_ffn_dim",
    "ffn_dim",
    "inner_dim",
    "intermediate_size",
    "moe_intermediate_size",
    "n_inner",
    "num_mel_bins",
    "patch_size",
)
"""Options that are lengths of tensors, whatever the depth and the width of a network."""

POSITIONS = ("max_position_embeddings", "n_positions")
"""Options that are the rows of a table of positions, where there is one, up to the few that a type adds."""

_TABLES = ("position_embeddings", "position_embedding", "embed_positions", "wpe")
_PARTS = ("_text", "_text_model", "_vision", "_vision_model", "_audio", "_encoder", "_decoder", "_talker")
"""Endings of types that are parts of others and seldom stand alone."""

_ROWS = 64
"""Tables of positions are made in multiples of this, but for the rows that a type adds."""
_ADDED = 2
_MATRIX = 2
_ROUND = 3


class Ranking:
    """Orders types that fit equally: the claimed one, those of canonical numbers, the usual, the common."""

    def __init__(
        self,
        known: Catalogue,
        groups: Mapping[str, Group],
        vocabulary: int | None,
        claimed: str | None,
        cls: str | None,
    ) -> None:
        self.claimed = claimed
        self._known = known
        self._class = cls
        self._vocabulary = vocabulary
        self._outputs = _rows(groups, "classifier")
        self._lengths = {size for group in groups.values() for size in group.shape or ()}
        self._excluded = frozenset(_excluded(groups))
        self._positions = next(filter(None, (_rows(groups, name) for name in _TABLES)), 0)
        self._like_roberta = _rows(groups, "token_type_embeddings") == 1 and self._positions % _ROWS == _ADDED
        self._agreements: dict[str, float | None] = {}

    def ordered(self, labels: Iterable[Label]) -> list[Label]:
        """Return the labels, each once, the likeliest first."""
        return sorted(dict.fromkeys(labels), key=self._key)

    def possible(self, labels: list[Label]) -> list[Label]:
        """Return the labels without the types that the shapes rule out; of the claimed type, if it is left.

        The numbers of BERT say nothing against RoBERTa, since they are the defaults of both.
        """
        left = [label for label in labels if label.type not in self._excluded] or labels
        if self._like_roberta:
            left = [label for label in left if label.type in _LIKE_ROBERTA] or left
        return [label for label in left if label.type == self.claimed] or left

    def likely(self, labels: list[Label]) -> list[Label]:
        """Return the labels of the types that the vocabulary and the lengths are of, where these tell.

        A vocabulary tells where it is exactly that of some of the types. Lengths tell where all default ones
        of a type are there, one that is no round number among them: then types are left out of which none
        is, unless they are common and so come in many sizes.
        """
        left = [label for label in labels if self._has_vocabulary(label.type)] or labels
        if any(self._agreement(label.type) == 1 and self._is_told(label.type) for label in left):
            left = [label for label in left if label.type in COMMON or self._agreement(label.type) != 0]
        return left

    def _agreement(self, type_: str) -> float | None:
        """Return the share of a type's default lengths that the tensors have, None where none is known."""
        if type_ not in self._agreements:
            numbers = self._known.defaults.get(type_, {})
            held = [numbers[key] in self._lengths for key in LENGTHS if key in numbers]
            if self._positions:
                rows = {self._positions, self._positions - 1, self._positions - _ADDED}
                held += [numbers[key] in rows for key in POSITIONS if key in numbers]
            self._agreements[type_] = sum(held) / len(held) if held else None
        return self._agreements[type_]

    def _has_vocabulary(self, type_: str) -> bool:
        if self._vocabulary is None or type_ not in self._known.defaults:
            return False
        canonical = self._known.defaults[type_].get("vocab_size")
        return self._vocabulary == canonical or self._vocabulary in VOCABULARIES.get(type_, ())

    def _is_told(self, type_: str) -> bool:
        """Whether one of a type's default lengths is neither a power of two nor three times one."""
        numbers = self._known.defaults.get(type_, {})
        told = [value for key in LENGTHS if (value := numbers.get(key))]
        return any(value // (value & -value) > _ROUND for value in told)

    def _key(self, label: Label) -> tuple[bool, bool, bool, float, bool, int, str, bool, int]:
        return (
            label.type != self.claimed,
            label.cls != self._class,
            label.type.endswith(_PARTS) and label.type not in COMMON,
            -(self._agreement(label.type) or 0),
            not label.usual,
            COMMON.index(label.type) if label.type in COMMON else len(COMMON),
            label.type,
            label.cls.endswith("ForMultipleChoice") != (self._outputs == 1),
            next((rank for rank, head in enumerate(HEADS) if label.cls.endswith(head)), len(HEADS)),
        )


def _excluded(groups: Mapping[str, Group]) -> Iterator[str]:
    """Yield the types whose code gives tensors of these names other shapes."""
    for pattern, group in groups.items():
        shape = group.shape or ()
        if pattern.endswith("q_norm.weight") and len(shape) == 1:
            queries = groups.get(pattern.replace("q_norm", "q_proj"))
            if queries is not None and queries.shape and len(queries.shape) == _MATRIX:
                yield from _NORM_OF_A_HEAD if queries.shape[0] == shape[0] else _NORM_OF_ALL_HEADS
        elif pattern.endswith("attn.c_attn.weight") and len(shape) == _MATRIX:
            yield from ("gpt_bigcode",) if shape[0] < shape[1] else _WIDTH_FIRST
        elif pattern.endswith("SelfAttention.relative_attention_bias.weight"):
            queries = groups.get(pattern.replace("relative_attention_bias", "q"))
            if queries is not None and queries.count > 1:
                yield from ("umt5",) if group.count == 1 else _BIAS_IN_FIRST_LAYER


def _rows(groups: Mapping[str, Group], module: str) -> int | None:
    """Return the rows of a table outside the layers, None where there is none."""
    for pattern, group in groups.items():
        if pattern.endswith(f"{module}.weight") and "{}" not in pattern and group.shape:
            return group.shape[0]
    return None
