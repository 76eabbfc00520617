"""Every architecture of timm, with the counts that its names stand for."""

from __future__ import annotations

import warnings

import timm
import torch

from namegate_policy.architecture.build.part import Part, limited

SECONDS_A_NETWORK = 60


def build() -> Part:
    """Return the part of the timm release that is installed."""
    warnings.simplefilter("ignore")
    part = Part("timm", timm.__version__)
    for name in timm.list_models():
        try:
            with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad():
                model = timm.create_model(name)
            state = model.state_dict()
        except Exception as error:
            part.failed[name] = f"{type(error).__name__}: {error}"[:200]
            continue
        shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
        part.add(name, name, shapes)
        total = sum(parameter.numel() for parameter in model.parameters())
        heads = model.get_classifier() if hasattr(model, "get_classifier") else None
        heads = heads if isinstance(heads, tuple) else (heads,)
        classifier = sum(
            p.numel() for head in heads if isinstance(head, torch.nn.Module) for p in head.parameters()
        )
        part.defaults[name] = {"parameters": total, "without_classifier": total - classifier}
        prefixes = {
            f"{key.rpartition('.')[0]}."
            for key, module in model.named_modules()
            if module in heads
            for key in [f"{key}."]
        }
        headless = {
            key: shape for key, shape in shapes.items() if not key.startswith(tuple(prefixes) or ("\n",))
        }
        if headless and len(headless) < len(shapes):
            part.add(name, name, headless)
    return part
