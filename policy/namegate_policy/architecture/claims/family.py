"""The family that a name's words claim, compared with the types that the tensors fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.series import claim_of, claims_of
from namegate_policy.architecture.claims.size import Outcome, published_total
from namegate_policy.architecture.family import SURE
from namegate_policy.architecture.ranking import VOCABULARIES
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.architecture.claims.series import Claim
    from namegate_policy.architecture.model import Architecture
    from namegate_policy.naming import ModelName, Vocabulary
    from namegate_policy.naming.model import Component

GGUF_NAMES: dict[str, tuple[str, ...]] = {
    "mistral": ("llama", "mistral3"),
    "mistral3": ("llama", "mistral3"),
    "ministral": ("llama", "mistral3"),
    "ministral3": ("llama", "mistral3"),
    "mixtral": ("llama",),
    "llama": ("llama",),
    "llama4": ("llama4",),
    "mllama": ("mllama", "llama"),
    "roberta": ("bert",),
    "xlm_roberta": ("bert",),
    "phi": ("phi2",),
    "phi3": ("phi3",),
    "qwen": ("qwen",),
    "qwen2_vl": ("qwen2vl",),
    "qwen2_5_vl": ("qwen2vl",),
    "qwen3_5": ("qwen35",),
    "qwen3_5_moe": ("qwen35moe",),
    "gpt_neox": ("gptneox",),
    "gpt_bigcode": ("starcoder",),
    "deepseek_v3": ("deepseek2",),
    "deepseek_v2": ("deepseek2",),
    "gpt_oss": ("gpt-oss",),
    "cohere": ("command-r",),
    "gemma3_text": ("gemma3",),
    "olmo2": ("olmo2",),
    "t5": ("t5", "t5encoder"),
    "smollm3": ("smollm3",),
}
"""Model type of transformers → architecture names under which llama.cpp's converter writes it."""

WRAPPERS = frozenset(
    {
        "encoder-decoder",
        "vision-encoder-decoder",
        "speech-encoder-decoder",
        "vision-text-dual-encoder",
        "rag",
    }
)
"""Types that join two networks of any families."""

_REMOTE = {
    "RefinedWeb": "falcon",
    "RefinedWebModel": "falcon",
    "stablelm_epoch": "stablelm",
    "phi-msft": "phi",
    "gpt_neox_reward_model": "gpt_neox",
    "Yi": "llama",
}
"""Model types of repositories' own code → the type of the same network in transformers."""


def types_named(model_type: str) -> frozenset[str]:
    """Return the type that a configuration claims, if the catalogue has it, with its text part."""
    type_ = _REMOTE.get(model_type, model_type)
    type_ = catalogue().aliases.get(type_, type_)
    known = catalogue().types
    if type_ not in known:
        return frozenset()
    related = {
        type_,
        f"{type_}_text",
        f"{type_}_text_model",
        type_.removesuffix("_text"),
        type_.replace("-", "_"),
    }
    return frozenset(related & known)


def contradicted_words(
    name: ModelName, vocabulary: Vocabulary, architecture: Architecture
) -> tuple[Component, ...]:
    """Return the architecture words of a name where the tensors contradict every one of them, else ()."""
    claims = claims_of(name, vocabulary)
    if all(judge(claim, architecture) is Outcome.CONTRADICTED for _, claim in claims):
        return tuple(component for component, _ in claims)
    return ()


def judge_text(text: str, vocabulary: Vocabulary, architecture: Architecture) -> Outcome:
    """Compare a word of a name, as an architecture's, with what the tensors fit."""
    return judge(claim_of(text, vocabulary), architecture)


def judge(claim: Claim, architecture: Architecture) -> Outcome:
    """Compare what an architecture's word claims with what the tensors fit."""
    outcome = judge_family(claim.types, architecture)
    if outcome is Outcome.CONTRADICTED and not claim.common.isdisjoint(architecture.families):
        return Outcome.UNDECIDABLE
    if outcome is Outcome.FITS and not claim.common and _has_vocabulary_of_another(claim.types, architecture):
        return Outcome.CONTRADICTED
    return outcome


def judge_family(claimed: frozenset[str], architecture: Architecture) -> Outcome:
    """Compare the types that one word may stand for with those that the tensors fit.

    Only a claim is judged: a network that fits nothing in the catalogue contradicts nothing.
    """
    if not claimed or not architecture.families:
        return Outcome.UNDECIDABLE
    if not WRAPPERS.isdisjoint(architecture.families):
        return Outcome.UNDECIDABLE
    asked = set(claimed)
    if architecture.format == "gguf":
        known = {key(type_): type_ for type_ in catalogue().gguf_types}
        asked = {known[key(type_)] for type_ in claimed if key(type_) in known}
        asked |= {name for type_ in claimed for name in GGUF_NAMES.get(type_, ())}
        if not asked:
            return Outcome.UNDECIDABLE
    if not asked.isdisjoint((*architecture.families, *architecture.alike)):
        return Outcome.FITS
    if architecture.similarity < SURE or not asked.isdisjoint(architecture.plausible):
        return Outcome.UNDECIDABLE
    return Outcome.CONTRADICTED


_ADDED = 1024
"""Tokens that tuning adds to a vocabulary."""


def _has_vocabulary_of_another(claimed: frozenset[str], architecture: Architecture) -> bool:
    """Whether types of like tensor names are told apart by the vocabulary: another's, and not the claimed.

    Everybody trains Llamas with vocabularies of their own; that word is denied only where the total is one
    that the other family publishes, too.
    """
    held = architecture.vocabulary_size
    if held is None or not architecture.exact or architecture.format == "gguf":
        return False
    alike = {*architecture.families, *architecture.alike}
    own = claimed & alike
    if not own <= VOCABULARIES.keys():
        return False
    if any(0 <= held - size <= _ADDED for type_ in own for size in VOCABULARIES[type_]):
        return False
    others = {type_ for type_ in alike if held in VOCABULARIES.get(type_, ())} - claimed
    published = any(published_total(key(type_), architecture.parameters) for type_ in others)
    return bool(others) and ("llama" not in own or published)
