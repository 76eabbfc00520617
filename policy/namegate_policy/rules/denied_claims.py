"""Findings on claims that the weights deny; shared by rules on structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.rules.base import Finding
from namegate_policy.verdict import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate_policy.architecture.claims.structure import Claim


def denied(claims: Iterable[Claim]) -> Iterator[Finding]:
    """Yield a finding for each claim; what the weights prove instead, where it is one word, is the repair."""
    for claim in claims:
        yield Finding(
            f"the name says {claim.said}, the weights have {claim.held}",
            claim.span,
            claim.expected,
            claim.held,
            ((Edit(claim.span, claim.expected),),) if claim.expected else (),
        )
