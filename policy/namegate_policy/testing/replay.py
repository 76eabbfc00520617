"""Replays: the verdicts of a policy on many names, and what another revision would change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from namegate_policy.engine import judge
from namegate_policy.errors import UnreadableNameError
from namegate_policy.language.waivers import active_waiver

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from namegate_policy.language import Policy, Waiver

UNREADABLE = "unreadable-name"


@dataclass(frozen=True, slots=True)
class Decision:
    """What one policy says of one name: the codes that deny it, and those that do not."""

    allowed: bool
    denying: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """The decisions of a policy, name by name, and in how many names each rule spoke."""

    policy: Policy
    decisions: dict[str, Decision] = field(default_factory=dict)
    denying: Counter[str] = field(default_factory=Counter)
    speaking: Counter[str] = field(default_factory=Counter)
    unused_waivers: tuple[Waiver, ...] = ()

    @property
    def denied(self) -> int:
        """The number of names that are denied."""
        return sum(not decision.allowed for decision in self.decisions.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What a new policy does to names beside the old one."""

    names: int
    newly_denied: tuple[str, ...]
    newly_allowed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"would newly deny {len(self.newly_denied):,} of {self.names:,} names, "
            f"newly allow {len(self.newly_allowed):,}"
        )


def replay(policy: Policy, names: Iterable[str], *, now: datetime) -> Replay:
    """Return what the policy decides on each name, by the name alone. Equal names count once."""
    found = Replay(policy)
    used: set[Waiver] = set()
    for name in names:
        if name in found.decisions:
            continue
        try:
            verdict = judge(name, policy, now=now, suggest=False)
        except UnreadableNameError:
            found.decisions[name] = Decision(False, (UNREADABLE,), ())
            found.denying[UNREADABLE] += 1
            continue
        for violation in verdict.violations:
            if violation.waived_by is not None:
                waiver = active_waiver(policy, name, violation.code, now)
                used |= {waiver} if waiver else set()
        denying = tuple(sorted({each.code for each in verdict.violations if each.denies}))
        spoken = {each.code for each in verdict.violations if each.waived_by is None}
        found.decisions[name] = Decision(verdict.allowed, denying, tuple(sorted(spoken - set(denying))))
        found.denying.update(denying)
        found.speaking.update(spoken)
    found.unused_waivers = tuple(waiver for waiver in policy.waivers if waiver not in used)
    return found


def compare(new: Replay, old: Replay) -> Change:
    """Return what the new policy denies or allows otherwise than the old one, over the same names."""
    return Change(
        names=len(new.decisions),
        newly_denied=tuple(
            name for name, now in new.decisions.items() if not now.allowed and old.decisions[name].allowed
        ),
        newly_allowed=tuple(
            name for name, now in new.decisions.items() if now.allowed and not old.decisions[name].allowed
        ),
    )
