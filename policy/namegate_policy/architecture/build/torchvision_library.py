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
        try:
            options: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
            if "weights_backbone" in inspect.signature(torchvision.models.get_model_builder(name)).parameters:
                options["weights_backbone"] = None
            with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad():
                model = torchvision.models.get_model(name, weights=None, **options)
        except Exception as error:
            part.failed[name] = f"{type(error).__name__}: {error}"[:200]
            continue
        shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
        part.add(name, name, shapes)
        part.defaults[name] = {"parameters": sum(parameter.numel() for parameter in model.parameters())}
    return part
