"""Model-card metadata that weights prove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.architecture.claims.task import tasks_of

if TYPE_CHECKING:
    from namegate_policy.architecture.model import Architecture

_LIBRARIES = {"gguf": "gguf", "onnx": "onnx"}


def describe(architecture: Architecture) -> dict[str, Any]:
    """Return the front matter of a model card, with nothing in it that the weights leave open.

    `pipeline_tag` is there when all heads that fit serve one task, `library_name` when the format or
    an adapter decides it; tags hold the family when only one fits.
    """
    tasks = tasks_of(architecture) if architecture.exact else frozenset()
    tags = [
        *(architecture.families if len(architecture.families) == 1 else ()),
        *((architecture.quantization,) if architecture.quantization else ()),
        *((f"{architecture.quantization_bits:g}-bit",) if architecture.quantization_bits else ()),
        *(("moe",) if architecture.experts else ()),
    ]
    found = {
        "library_name": "peft" if architecture.adapter else _LIBRARIES.get(architecture.format),
        "pipeline_tag": next(iter(tasks)) if len(tasks) == 1 else None,
        "tags": tags or None,
        "parameters": architecture.parameters or None,
        "active_parameters": architecture.active_parameters,
        "layers": architecture.layers,
        "hidden_size": architecture.hidden_size,
        "vocabulary_size": architecture.vocabulary_size,
        "experts": architecture.experts,
        "adapter_rank": architecture.adapter_rank,
        "labels": architecture.labels,
        "dtypes": sorted(architecture.dtypes) if architecture.dtypes else None,
    }
    return {name: value for name, value in found.items() if value is not None}
