"""Numbers that the tensors prove: counts, depth, width, vocabulary, experts, heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from namegate_policy.architecture.patterns import is_buffer, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.architecture.packing import Weight


@dataclass(slots=True)
class Group:
    """All tensors of one pattern: how many, their elements together, the shape of the first."""

    pattern: str
    shape: tuple[int, ...] | None
    dtype: str
    count: int
    elements: int
    indices: set[str]
    """the layer numbers, as written, of the outermost `{}`"""


@dataclass(frozen=True, slots=True)
class Stack:
    """A sequence of like layers: the text before its number, its depth, its parameters."""

    prefix: str
    depth: int
    parameters: int


def grouped(weights: list[Weight]) -> dict[str, Group]:
    """Return the tensors by pattern, state that is no parameter included."""
    members: dict[str, list[Weight]] = {}
    for weight, pattern in zip(weights, normalize([weight.name for weight in weights]), strict=True):
        listed = members.get(pattern)
        if listed is None:
            members[pattern] = [weight]
        else:
            listed.append(weight)
    groups = {}
    for pattern, listed in members.items():
        start = pattern.find("{}")
        groups[pattern] = Group(
            pattern,
            listed[0].shape,
            listed[0].dtype,
            len(listed),
            sum([weight.elements for weight in listed]),
            {weight.name[start:].partition(".")[0] for weight in listed} if start >= 0 else set(),
        )
    return groups


def parameters_of(groups: dict[str, Group]) -> dict[str, Group]:
    """Return the groups that hold parameters; whole numbers of 64 bits and truth values are state."""
    return {
        key: group
        for key, group in groups.items()
        if group.dtype not in ("I64", "BOOL") and not is_buffer(key, group.shape)
    }


def stacks(groups: dict[str, Group]) -> list[Stack]:
    """Return the stacks of layers, the one with the most parameters first.

    Stages that hold blocks (`stages.{}.blocks.{}`) count blocks; other inner numbers (experts, sub-layers)
    are no layers.
    """
    found: dict[str, tuple[set[str], int]] = {}
    for group in groups.values():
        start = group.pattern.find("{}")
        if start <= 0:
            continue
        indices, parameters = found.get(group.pattern[:start], (set(), 0))
        found[group.pattern[:start]] = indices | group.indices, parameters + group.elements
    result = [
        Stack(prefix, _blocks(prefix, groups) or len(indices), parameters)
        for prefix, (indices, parameters) in found.items()
        if "experts" not in prefix
    ]
    return sorted(result, key=lambda stack: -stack.parameters)


def missing_layers(groups: dict[str, Group], stack: Stack | None) -> tuple[str, ...]:
    """Return the gaps in the layer numbers of the main stack, from 0 on."""
    if stack is None or stack.prefix.rstrip(".").rpartition(".")[2] not in _LAYER_WORDS:
        return ()
    start = f"{stack.prefix}{{}}."
    written = set().union(*[group.indices for group in groups.values() if group.pattern.startswith(start)])
    numbers = {int(index) for index in written if len(index) < _DIGITS}
    alike = max(len(group.indices) for group in groups.values() if group.pattern.startswith(start))
    if len(numbers) < _FEWEST or alike < _ALIKE * len(numbers):
        return ()
    gaps = []
    expected = 0
    for number in sorted(numbers):
        if number > expected:
            last = f" to {number - 1}" if number - 1 > expected else ""
            gaps.append(f"{stack.prefix}{expected}{last}")
        expected = number + 1
    return tuple(gaps)


_LAYER_WORDS = frozenset(
    {"layers", "layer", "h", "blocks", "block", "blk", "resblocks", "transformer_blocks"}
)
"""Words of stacks in which each number is a layer; others number activations and poolings too."""

_DIGITS = 6
_FEWEST = 4
"""Layers below which numbers may stand for anything."""

_ALIKE = 0.75
"""Share of the numbers that have one tensor in common where they stand for like layers."""

_INNER = (".blocks.{}.", ".layers.{}.", ".block.{}.", ".layer.{}.")


def _blocks(prefix: str, groups: dict[str, Group]) -> int:
    """Return how many blocks the stages of a stack hold together, 0 where they are layers themselves."""
    word = prefix.rstrip(".").rpartition(".")[2]
    inner = {
        "stages": _INNER,
        "layers": (".blocks.{}.",),
        "block": (".layer.{}.attention.", ".block.{}."),
        "levels": (".blocks.{}.",),
    }.get(word, ())
    counts = [
        group.count
        for group in groups.values()
        if group.pattern.startswith(prefix + "{}")
        and any(group.pattern[len(prefix) + 2 :].startswith(i) for i in inner)
    ]
    return max(counts, default=0)


_TOKEN_WORDS = (
    "embed_tokens",
    "word_embeddings",
    "word_embedding",
    "wte",
    "tok_embeddings",
    "token_embd",
    "token_embedding",
    "embed_in",
    "shared",
    "embeddings",
    "embedding",
    "tok_embedding",
    "embed",
    "lut",
    "emb",
    "token_embeddings",
    "tok_emb",
    "w",
    "text_embedding",
)
_OUTPUT_WORDS = (
    "lm_head",
    "output",
    "embed_out",
    "decoder",
    "head",
    "lm_loss",
    "proj",
    "out_proj",
    "output_layer",
    "generator",
    "predictions",
)
_NO_TOKENS = (
    "position",
    "pos_emb",
    "patch",
    "token_type",
    "wpe",
    "vision",
    "visual",
    "relative",
    "class_emb",
    "image",
    "segment",
    "time",
    "vpm",
)


def token_embedding(groups: dict[str, Group]) -> Group | None:
    """Return the table of token embeddings: rows are the vocabulary."""
    best, most = None, 0
    for group in _tables(groups):
        rows = group.shape[0] if group.shape else 0
        if group.pattern.split(".")[-2] in _TOKEN_WORDS and rows > most:
            best, most = group, rows
    return best


def output_embedding(groups: dict[str, Group], vocabulary: int) -> Group | None:
    """Return a stored output matrix with one row a token, None where it is tied or missing."""
    for group in _tables(groups):
        parts = group.pattern.split(".")
        if len(parts) > 1 and parts[-2] in _OUTPUT_WORDS and group.shape and group.shape[0] == vocabulary:
            return group
    return None


def _tables(groups: dict[str, Group]) -> Iterator[Group]:
    for group in groups.values():
        if (
            group.count == 1
            and group.shape is not None
            and len(group.shape) == 2
            and group.pattern.endswith((".weight", ".embedding", ".w"))
            and "{}" not in group.pattern
            and not any(word in group.pattern for word in _NO_TOKENS)
        ):
            yield group


_POSITION_WORDS = (
    "position_embeddings",
    "wpe",
    "embed_positions",
    "pos_embed",
    "position_embedding",
    "positional_embedding",
    "pos_embedding",
    "position_embd",
)


def positions(groups: dict[str, Group]) -> int | None:
    """Return the rows of a learned table of positions, special rows included."""
    for group in groups.values():
        words = group.pattern.split(".")[-2:]
        if group.shape and any(word in _POSITION_WORDS for word in words):
            sizes = [size for size in group.shape if size > 1]
            if len(sizes) == 2:
                return sizes[0]
    return None


def hidden_size(groups: dict[str, Group], stack: Stack | None, embedding: Group | None) -> int | None:
    """Return the width of the main stack: the most frequent length of its norms, else of its matrices."""
    norms: dict[int, int] = {}
    matrices: dict[int, int] = {}
    for group in groups.values():
        if stack is not None and not group.pattern.startswith(stack.prefix):
            continue
        shape = group.shape or ()
        name = group.pattern.lower()
        if (
            len(shape) == 1
            and ("norm" in name or ".ln" in name)
            and not any(
                w in name
                for w in ("q_norm", "k_norm", "qk_norm", "q_layernorm", "k_layernorm", "_a_", "q_ln", "k_ln")
            )
        ):
            norms[shape[0]] = norms.get(shape[0], 0) + group.count
        elif len(shape) == 2 and "expert" not in name:
            for size in shape:
                matrices[size] = matrices.get(size, 0) + group.count
    counts = norms or matrices
    if counts:
        return max(counts, key=lambda size: counts[size])
    return embedding.shape[1] if embedding is not None and embedding.shape else None


@dataclass(frozen=True, slots=True)
class Experts:
    """The routed experts of a mixture: how many a layer, their parameters over all layers."""

    count: int
    parameters: int


def experts(groups: dict[str, Group]) -> Experts | None:
    """Return the routed experts: from their numbers, from fused tensors, or from GGUF's `_exps`."""
    count = total = 0
    for group in groups.values():
        pattern = group.pattern
        if "shared_expert" in pattern:
            continue
        if ".experts.{}." in pattern or pattern.startswith("experts.{}."):
            layers = max(1, len(group.indices)) if not pattern.startswith("experts.{}.") else 1
            count = max(count, -(-group.count // layers))
            total += group.elements
        elif group.shape and any(
            word in pattern for word in ("_exps.", ".experts.", ".switch_mlp.", ".switch_glu.")
        ):
            fused_bias = len(group.shape) == 2 and pattern.endswith("bias")
            if len(group.shape) >= 3 or fused_bias:
                count = max(count, group.shape[0])
                total += group.elements
    return Experts(count, total) if count > 1 else None


def head_size(groups: dict[str, Group]) -> int | None:
    """Return the width of an attention head, where norms over single heads show it."""
    for group in groups.values():
        if (
            group.shape
            and len(group.shape) == 1
            and group.pattern.endswith(("q_norm.weight", "attn_q_norm.weight", "q_layernorm.weight"))
        ):
            return group.shape[0] if group.shape[0] <= 512 else None
    return None


def projection_rows(groups: dict[str, Group], stack: Stack | None, endings: tuple[str, ...]) -> int | None:
    """Return the output width of a projection of the main stack."""
    for group in groups.values():
        inside = stack is None or group.pattern.startswith(stack.prefix)
        if inside and group.shape and len(group.shape) == 2 and group.pattern.endswith(endings):
            return group.shape[0]
    return None


_HEADS = (
    "classifier",
    "score",
    "qa_outputs",
    "classification_head",
    "logits_proj",
    "fc",
    "head",
    "qa_classifier",
)


QUERIES = ("q_proj.weight", "attn_q.weight", "query.weight", "q_lin.weight", "wq.weight")
KEYS = ("k_proj.weight", "attn_k.weight", "key.weight", "k_lin.weight", "wk.weight")


def embedding_parameters(groups: dict[str, Group], tokens: Group | None, output: Group | None) -> int:
    """Return the parameters of the tables of tokens (output too, where stored), positions and types."""
    tables = [group for group in (tokens, output) if group is not None]
    for group in groups.values():
        parts = group.pattern.split(".")
        if group not in tables and any(word in parts for word in (*_POSITION_WORDS, "token_type_embeddings")):
            tables.append(group)
    return sum(group.elements for group in tables)


def classifier(groups: dict[str, Group], vocabulary: int | None) -> Group | None:
    """Return the matrix that ends a classifier, None where no head of that kind ends the network."""
    found = None
    for group in groups.values():
        parts = group.pattern.split(".")
        if (
            parts[0] in _HEADS
            and parts[-1] == "weight"
            and group.shape is not None
            and (len(group.shape) == 2 or group.shape[2:] == (1, 1))
            and group.shape[0] != vocabulary
            and len(parts) <= 4
        ):
            found = group
    return found


def with_bias(groups: dict[str, Group], group: Group) -> int:
    """Return the parameters of a layer, its bias included."""
    bias = groups.get(group.pattern.removesuffix("weight") + "bias")
    return group.elements + (bias.elements if bias is not None else 0)
