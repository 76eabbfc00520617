"""`architecture_of`: the one function that turns a header into facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.architecture import facts, vision
from namegate_policy.architecture.adapter import adapter_of
from namegate_policy.architecture.configuration import number
from namegate_policy.architecture.family import recognize
from namegate_policy.architecture.model import Architecture
from namegate_policy.architecture.packing import elements_by_dtype, unpack
from namegate_policy.architecture.shapes import resembled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.weights.header import WeightsHeader


def architecture_of(header: WeightsHeader, config: Mapping[str, Any] | None = None) -> Architecture:
    """Return what the stored tensors prove; `config` (config.json) adds what they leave open.

    The header must be verifiable. Of the configuration only numbers that no tensor shows (experts
    chosen a token, bits of some packed formats, heads) and the model type, among those that fit the
    tensors, are used.
    """
    unpacked = unpack(header, config)
    groups = facts.grouped(unpacked.weights)
    parameters = facts.parameters_of(groups)
    stacks = facts.stacks(parameters)
    main = stacks[0] if stacks else None
    tokens = facts.token_embedding(parameters)
    vocabulary = tokens.shape[0] if tokens is not None and tokens.shape else None
    output = facts.output_embedding(parameters, vocabulary) if vocabulary else None
    table = facts.positions(parameters)
    patch = vision.patch_size(parameters)
    total = sum(group.elements for group in parameters.values())
    routed = facts.experts(parameters)
    chosen = _chosen(header, config)
    adapter = adapter_of(parameters)
    match = recognize(header, groups, config, vocabulary)
    unknown = not match.families and adapter is None
    resembles = resembled(header) if unknown else ()
    head_size = facts.head_size(parameters) or number(config, "head_dim")
    classifier = facts.classifier(parameters, vocabulary)
    return Architecture(
        families=match.families,
        classes=match.classes,
        exact=match.exact,
        alike=match.alike,
        plausible=match.plausible,
        similarity=round(match.similarity, 3),
        format=header.format,
        parameters=total,
        stored_bytes=sum([tensor.stored for tensor in header.tensors]),
        layers=main.depth if main else None,
        depths={stack.prefix: stack.depth for stack in stacks},
        missing_layers=facts.missing_layers(parameters, main),
        convolutions=vision.convolutions(parameters),
        hidden_size=facts.hidden_size(parameters, main, tokens),
        vocabulary_size=vocabulary,
        embedding_parameters=facts.embedding_parameters(parameters, tokens, output) or None,
        experts=routed.count if routed else None,
        active_parameters=(
            total - routed.parameters + routed.parameters * chosen // routed.count
            if routed and chosen and chosen <= routed.count
            else None
        ),
        one_expert_parameters=total - routed.parameters * (routed.count - 1) // routed.count
        if routed
        else None,
        quantization=unpacked.method,
        quantization_bits=unpacked.bits,
        dtypes=elements_by_dtype(unpacked.weights),
        adapter=adapter.kind if adapter else None,
        adapter_rank=adapter.rank if adapter else None,
        heads=_heads(facts.projection_rows(parameters, main, facts.QUERIES), head_size)
        or number(config, "num_attention_heads", "n_head", "num_heads"),
        key_value_heads=_heads(facts.projection_rows(parameters, main, facts.KEYS), head_size),
        positions=table,
        patch_size=patch,
        window_size=vision.window_size(parameters),
        resolution=vision.resolution(patch, facts.positions(vision.without_text(parameters))),
        labels=classifier.shape[0] if classifier is not None and classifier.shape else None,
        classifier_parameters=facts.with_bias(parameters, classifier) if classifier is not None else None,
        undecided=unpacked.undecided,
        resembles=resembles,
        unrecognized=_unrecognized(resembles) if unknown else None,
    )


def _unrecognized(resembles: tuple[str, ...]) -> str:
    """Return why no family is known, and the guess that shapes allow."""
    *others, last = resembles or ("",)
    guess = f"; the shapes look like {', '.join(others)} or {last}" if others else ""
    return f"the tensor names are of no known network{guess}"


_CHOSEN = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "top_k_experts",
    "moe_top_k",
    "num_selected_experts",
    "top_k",
    "moe_k",
)


def _chosen(header: WeightsHeader, config: Mapping[str, Any] | None) -> int | None:
    """Return how many routed experts a token uses, which no tensor shows."""
    if found := number(config, *_CHOSEN):
        return found
    family = header.metadata.get("general.architecture")
    value = header.metadata.get(f"{family}.expert_used_count")
    return value if isinstance(value, int) and value > 0 else None


def _heads(rows: int | None, head_size: int | None) -> int | None:
    return rows // head_size if rows and head_size and rows % head_size == 0 else None
