"""The model card lacks an attribute that people need to choose the model.

## What it does
Asks for the listed keys of the card's front matter, with a value. `base_model` is asked only of a model
whose name says that it derives from another: one that is fine-tuned, distilled, merged, quantized or
converted to another format. Without a card the rule has nothing to say.

## Why is this bad
Studies of model reuse find licence, training data, base model and evaluation missing from most cards, and
name each as a reason why reuse fails.

## Bad example
With `license: mit` and `datasets: [squad]` in the card:
```
acme/bert-base-gguf
```

## Good example
With `license`, `datasets`, `base_model` and `model-index` in the card:
```
acme/bert-base-awq
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_DERIVED = (Kind.TRAINING, Kind.QUANTIZATION, Kind.FORMAT)


class MissingCardAttributeOptions(Options):
    """Options of missing-card-attribute."""

    attributes: tuple[str, ...] = Field(
        default=("license", "datasets", "base_model", "model-index"),
        min_length=1,
        description="keys that the front matter must have; `model-index` holds evaluation results",
    )


def _check(subject: Subject, options: MissingCardAttributeOptions) -> Iterator[Finding]:
    card = subject.evidence.card
    if card is None:
        return
    derived = any(component.kind in _DERIVED for component in subject.name.components)
    missing = [
        attribute
        for attribute in options.attributes
        if not card.get(attribute) and (attribute != "base_model" or derived)
    ]
    for attribute in missing:
        yield Finding(f"the model card has no {attribute}", expected=attribute)


RULE = Rule("NG503", "missing-card-attribute", Severity.WARN, MissingCardAttributeOptions, _check)
