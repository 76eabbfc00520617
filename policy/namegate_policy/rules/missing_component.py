"""A component that the policy requires is not in the name.

## What it does
Asks for every kind of component that the policy lists. An entry may also be a list of kinds, of which
one is enough. Where the weights prove what is missing (the parameter count, or a family that no other
family can be mistaken for), it proposes a name that says so.

## Why is this bad
Without its family and size a model cannot be chosen, compared or replaced from its name alone.

## Bad example
```
acme/llama-instruct
acme/my-model-7b
```

## Good example
```
acme/llama-8b-instruct
```
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic import Field

from namegate_policy.architecture.claims.family import judge_text
from namegate_policy.architecture.claims.size import Outcome
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.counts import printed_counts
from namegate_policy.rules.unknown_words import misspelt_words
from namegate_policy.verdict import Edit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import ModelName

_USUAL_ORDER = (
    Kind.VENDOR,
    Kind.ARCHITECTURE,
    Kind.TITLE,
    Kind.VERSION,
    Kind.SIZE,
)
"""Order of the leading components in most published names; where to insert is tried from here outwards."""


class MissingComponentOptions(Options):
    """Options of missing-component."""

    components: tuple[Kind | tuple[Kind, ...], ...] = Field(
        default=(Kind.ARCHITECTURE, Kind.SIZE),
        min_length=1,
        description="kinds that must be in the name; a list in the list means *one of these*",
    )


def _check(subject: Subject, options: MissingComponentOptions) -> Iterator[Finding]:
    present = {component.kind for component in subject.name.components}
    for asked in options.components:
        kinds = (asked,) if isinstance(asked, Kind) else asked
        if not present.isdisjoint(kinds):
            continue
        name = subject.name
        wanted = " or ".join(kind.value for kind in kinds)
        yield Finding(
            f"the name has no {wanted} component",
            span=name.repository_span,
            expected=wanted,
            fixes=tuple(
                fix
                for kind in kinds
                for text in _proven(subject, kind)
                for fix in _insertions(name, kind, text)
            ),
        )


def _proven(subject: Subject, kind: Kind) -> tuple[str, ...]:
    """Return how the weights would be named under `kind`, the best spelling first."""
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return ()
    if kind is Kind.SIZE:
        return printed_counts(architecture.parameters, upper=not subject.name.repository.islower())
    if kind is Kind.ARCHITECTURE and len(architecture.families) == 1 and not _means_another(subject):
        return architecture.families
    return ()


def _means_another(subject: Subject) -> bool:
    """Whether a word of the name is a family that the tensors contradict, or misses one by a letter.

    Beside the proven family it would stay in the name, where one true word is enough.
    """
    architecture = subject.evidence.architecture
    known = [c.text for c in subject.name.components if subject.vocabulary.lookup(Kind.ARCHITECTURE, c.text)]
    meant = [finding.expected for finding in misspelt_words(subject, Kind.ARCHITECTURE) if finding.expected]
    return architecture is not None and any(
        judge_text(word, subject.vocabulary, architecture) is Outcome.CONTRADICTED
        for word in (*known, *meant)
    )


def _insertions(name: ModelName, kind: Kind, text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield one insertion of `text` for each place between components, the usual place first."""
    before = _USUAL_ORDER[: _USUAL_ORDER.index(kind)]
    leading = [index for index, component in enumerate(name.components, 1) if component.kind in before]
    usual = max(leading, default=0)
    for index in sorted(range(len(name.components) + 1), key=lambda index: (abs(index - usual), -index)):
        separator = _separator(name)
        if index:
            end = name.components[index - 1].span[1]
            yield (Edit((end, end), separator + text),)
        else:
            start = name.components[0].span[0] if name.components else len(name.text)
            yield (Edit((start, start), text + separator),)


def _separator(name: ModelName) -> str:
    """Return the separator that the name itself uses first."""
    for before, after in pairwise(name.components):
        if before.span[1] < after.span[0]:
            return name.text[before.span[1] : after.span[0]]
    return "-"


RULE = Rule("NG201", "missing-component", Severity.ERROR, MissingComponentOptions, _check)
