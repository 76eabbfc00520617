"""The components of diffusers that can be built from their default configuration."""

from __future__ import annotations

import warnings

import diffusers
import torch
from diffusers import ModelMixin

from namegate_policy.architecture.build.part import Part, limited

SECONDS_A_NETWORK = 60


def build() -> Part:
    """Return the part of the diffusers release that is installed."""
    warnings.simplefilter("ignore")
    part = Part("diffusers", diffusers.__version__)
    for name in sorted(dir(diffusers)):
        try:
            cls = getattr(diffusers, name)
            if not (isinstance(cls, type) and issubclass(cls, ModelMixin)) or cls is ModelMixin:
                continue
        except Exception:  # noqa: S112 - needs a library that is not installed
            continue
        for options in ({}, *CANONICAL.get(name, ())):
            try:
                with limited(SECONDS_A_NETWORK), torch.device("meta"), torch.no_grad():
                    state = cls(**options).state_dict()
            except Exception as error:
                part.failed[name] = f"{type(error).__name__}: {error}"[:200]
                continue
            part.add(name, name, {key: tuple(tensor.shape) for key, tensor in state.items()})
    return part


_VAE = {
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
}
_SDXL = {
    "block_out_channels": [320, 640, 1280],
    "layers_per_block": 2,
    "cross_attention_dim": 2048,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "transformer_layers_per_block": [1, 2, 10],
    "attention_head_dim": [5, 10, 20],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
CANONICAL = {
    "AutoencoderKL": (
        _VAE,
        {**_VAE, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False},
    ),
    "UNet2DConditionModel": (
        {"cross_attention_dim": 768},
        {"cross_attention_dim": 1024, "use_linear_projection": True, "attention_head_dim": [5, 10, 20, 20]},
        {**_SDXL, "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]},
    ),
    "ControlNetModel": ({"cross_attention_dim": 768}, _SDXL),
    "SD3Transformer2DModel": ({"qk_norm": "rms_norm"},),
    "FluxTransformer2DModel": ({"guidance_embeds": True},),
}
"""Class → published configurations (Stable Diffusion 1, 2, XL and 3, FLUX.1), as options over the default."""
