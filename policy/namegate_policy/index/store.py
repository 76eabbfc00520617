"""An index of names in SQLite: a file for millions of names, or memory for a list of them."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zlib
from collections import Counter
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from namegate_policy.errors import EvidenceError
from namegate_policy.index.fold import fold, fold_organization, halves, near_halves, one_edit_apart
from namegate_policy.index.names import KnownName, KnownOrganization

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SQLITE = b"SQLite format 3\0"
_GZIP = b"\x1f\x8b"
_BATCH = 100_000
_LONGEST = 1024
"""Characters of a name in a list; longer lines mean that the file is no list of names."""

_TABLES = """
PRAGMA application_id = 0x6e616d65;
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, text TEXT NOT NULL, owner TEXT);
CREATE TABLE IF NOT EXISTS organizations (
  id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, names INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS owners (
  organization TEXT, owner TEXT, PRIMARY KEY (organization, owner)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (key INTEGER, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;
"""


class NameStore:
    """A `NameIndex` in an SQLite database.

    `keys` maps 64-bit hashes to rows of `names` and `organizations`: each name is filed under the halves
    of its folded repository (`index.fold`) together with its folded organization, and under its letters
    alone; a hash that two texts share costs a comparison and no more.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> NameStore:
        """Open an index file, or read a list of names into memory.

        A list is a text, gzipped or not, of one name a line, or of one JSON object a line with `name` and
        `owner`. Raises EvidenceError for any other file and FileNotFoundError where there is none.
        """
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
        if start != _SQLITE:
            store = cls.create(":memory:")
            store.add(read_names(path))
            return store
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            connection.execute("SELECT key, id FROM keys LIMIT 1").fetchone()
            connection.execute("SELECT id, text, owner FROM names LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            connection.close()
            raise EvidenceError(f"{path.name} is no index of names: {error}") from error
        return cls(connection)

    @classmethod
    def create(cls, path: Path | str) -> NameStore:
        """Create an index in a file that does not exist yet, or open one that does, to extend it.

        Raises EvidenceError for a file that is no index, or that cannot be written.
        """
        try:
            connection = sqlite3.connect(path, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise EvidenceError(f"{path}: {error}") from error
        try:
            connection.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise EvidenceError(f"{path} is no index of names: {error}") from error
        return cls(connection)

    def add(self, names: Iterable[KnownName]) -> int:
        """Add names, and return how many were given; one that is there already changes no answer."""
        organizations: Counter[str] = Counter()
        owners: set[tuple[str, str]] = set()
        added = 0
        with self._connection as connection:
            connection.execute("DROP TABLE IF EXISTS staged")
            connection.execute("CREATE TEMP TABLE staged (key INTEGER, id INTEGER)")
            last = connection.execute("SELECT coalesce(max(id), 0) FROM names").fetchone()[0]
            numbered = enumerate(names, last + 1)
            while batch := list(islice(numbered, _BATCH)):
                rows: list[tuple[int, str, str | None]] = []
                keys: list[tuple[int, int]] = []
                for number, name in batch:
                    organization, repository = split(name.text)
                    rows.append((number, name.text, name.owner))
                    keys.extend((key, number) for key in _name_keys(organization, repository))
                    if organization:
                        organizations[organization] += 1
                        if name.owner is not None:
                            owners.add((organization.casefold(), name.owner))
                connection.executemany("INSERT INTO names VALUES (?, ?, ?)", rows)
                connection.executemany("INSERT INTO staged VALUES (?, ?)", keys)
                added += len(batch)
            connection.executemany("INSERT OR IGNORE INTO owners VALUES (?, ?)", owners)
            connection.executemany(
                "INSERT INTO organizations (name, names) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET names = names + excluded.names",
                organizations.items(),
            )
            connection.executemany(
                "INSERT INTO staged SELECT ?, id FROM organizations WHERE name = ?",
                (
                    (_hash("o", half), name)
                    for name in organizations
                    for half in halves(fold_organization(name))
                ),
            )
            # Rows in the order of the tree fill its pages one after another.
            connection.execute("INSERT OR IGNORE INTO keys SELECT key, id FROM staged ORDER BY key, id")
            connection.execute("DROP TABLE staged")
        return added

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def get(self, text: str) -> KnownName | None:
        """Return the known name that equals `text` but for letter case."""
        organization, repository = split(text)
        folded = text.casefold()
        key = _hash("n", fold_organization(organization), halves(fold(repository))[0])
        return next((known for known in self._names([key]) if known.text.casefold() == folded), None)

    def near(self, text: str) -> Sequence[KnownName]:
        """Return known names at most one edit away in organization and in repository, both folded."""
        organization, repository = split(text)
        folded, folded_repository = text.casefold(), fold(repository)
        organizations = {fold_organization(organization)}
        if organization:
            organizations.update(
                fold_organization(known.name) for known in self.organizations_near(organization)
            )
        keys = [_hash("n", each, half) for each in organizations for half in near_halves(folded_repository)]
        return [
            known
            for known in self._names(keys)
            if one_edit_apart(fold(split(known.text)[1]), folded_repository)
            and known.text.casefold() != folded
        ]

    def organizations_near(self, organization: str) -> Sequence[KnownOrganization]:
        """Return known organizations at most one edit from `organization`, folded; itself among them."""
        folded = fold_organization(organization)
        rows = self._rows(
            "SELECT DISTINCT name, names FROM keys CROSS JOIN organizations USING (id)",
            [_hash("o", half) for half in near_halves(folded)],
        )
        return [
            KnownOrganization(name, names)
            for name, names in rows
            if one_edit_apart(fold_organization(name), folded)
        ]

    def siblings(self, text: str) -> Sequence[KnownName]:
        """Return known names of the same organization that equal `text` but for digits and separators."""
        organization, repository = split(text)
        letters, folded = _letters(repository), text.casefold()
        return [
            known
            for known in self._names([_hash("v", organization.casefold(), letters)])
            if _letters(split(known.text)[1]) == letters and known.text.casefold() != folded
        ]

    def owners(self, organization: str) -> frozenset[str]:
        """Return the ids of the accounts that made the names of an organization."""
        query = "SELECT owner FROM owners WHERE organization = ?"
        return frozenset(owner for (owner,) in self._connection.execute(query, [organization.casefold()]))

    def _names(self, keys: list[int]) -> list[KnownName]:
        query = "SELECT DISTINCT text, owner FROM keys CROSS JOIN names USING (id)"
        return [KnownName(text, owner) for text, owner in self._rows(query, keys)]

    def _rows(self, query: str, keys: list[int]) -> Iterator[tuple[Any, Any]]:
        places = ",".join("?" * len(keys))
        return self._connection.execute(f"{query} WHERE key IN ({places})", keys)


def split(text: str) -> tuple[str, str]:
    """Return the organization, empty where there is none, and the repository."""
    organization, _, repository = text.rpartition("/")
    return organization, repository


def read_names(path: Path) -> Iterator[KnownName]:
    """Yield the names of a list; raises EvidenceError with the line that is none."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    number = 0
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, 1):
                text = line.strip()
                if text.startswith("{"):
                    yield _record(text, f"{path.name}:{number}")
                elif len(text) > _LONGEST or "\0" in text:
                    raise EvidenceError(f"{path.name}:{number}: this is no name")
                elif text:
                    yield KnownName(text)
        except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
            raise EvidenceError(f"{path.name}:{number + 1}: {error}") from error


def _record(text: str, place: str) -> KnownName:
    try:
        record = json.loads(text)
        name, owner = record["name"], record.get("owner")
        f"{name}{owner}".encode()
    except (ValueError, KeyError, RecursionError) as error:
        raise EvidenceError(f'{place}: expected {{"name": …, "owner": …}}, found {text[:80]}') from error
    if not isinstance(name, str) or not isinstance(owner, str | None) or len(name) > _LONGEST:
        raise EvidenceError(
            f"{place}: name and owner are texts, a name of up to {_LONGEST:,} characters; found {text[:80]}"
        )
    return KnownName(name, owner)


def _name_keys(organization: str, repository: str) -> Iterator[int]:
    folded = fold_organization(organization)
    for half in halves(fold(repository)):
        yield _hash("n", folded, half)
    yield _hash("v", organization.casefold(), _letters(repository))


_NO_LETTERS = re.compile(r"[\W\d_]+")


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())


def _hash(*parts: str) -> int:
    return int.from_bytes(
        blake2b("\0".join(parts).encode(errors="replace"), digest_size=8).digest(), signed=True
    )
