"""The architecture names of GGUF files, each with the tensors that it may have.

llama.cpp lists what an architecture may hold, not what each file does: a file fits an architecture
when all its names are in the list.
"""

from __future__ import annotations

from importlib.metadata import version

from gguf.constants import MODEL_ARCH_NAMES, MODEL_TENSORS, TENSOR_NAMES

from namegate_policy.architecture.build.part import Part


def build() -> Part:
    """Return the part of the gguf release that is installed."""
    part = Part("gguf", version("gguf"))
    for architecture, tensors in MODEL_TENSORS.items():
        name = MODEL_ARCH_NAMES[architecture]
        patterns = [
            TENSOR_NAMES[tensor].format(bid="{}", xid="{}") for tensor in tensors if tensor in TENSOR_NAMES
        ]
        part.add_patterns(name, name, patterns)
    return part
