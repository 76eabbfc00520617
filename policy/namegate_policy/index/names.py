"""What an index of existing names answers: a file, a store or a server can stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name that exists; `owner` is the registry's lasting id of the account that made it, if known."""

    text: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization that has names in the registry, and how many."""

    name: str
    names: int


class NameIndex(Protocol):
    """The names of a registry."""

    def get(self, text: str) -> KnownName | None:
        """Return the known name that equals `text` but for letter case."""

    def near(self, text: str) -> Sequence[KnownName]:
        """Return known names of which organization and repository are within one edit of those of `text`.

        Both are compared folded (`index.fold`), so that look-alike characters and separators do not
        count; `text` itself, in any letter case, is not among them.
        """

    def organizations_near(self, organization: str) -> Sequence[KnownOrganization]:
        """Return known organizations at most one edit from `organization`, folded; itself among them."""

    def siblings(self, text: str) -> Sequence[KnownName]:
        """Return known names of the same organization that equal `text` but for digits and separators."""

    def owners(self, organization: str) -> frozenset[str]:
        """Return the ids of the accounts that made the names of an organization, in any letter case."""
