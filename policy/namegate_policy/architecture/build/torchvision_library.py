"""Every model of torchvision, with the counts that its names stand for."""

from __future__ import annotations

import inspect
from typing import Any

import torch
import torchvision

from namegate_policy.architecture.build.part import Part, limited

SECONDS_A_NETWORK = 60


def build() -> Part:
    """Return the part of the torchvision release that is installed."""
    part = Part("torchvision", torchvision.__version__)
    for name in torchvision.models.list_models():
        totals = []
        for options in VARIANTS:
            try:
                model = built(name, options)
            except Exception as error:
                if not options:
                    part.failed[name] = f"{type(error).__name__}: {error}"[:200]
                continue
            part.add(name, name, {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()})
            totals.append(sum(parameter.numel() for parameter in model.parameters()))
        if totals:
            part.defaults[name] = {"parameters": max(totals), "without_classifier": min(totals)}
    return part


VARIANTS: tuple[dict[str, Any], ...] = ({}, {"aux_loss": True}, {"aux_logits": False})
"""Some networks are published with an auxiliary classifier, some without."""


def built(name: str, options: dict[str, Any]) -> Any:
    """Return a network on the meta device; raises what the network's own code raises."""
    options = dict(options)
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    if "weights_backbone" in inspect.signature(torchvision.models.get_model_builder(name)).parameters:
        options["weights_backbone"] = None
    with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad():
        return torchvision.models.get_model(name, weights=None, **options)
