"""What the architecture words of a name claim: the model types that each may stand for."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.structure import SIZE_WORDS, published_network
from namegate_policy.naming.model import Kind
from namegate_policy.naming.values import read_version
from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.naming import ModelName, Vocabulary
    from namegate_policy.naming.model import Component

_LONG = 4
"""Letters from which a word is looked for inside the names of timm's networks (`test_efficientnet`)."""

_AFTER_LETTERS = re.compile(r"[^a-z]")
"""Where the letters end that the name of a network of timm begins with: `vgg` of `vgg16_bn`."""

_SERIES = Path(__file__).parent.parent / "data" / "series.yaml"


@cache
def series() -> dict[str, tuple[bool, frozenset[str]]]:
    """Return word → (whether types that are called so are meant too, the types it is published under)."""
    document = yaml.safe_load(_SERIES.read_text("utf-8"))
    return {word: (types[0] == "+", frozenset(types) - {"+"}) for word, types in document.items()}


@lru_cache(maxsize=4096)
def types_of(word: str, listed: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the types that an architecture's word may stand for, empty for a word that names none.

    The word of a known series stands for the types of its checkpoints. Else `listed` are the model types
    that the vocabulary gives for the word; to them come the types whose own name is the word, or begins
    with it (`wav2vec2` → `wav2vec2-conformer`), and the networks of timm whose names begin with it.
    """
    folded = key(word)
    more, published = series().get(folded, (True, frozenset[str]()))
    if not more:
        return published
    named = {type_ for type_ in catalogue().types if key(type_) == folded}
    if named or listed:
        named |= {type_ for type_ in catalogue().types if key(type_).startswith(folded)}
    for name, numbers in catalogue().defaults.items():
        if "parameters" in numbers and (
            folded in name.split("_")
            or folded == _AFTER_LETTERS.split(name, maxsplit=1)[0]
            or (len(folded) >= _LONG and folded in key(name))
        ):
            named.add(name)
    return frozenset(named | set(listed) | published)


BRANDS = frozenset(
    {
        "aquila",
        "arctic",
        "aya",
        "baichuan",
        "command",
        "deepseek",
        "ernie",
        "exaone",
        "granite",
        "hunyuan",
        "internlm",
        "jais",
        "jina",
        "kimi",
        "ling",
        "mimo",
        "minicpm",
        "minimax",
        "mxbai",
        "nemotron",
        "nomic",
        "orion",
        "seed",
        "skywork",
        "solar",
        "stella",
        "telechat",
        "xverse",
    }
)
"""Words of publishers' series: some of a series have a network of their own, others a common one."""

EMBEDDING_BRANDS = frozenset({"arctic", "ernie", "granite", "jina", "mxbai", "nomic", "stella"})
"""Of these, the ones under which encoders of text are published too."""

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
        "deepseek_v2",
        "deepseek_v3",
        "mistral4",  # writes the names of a DeepSeek V2 whose queries are not compressed (V2-Lite)
        "phi3",
    }
)
"""Types that publishers build their language models on."""

COMMON_ENCODERS = frozenset(
    {"bert", "deberta-v2", "eurobert", "modernbert", "mpnet", "nomic_bert", "roberta", "xlm-roberta"}
)
"""Types that they build their encoders on."""


class Claim(NamedTuple):
    """The types that an architecture's word may stand for, and common networks that it may be built on."""

    types: frozenset[str]
    common: frozenset[str] = frozenset()


def claims_of(name: ModelName, vocabulary: Vocabulary) -> list[tuple[Component, Claim]]:
    """Return what each architecture word of a name claims; a size word that is read as one claims nothing."""
    library = published_network(name) is not None
    return [
        (component, claim_of(component.text, vocabulary, "" if library else _generation(name, component)))
        for component in name.of(Kind.ARCHITECTURE)
        if component.text.casefold() not in SIZE_WORDS
    ]


@lru_cache(maxsize=4096)
def claim_of(text: str, vocabulary: Vocabulary, generation: str = "") -> Claim:
    """Return what an architecture's word claims, with the generation that follows it in the name, if any."""
    entry = vocabulary.lookup(Kind.ARCHITECTURE, text)
    word, listed = (key(entry.canonical), entry.model_types) if entry else (key(text), ())
    whole = word + generation
    types = types_of(word, listed)
    if generation and whole in series():
        types = types_of(whole)
    elif generation and word not in BRANDS:
        forms = (whole, f"{word}v{generation}")
        same = {type_ for type_ in types if key(type_).startswith(forms) and _in_a_library(type_)}
        types = frozenset(same) or types
    common = COMMON_NETWORKS | (COMMON_ENCODERS if word in EMBEDDING_BRANDS else frozenset())
    return Claim(types, common if word in BRANDS and whole not in series() else frozenset())


def _in_a_library(type_: str) -> bool:
    """Whether a type is more than an architecture name of GGUF files, which have generations of their own."""
    return type_ not in catalogue().gguf_types or type_ in catalogue().defaults


def _generation(name: ModelName, component: Component) -> str:
    """Return the generation that a name states behind a family's word: `3` of `Qwen3` and `qwen-3.5`."""
    following = next((other for other in name.components if other.span[0] >= component.span[1]), None)
    if following is None or following.kind is not Kind.VERSION:
        return ""
    release = read_version(following.text).release
    return str(release[0]) if release and release[0] < _LATEST else ""


_LATEST = 10
"""Numbers from which a version is no generation but a date or a serial."""
