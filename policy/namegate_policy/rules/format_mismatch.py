"""The name states a file format that the files do not have.

## What it does
Compares `gguf`, `onnx`, `safetensors`, `pytorch` and `mlx` in the name with the format that the files
were found to have by their framing, not by their extension.

## Why is this bad
A runtime that takes only one format is pointed at files that it cannot open.

## Bad example
With weights in safetensors files:
```
acme/llama-3-8b-gguf
```

## Good example
With the same weights:
```
acme/llama-3-8b-safetensors
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS = {
    "gguf": {"gguf"},
    "ggml": {"gguf", "ggml"},
    "onnx": {"onnx"},
    "safetensors": {"safetensors"},
    "pytorch": {"pytorch", "safetensors"},
    "mlx": {"safetensors"},
}
"""Word → formats of files that it may mean; MLX stores safetensors, and PyTorch reads both."""


class FormatMismatchOptions(Options):
    """Options of format-mismatch: none."""


def _check(subject: Subject, _: FormatMismatchOptions) -> Iterator[Finding]:
    weights = subject.evidence.weights
    if weights is None or not weights.verifiable or not weights.tensors:
        return
    for component in (*subject.name.of(Kind.FORMAT), *subject.name.of(Kind.QUANTIZATION)):
        allowed = _FORMATS.get(component.text.casefold())
        if allowed is not None and weights.format not in allowed:
            yield Finding(
                f"the name says {component.text}, the weights are {weights.format} files",
                span=component.span,
                expected=weights.format,
                actual=weights.format,
            )


RULE = Rule("NG408", "format-mismatch", Severity.ERROR, FormatMismatchOptions, _check)
