"""The family that a name's words claim, compared with the types that the tensors fit."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.family import SURE
from namegate_policy.naming.model import Kind
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
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


_LONG = 4
"""Letters from which a word is looked for inside the names of timm's networks (`test_efficientnet`)."""


_SHORTEST = 3
"""Letters below which a word stands for a network only where a type is called so (`t5`)."""

_ALSO = {
    "llama": ("mllama", "llama4"),
    "ministral": ("mistral3", "mistral"),
    "pixtral": ("llava", "mistral3"),
    "small100": ("m2m_100",),
}
"""Words under which networks of another type are published too."""


@lru_cache(maxsize=4096)
def types_of(word: str, listed: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the types that an architecture's word may stand for, empty for a word that names none.

    `listed` are the model types that the vocabulary gives for the word; to them come the types whose
    own name is the word, or begins with it (`wav2vec2` → `wav2vec2-conformer`).
    """
    folded = key(word)
    named = {type_ for type_ in catalogue().types if key(type_) == folded}
    if named or listed:
        named |= {type_ for type_ in catalogue().types if key(type_).startswith(folded)}
    for name, numbers in catalogue().defaults.items():
        if "parameters" in numbers and (
            folded in name.split("_") or (len(folded) >= _LONG and folded in key(name))
        ):
            named.add(name)
    if len(folded) < _SHORTEST and not named:
        return frozenset()
    return frozenset(named | set(listed) | set(_ALSO.get(folded, ())))


BRANDS = frozenset(
    {
        "aquila",
        "arctic",
        "aya",
        "baichuan",
        "bge",
        "chatglm",
        "codeqwen",
        "command",
        "deepseek",
        "dolly",
        "e5",
        "ernie",
        "exaone",
        "falcon",
        "falcon3",
        "glm",
        "granite",
        "gte",
        "hunyuan",
        "internlm",
        "internlm2",
        "internlm3",
        "jais",
        "jina",
        "kimi",
        "ling",
        "mimo",
        "minicpm",
        "minimax",
        "minitron",
        "moonlight",
        "mxbai",
        "nemotron",
        "nomic",
        "openelm",
        "orion",
        "redpajama",
        "seed",
        "skywork",
        "smollm",
        "smollm2",
        "solar",
        "stablelm",
        "starcoder",
        "starcoder2",
        "stella",
        "telechat",
        "xverse",
        "yi",
    }
)
"""Words of publishers' series: some of a series have a network of their own, others a common one."""

COMMON_NETWORKS = frozenset(
    {
        "llama",
        "mistral",
        "mixtral",
        "qwen2",
        "qwen3",
        "qwen2_moe",
        "qwen3_moe",
        "gemma",
        "gemma2",
        "gemma3_text",
        "gpt_neox",
        "gpt2",
        "gpt_bigcode",
        "gptj",
        "bert",
        "roberta",
        "xlm-roberta",
        "modernbert",
        "deepseek_v2",
        "deepseek_v3",
        "phi3",
        "mpnet",
        "eurobert",
        "nomic_bert",
    }
)
"""Types that publishers build their series on."""

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
    words = name.of(Kind.ARCHITECTURE)
    for component in words:
        if judge_text(component.text, vocabulary, architecture) is not Outcome.CONTRADICTED:
            return ()
    return tuple(words)


def judge_text(text: str, vocabulary: Vocabulary, architecture: Architecture) -> Outcome:
    """Compare a word of a name, as an architecture's, with what the tensors fit."""
    entry = vocabulary.lookup(Kind.ARCHITECTURE, text)
    word, listed = (entry.canonical, entry.model_types) if entry else (text, ())
    return judge_word(word, listed, architecture)


def judge_word(word: str, listed: tuple[str, ...], architecture: Architecture) -> Outcome:
    """Compare an architecture's word, for which the vocabulary lists types, with what the tensors fit."""
    outcome = judge_family(types_of(word, listed), architecture)
    if outcome is Outcome.CONTRADICTED and key(word) in BRANDS:
        return outcome if COMMON_NETWORKS.isdisjoint(architecture.families) else Outcome.UNDECIDABLE
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
    if not asked.isdisjoint(architecture.families):
        return Outcome.FITS
    if architecture.similarity < SURE or not asked.isdisjoint(architecture.plausible):
        return Outcome.UNDECIDABLE
    return Outcome.CONTRADICTED
