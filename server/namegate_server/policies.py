"""The policies that a server knows: the packs that Namegate ships, and a folder of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from namegate_policy.errors import NamegateError, PolicyError, PolicyNotFoundError
from namegate_policy.language import load_policy
from namegate_policy.language.documents import PACK
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from namegate_policy.language import Policy

RECOMMENDED = f"{PACK}recommended"


class PolicyUnavailableError(NamegateError):
    """The policy is there and does not load, so that nothing can be decided by it."""

    kind = "policy-unavailable"
    status = 503


class AmbiguousPolicyError(NamegateError):
    """Several policies are bound to an organization, and the request names none of them."""

    kind = "ambiguous-policy"


@dataclass(frozen=True, slots=True)
class PolicyShelf:
    """Policies by the reference that requests name them by, and those that do not load, with the error."""

    loaded: Mapping[str, Policy]
    broken: Mapping[str, PolicyError]

    @classmethod
    def load(cls, policies: Path | None) -> PolicyShelf:
        """Load all packs, and the policies of a folder under the names that they give themselves."""
        loaded: dict[str, Policy] = {}
        broken: dict[str, PolicyError] = {}
        for pack in _policy_files(folder("policies")):
            reference = f"{PACK}{pack.stem}"
            try:
                loaded[reference] = load_policy(reference)
            except PolicyError as error:
                broken[reference] = error
        for file in _policy_files(policies) if policies else ():
            try:
                policy = load_policy(file.name, base=policies)
            except PolicyError as error:
                broken[file.name] = error
                continue
            if policy.name in loaded:
                broken[file.name] = PolicyError(f"another file defines a policy named {policy.name!r}")
            loaded.setdefault(policy.name, policy)
        return cls(loaded, broken)

    def choose(self, reference: str | None, name: str) -> Policy:
        """Return the policy named, else the one of the folder that is bound to the name's organization.

        Where none is bound it is `namegate:recommended`. Raises AmbiguousPolicyError where several are,
        and the errors of `get`.
        """
        if reference is not None:
            return self.get(reference)
        organization = name.rpartition("/")[0]
        bound = [
            known
            for known, policy in self.loaded.items()
            if not known.startswith(PACK) and policy.organizations and policy.binds(organization)
        ]
        if len(bound) > 1:
            raise AmbiguousPolicyError(
                f"several policies are for {organization}: {', '.join(bound)}; the request has to name one"
            )
        return self.get(bound[0] if bound else RECOMMENDED)

    def get(self, reference: str) -> Policy:
        """Return a policy; raises PolicyNotFoundError, or PolicyUnavailableError where it does not load."""
        if (policy := self.loaded.get(reference)) is not None:
            return policy
        if self.broken:
            names = ", ".join(self.broken)
            raise PolicyUnavailableError(
                f"unable to decide: no policy that loads is named {reference!r}, and {names} does not load"
            )
        known = ", ".join(self.loaded)
        raise PolicyNotFoundError(f"there is no policy {reference!r} here; known: {known}")


def _policy_files(directory: Path) -> Iterator[Path]:
    return (file for file in sorted(directory.glob("*.yaml")) if not file.stem.endswith("_test"))
