"""A checkpoint beside the network that a name claims."""

from __future__ import annotations

import pytest

from namegate_policy.architecture.reference import Conformance, conformance
from namegate_policy.naming import default_vocabulary, parse_name
from tests.policy.architecture.headers import header, llama
from tests.policy.architecture.networks import mixtral, resnet50
from tests.policy.architecture.packed import FORMATS, packed

RESNET = header(resnet50(), "F32")
LLAMA = header(llama())
BARE = header(
    {name.removeprefix("model."): shape for name, shape in llama().items() if "lm_head" not in name}
)


def compared(name: str, weights=RESNET, config=None) -> Conformance:
    found = conformance(parse_name(name), default_vocabulary(), weights, config)
    assert found is not None
    return found


CONFORMING = [
    ("timm/resnet50.a1_in1k", RESNET, "resnet50 of timm"),
    ("acme/resnet-50", RESNET, "resnet50 of timm"),
    ("ResNet50_Weights.IMAGENET1K_V2", RESNET, "resnet50 of timm"),
    ("acme/llama-3-8b", LLAMA, "llama (LlamaForCausalLM) of transformers"),
    (
        "acme/llama-3-8b",
        header(packed(llama(), FORMATS["awq"][2])),
        "llama (LlamaForCausalLM) of transformers",
    ),
    ("acme/llama-3-8b", BARE, "llama"),
    ("acme/deepseek-coder-8b", LLAMA, "llama (LlamaForCausalLM) of transformers"),
    ("acme/mixtral-8x7B", header(mixtral()), "mixtral (MixtralForCausalLM) of transformers"),
]


@pytest.mark.parametrize(("name", "weights", "reference"), CONFORMING)
def test_what_conforms(name: str, weights, reference: str) -> None:
    found = compared(name, weights)
    assert found.conforms, found.deviations
    assert found.reference.startswith(reference)


DEVIATING = [
    ("timm/resnet18.a1_in1k", RESNET, {"network", "layer1.{}.bn3.weight"}),
    ("timm/resnet101.a1_in1k", RESNET, {"network"}),
    ("AlexNet_Weights.IMAGENET1K_V1", RESNET, {"network", "features.{}.weight", "conv1.weight"}),
    ("acme/resnet-101", RESNET, {"shape"}),
    ("acme/llama-3-7b", LLAMA, {"parameters"}),
    ("acme/bert-8b", LLAMA, {"embeddings.position_embeddings.weight"}),
    ("acme/mixtral-8x22B", header(mixtral()), {"parameters"}),
    ("acme/mixtral-16x7B", header(mixtral()), {"experts"}),
]


@pytest.mark.parametrize(("name", "weights", "what"), DEVIATING)
def test_what_deviates(name: str, weights, what: set[str]) -> None:
    found = compared(name, weights)
    assert not found.conforms
    told = {deviation.what for deviation in found.deviations}
    assert all(any(each.endswith(wanted) for each in told) for wanted in what), told


def test_another_head_is_told_and_conforms() -> None:
    shapes = {name: shape for name, shape in resnet50().items() if not name.startswith("fc.")}
    found = compared("acme/resnet-50", header({**shapes, "head.weight": (10, 2048)}, "F32"))
    assert found.conforms
    assert {(each.what, each.held) for each in found.deviations} == {("head.weight", "there")} or {
        each.what for each in found.deviations
    } == {"fc.bias", "fc.weight", "head.weight"}


@pytest.mark.parametrize("name", ["acme/storyteller", "acme/sdxl-7b"])
def test_a_name_without_a_known_network_has_no_reference(name: str) -> None:
    assert conformance(parse_name(name), default_vocabulary(), LLAMA) is None
