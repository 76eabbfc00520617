"""Tasks that a name states, compared with the head that ends the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.naming.vocabulary import key

if TYPE_CHECKING:
    from namegate_policy.architecture.model import Architecture

HEADS: dict[str, tuple[str, ...]] = {
    "ForSequenceClassification": (
        "text-classification",
        "zero-shot-classification",
        "text-ranking",
        "sentence-similarity",
    ),
    "ForTokenClassification": ("token-classification",),
    "ForQuestionAnswering": ("question-answering", "document-question-answering", "table-question-answering"),
    "ForMultipleChoice": ("multiple-choice",),
    "ForMaskedLM": ("fill-mask",),
    "ForPreTraining": ("fill-mask",),
    "ForImageClassification": ("image-classification",),
    "ForObjectDetection": ("object-detection",),
    "ForSemanticSegmentation": ("image-segmentation",),
    "ForInstanceSegmentation": ("image-segmentation",),
    "ForUniversalSegmentation": ("image-segmentation",),
    "ForDepthEstimation": ("depth-estimation",),
    "ForCTC": ("automatic-speech-recognition",),
    "ForAudioClassification": ("audio-classification",),
    "ForVideoClassification": ("video-classification",),
    "ForCausalLM": ("text-generation",),
    "LMHeadModel": ("text-generation",),
    "ForConditionalGeneration": ("text2text-generation",),
    "ForSpeechSeq2Seq": ("automatic-speech-recognition",),
}
"""Suffix of an architecture class → pipeline tags that its head serves."""

CHECKED = frozenset(
    {
        "text-classification",
        "token-classification",
        "question-answering",
        "fill-mask",
        "image-classification",
        "object-detection",
        "image-segmentation",
        "audio-classification",
        "video-classification",
        "depth-estimation",
    }
)
"""Tasks that need a head of their own; all others are done by networks of many kinds."""

_GENERAL = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration", "ForSpeechSeq2Seq")
"""Heads that write text, and so can be asked for anything."""


_WORDS = {
    "ner": "token-classification",
    "pos": "token-classification",
    "postagging": "token-classification",
    "qa": "question-answering",
    "sentiment": "text-classification",
    "sentimentanalysis": "text-classification",
    "emotion": "text-classification",
    "toxicity": "text-classification",
    "nli": "text-classification",
    "mlm": "fill-mask",
}
"""Task words whose head is beyond doubt, where the vocabulary gives no pipeline tag."""


def tag_of(word: str, listed: str | None) -> str | None:
    """Return the pipeline tag of a task word: the vocabulary's, else the one that it plainly means."""
    return listed or _WORDS.get(key(word))


def tasks_of(architecture: Architecture) -> frozenset[str]:
    """Return the pipeline tags of the heads that fit, empty where the head is not known."""
    return frozenset(
        tag
        for cls in architecture.classes
        for suffix, tags in HEADS.items()
        if cls.endswith(suffix)
        for tag in tags
    )


def contradicts(tag: str, architecture: Architecture) -> bool:
    """Whether the network surely has another head than the task needs.

    Only exact matches are judged, since a head is a few tensors; a network without any head that is
    known, and one that writes text, is not.
    """
    if tag not in CHECKED or not architecture.exact or architecture.format == "gguf":
        return False
    if any(cls.endswith(_GENERAL) for cls in architecture.classes):
        return False
    tasks = tasks_of(architecture)
    return bool(tasks) and tag not in tasks


def lacks_language_head(architecture: Architecture) -> bool:
    """Whether the tensors are exactly those of a language model without its output matrix.

    True where no class that writes text fits, and a bare model of a type that has such a class does.
    """
    if not architecture.exact or not architecture.classes or architecture.format == "gguf":
        return False
    bare = [cls for cls in architecture.classes if cls.endswith("Model") and not cls.endswith("LMHeadModel")]
    return len(bare) == len(architecture.classes) and any(
        family in DECODERS for family in architecture.families
    )


DECODERS = frozenset(
    {
        "llama",
        "mistral",
        "mixtral",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
        "gemma",
        "gemma2",
        "gemma3_text",
        "phi",
        "phi3",
        "gpt2",
        "gpt_neo",
        "gpt_neox",
        "gptj",
        "opt",
        "bloom",
        "falcon",
        "mpt",
        "stablelm",
        "starcoder2",
        "olmo",
        "olmo2",
        "cohere",
        "granite",
        "deepseek_v2",
        "deepseek_v3",
        "mamba",
        "codegen",
        "gpt_bigcode",
    }
)
"""Types of which the usual checkpoint writes text."""
