"""A policy, loaded: what the engine judges by. Built once a revision, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from namegate_policy.language.compile import Check
    from namegate_policy.language.document import WordPattern
    from namegate_policy.naming import Kind, ModelName, Vocabulary
    from namegate_policy.rules.base import Options, Rule
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


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organization asks of names. `digest` is the SHA-256 of the resolved document in hex.

    `failure` is what a hook does when no decision can be had: `closed` refuses, `open` lets pass.
    `read` reads a name in the policy's scheme with its vocabulary, and raises UnreadableNameError;
    `check` gives what every active rule finds on a subject, in the order of the rules; waivers are not
    applied. `organizations` and `registries` are globs, None for all. `params` are the values that custom
    rules read, `words` the words and patterns of words that it adds to the vocabulary. `origins` says where
    each setting was made: `mode`, `rules.NG402.tolerance` … → a place in the policy or in what it extends.
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
    read: Callable[[str], ModelName] = field(compare=False, repr=False)
    check: Check = field(compare=False, repr=False)
    organizations: tuple[str, ...] | None = None
    registries: tuple[str, ...] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[Kind, tuple[str | WordPattern, ...]] = field(default_factory=dict)
    origins: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    def binds(self, organization: str | None, registry: str | None = None) -> bool:
        """Return whether the policy is for names of this organization in this registry; None is *not known*.

        A name without an organization is bound only by a policy for all organizations.
        """
        return _among(organization, self.organizations) and (
            registry is None or _among(registry, self.registries)
        )


def _among(text: str | None, globs: tuple[str, ...] | None) -> bool:
    if globs is None:
        return True
    return text is not None and any(fnmatchcase(text.casefold(), glob.casefold()) for glob in globs)
