"""A stated resolution or context length is more than the model takes.

## What it does
Compares an image resolution (`224`, `384x384`) with the positions and patches of a vision transformer,
and a context length (`128k`) with the learned table of positions, or with what config.json or the GGUF
metadata says where positions are computed. A context shorter than the model's is not reported.

## Why is this bad
Longer inputs fail or are cut without a word; images of another size give poor results.

## Bad example
With 197 positions of patches of 16 pixels:
```
acme/vit-base-patch16-384
```

## Good example
With the same weights:
```
acme/vit-base-patch16-224
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from namegate_policy.architecture.configuration import context_length
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOLUTION = re.compile(r"(\d{2,4})(?:px|x\1)?$", re.IGNORECASE)
_CONTEXT = re.compile(r"(\d{1,4})(k|m)$", re.IGNORECASE)
_SCALE = {"k": 1000, "m": 1_000_000}


class InputMismatchOptions(Options):
    """Options of input-mismatch: none."""


def _check(subject: Subject, _: InputMismatchOptions) -> Iterator[Finding]:
    architecture, evidence = subject.evidence.architecture, subject.evidence
    if architecture is None or architecture.adapter is not None:
        return
    image = architecture.resolution
    stated = context_length(evidence.config, evidence.weights.metadata if evidence.weights else {})
    for component in subject.name.of(Kind.INPUT):
        found = _RESOLUTION.fullmatch(component.text)
        if found and image is not None and int(found[1]) != image:
            expected = component.text.replace(found[1], str(image))
            yield Finding(
                f"the name says {component.text} pixels, the positions cover {image} by {image}",
                component.span,
                expected,
                image,
                ((Edit(component.span, expected),),),
            )
        found = _CONTEXT.fullmatch(component.text)
        if found and stated is not None:
            said = int(found[1]) * _SCALE[found[2].lower()]
            if said > _SLACK * stated:
                yield Finding(
                    f"the name says a context of {component.text}, the model takes {stated} tokens",
                    component.span,
                    actual=stated,
                )


_SLACK = 1.1
"""128k is written for 131,072 and for 128,000 tokens, 1M for 1,048,576."""

RULE = Rule("NG405", "input-mismatch", Severity.ERROR, InputMismatchOptions, _check)
