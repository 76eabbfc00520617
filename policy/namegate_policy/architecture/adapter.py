"""Adapters: checkpoints that hold only what is added to another model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from namegate_policy.architecture.facts import Group


class Adapter(NamedTuple):
    """The kind of an adapter, and its rank where it has one."""

    kind: str
    rank: int | None


_LOW_RANK = ("lora_A", "lora_B", "lora_down", "lora_up", "lora_embedding_A", "lora_embedding_B", "lora")
_KINDS = (
    ("ia3", ("ia3_l",)),
    ("loha", ("hada_w1_a", "hada_w2_a")),
    ("lokr", ("lokr_w1", "lokr_w2", "lokr_w1_a", "lokr_w2_a")),
    ("oft", ("oft_r", "oft_R", "oft_blocks")),
    ("vera", ("vera_lambda_b", "vera_lambda_d")),
    ("prompt", ("prompt_embeddings",)),
)


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
    if any(part in _LOW_RANK for part in parts):
        return "lora"
    for kind, words in _KINDS:
        if any(part in words for part in parts):
            return kind
    return None
