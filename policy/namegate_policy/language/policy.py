"""A policy, loaded: what the engine judges by. Built once a revision, immutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from namegate_policy.language.compile import Check, compile_rules

if TYPE_CHECKING:
    from datetime import date

    from namegate_policy.naming import Vocabulary
    from namegate_policy.rules.base import Finding, Options, Rule, Subject
    from namegate_policy.verdict import Location, Mode, Severity


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """A rule that a policy turns on, with its severity, its mode and its options.

    `mode` is the rule's own where the policy gives it one, else the policy's; `location` is where
    the policy (or the pack that it extends) last set the rule.
    """

    rule: Rule[Any]
    severity: Severity
    options: Options
    location: Location
    mode: Mode


@dataclass(frozen=True, slots=True)
class Waiver:
    """An exception: names that `match` (a glob on the full id) may break `rules` (codes) for now.

    It holds through the day `expires` (UTC), and not a day longer.
    """

    match: str
    rules: tuple[str, ...]
    reason: str
    approved_by: str
    expires: date
    location: Location


@dataclass(frozen=True)
class Policy:
    """What an organization asks of names. `digest` is the SHA-256 of the resolved document in hex.

    `failure` is what a hook does when no decision can be had: `closed` refuses, `open` lets pass.
    """

    name: str
    revision: str
    description: str
    mode: Mode
    failure: str
    scheme: str
    vocabulary: Vocabulary
    rules: tuple[ActiveRule, ...]
    waivers: tuple[Waiver, ...]
    digest: str

    def check(self, subject: Subject) -> list[tuple[ActiveRule, Finding]]:
        """Return what every active rule finds, in the order of the rules; waivers are not applied."""
        return self._check(subject)

    @cached_property
    def _check(self) -> Check:
        return compile_rules(self.rules)
