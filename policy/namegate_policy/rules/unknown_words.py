"""Words of a name that the policy's vocabulary does not hold; shared by the unknown-… rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from namegate_policy.rules.base import Finding, Subject
from namegate_policy.verdict import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.model import Kind

_NEAR = 75
"""Similarity in percent (2·matches / length) from which a known word is offered instead."""


def unknown_words(subject: Subject, kind: Kind) -> Iterator[Finding]:
    """Yield a finding for every component of `kind` that is no known word, with the nearest known ones."""
    for component in subject.name.components:
        if component.kind is not kind or component.canonical is not None:
            continue
        near = process.extract(
            component.text.lower(),
            subject.vocabulary.words(kind),
            scorer=fuzz.ratio,
            limit=3,
            score_cutoff=_NEAR,
        )
        words = [word for word, _, _ in near]
        hint = f"; nearest: {', '.join(words)}" if words else ""
        yield Finding(
            f"the {kind} “{component.text}” is not in the vocabulary{hint}",
            span=component.span,
            expected=words[0] if words else None,
            actual=component.text,
            fixes=tuple((Edit(component.span, word),) for word in words),
        )
