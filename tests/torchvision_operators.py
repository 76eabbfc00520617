"""Makes torchvision importable beside a torch of another build; import it before timm or torchvision.

torchvision's wheels are linked against CUDA. Beside a torch for processors alone their compiled operators do
not load, and the import ends at the first of them that it looks up. No network is built with these operators.
"""

from __future__ import annotations

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    MISSING = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        MISSING.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")
