"""The model that this one is said to be made from cannot be its base.

## What it does
Reads the names under `base_model` of the model card and `_name_or_path` of config.json, and compares
their family and their parameter count with the weights. Names of files and folders are no model names and
are left out; of several bases one must fit. Adapters are not compared.

## Why is this bad
Lineage decides licence, safety reviews and evaluations that are taken over from the base.

## Bad example
With weights of 8.03B parameters and `base_model: meta-llama/Llama-2-70b-hf` in the card:
```
acme/llama-support
```

## Good example
With the same weights and `base_model: meta-llama/Llama-3.1-8B`:
```
acme/llama-assistant
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.architecture.claims import size
from namegate_policy.architecture.claims.family import contradicted_words
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.architecture.claims.words import family_words
from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming import parse_name
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.architecture.model import Architecture

_MODEL_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class BaseModelMismatchOptions(Options):
    """Options of base-model-mismatch."""

    tolerance: float = Field(
        default=0.25, gt=0, lt=1, description="share of the base's count by which the weights may differ"
    )


def _check(subject: Subject, options: BaseModelMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    for source, bases in _stated(subject):
        wrong = [reason for base in bases if (reason := _denied(base, subject, architecture, options))]
        if wrong and len(wrong) == len(bases):
            yield Finding(f"{source} says the model was made from {wrong[0]}", actual=list(bases))


def _stated(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    card = (subject.evidence.card or {}).get("base_model")
    path = (subject.evidence.config or {}).get("_name_or_path")
    for source, value in (("the card", card), ("config.json", path)):
        listed = value if isinstance(value, list) else [value]
        bases = [base for base in listed if isinstance(base, str) and _MODEL_ID.fullmatch(base)]
        if bases:
            yield source, bases


def _denied(
    base: str, subject: Subject, architecture: Architecture, options: BaseModelMismatchOptions
) -> str | None:
    """Return the base with the reason why it cannot be, None where nothing denies it."""
    try:
        name = parse_name(base, vocabulary=subject.vocabulary)
    except UnreadableNameError:
        return None
    counts = size.counts_of(architecture)
    families = family_words(name)
    stated = [said for part in name.of(Kind.SIZE) if (said := size.statement(part.text)) and said.parameters]
    fits = [
        size.judge_total(said.parameters or 0, said.unit or 1, counts, families, options.tolerance)
        for said in stated
    ]
    if fits and all(outcome is Outcome.CONTRADICTED for outcome in fits) and architecture.undecided is None:
        return f"{base}; the weights hold {size.printed(counts.total)} parameters"
    if contradicted_words(name, subject.vocabulary, architecture):
        return f"{base}; the tensor names are those of {', '.join(architecture.families[:4])}"
    return None


RULE = Rule("NG411", "base-model-mismatch", Severity.WARN, BaseModelMismatchOptions, _check)
