"""Adapters: checkpoints that hold only what is added to another model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from namegate_policy.architecture.facts import Group


class Adapter(NamedTuple):
    """The kind of an adapter, and its rank where it has one."""

    kind: str
    rank: int | None


_KINDS = {
    "lora_": "lora",
    "ia3_": "ia3",
    "hada_": "loha",
    "lokr_": "lokr",
    "oft_": "oft",
    "boft_": "boft",
    "vera_": "vera",
    "prompt_embeddings": "prompt",
    "adaption_": "prompt",
    "c3a_": "c3a",
    "delora_": "delora",
    "fourierft_": "fourierft",
    "gralora_": "gralora",
    "hra_": "hra",
    "ln_tuning_layers": "ln-tuning",
    "miss_": "miss",
    "bone_": "bone",
    "osf_": "osf",
    "randlora_": "randlora",
    "road_": "road",
    "shira_": "shira",
    "trainable_tokens_": "trainable-tokens",
    "vblora_": "vblora",
    "waveft_": "waveft",
}
"""How the modules begin that a method adds → the method. Source: what PEFT's `save_pretrained` writes."""


def adapter_of(groups: dict[str, Group]) -> Adapter | None:
    """Return the adapter that a checkpoint is, None for a full model.

    It is one when the adapter's tensors are most of what is stored: modules saved beside an adapter
    (a trained head) are small, a merged or whole model is large.
    """
    added: dict[str, int] = {}
    rank = None
    for group in groups.values():
        kind = _kind(group.pattern)
        if kind is None:
            continue
        added[kind] = added.get(kind, 0) + group.count
        if kind == "lora" and group.shape and len(group.shape) >= 2:
            low = min(group.shape[:2])
            rank = low if rank is None else max(rank, low)
    tensors = sum(group.count for group in groups.values())
    if not added or 2 * sum(added.values()) < tensors:
        return None
    kind = max(added, key=lambda key: added[key])
    return Adapter(kind, rank if kind == "lora" else None)


def _kind(pattern: str) -> str | None:
    parts = pattern.split(".")
    if "lora" in parts:
        return "lora"
    return next((kind for part in parts for start, kind in _KINDS.items() if part.startswith(start)), None)
