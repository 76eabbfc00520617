"""Waivers: which exception lifts which violation, and which have run out. The one evaluator of them."""

from __future__ import annotations

from datetime import UTC
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from namegate_policy.language.policy import Policy, Waiver


def active_waiver(policy: Policy, name: str, rule: str, now: datetime) -> Waiver | None:
    """Return the first waiver that holds at `now` for the full id `name` and the code `rule`, if any.

    Raises ValueError for a `now` without a time zone.
    """
    for waiver in policy.waivers:
        if rule in waiver.rules and not has_expired(waiver, now) and fnmatchcase(name, waiver.match):
            return waiver
    return None


def has_expired(waiver: Waiver, now: datetime) -> bool:
    """Return whether the waiver's last day, in UTC, is over at `now`.

    Raises ValueError for a `now` without a time zone.
    """
    if now.tzinfo is None:
        raise ValueError("the time has no time zone; a waiver's last day is counted in UTC")
    return now.astimezone(UTC).date() > waiver.expires


def expired_waivers(policy: Policy, now: datetime) -> tuple[Waiver, ...]:
    """Return the waivers that lift nothing any more, in the policy's order."""
    return tuple(waiver for waiver in policy.waivers if has_expired(waiver, now))
