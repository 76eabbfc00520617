"""The decision log: every verdict that the server gave, in a database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from namegate_policy.verdict import Verdict

_METADATA = MetaData()
_DECISIONS = Table(
    "namegate_decisions",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=False), nullable=False),
    Column("decision_id", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("client", Text),
    Column("verdict", Text, nullable=False),
    Index("namegate_decisions_id", "decision_id"),
    Index("namegate_decisions_name", "name"),
)


class DecisionLogError(NamegateError):
    """The decision log cannot be written or read; what is not recorded is not decided."""

    kind = "decision-log-unavailable"
    status = 503


class DecisionNotFoundError(NamegateError):
    """No decision has that id."""

    kind = "decision-not-found"
    status = 404


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the log. `number` counts up; `at` is UTC; `client` is whose key it was, if keys are used."""

    number: int
    at: datetime
    decision_id: str
    name: str
    policy: str
    revision: str
    outcome: str
    client: str | None


class DecisionLog:
    """A log in SQLite, PostgreSQL or another database of SQLAlchemy; its table is made when missing."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = create_engine(url, pool_pre_ping=True)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _set_up_sqlite)
            _METADATA.create_all(self._engine)
        except ModuleNotFoundError as error:
            raise DecisionLogError(
                f"unable to open the decision log: {error.name} is not installed; "
                "for PostgreSQL: pip install 'namegate[postgresql]'"
            ) from error
        except (SQLAlchemyError, ImportError) as error:
            raise DecisionLogError(f"unable to open the decision log: {_reason(error)}") from error

    def record(self, verdicts: Sequence[Verdict], at: datetime, client: str | None) -> None:
        """Write verdicts; raises DecisionLogError."""
        rows = [
            {
                "at": at.replace(tzinfo=None),
                "decision_id": verdict.decision_id,
                "name": verdict.name.text,
                "policy": verdict.policy.name,
                "revision": verdict.policy.revision,
                "outcome": verdict.outcome.value,
                "client": client,
                "verdict": verdict.to_json().decode(),
            }
            for verdict in verdicts
        ]
        if rows:
            with self._connection() as connection:
                connection.execute(insert(_DECISIONS), rows)

    def latest(
        self, limit: int, *, before: int | None = None, name: str | None = None, outcome: str | None = None
    ) -> list[Decision]:
        """Return decisions, the last one first, further back than the number `before` if given."""
        columns = [column for column in _DECISIONS.columns if column.name != "verdict"]
        query = select(*columns).order_by(_DECISIONS.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_DECISIONS.c.number < before)
        if name is not None:
            query = query.where(_DECISIONS.c.name == name)
        if outcome is not None:
            query = query.where(_DECISIONS.c.outcome == outcome)
        with self._connection() as connection:
            return [Decision(**row._mapping) for row in connection.execute(query)]

    def verdict(self, decision_id: str) -> bytes:
        """Return a verdict as it was given, byte for byte; raises DecisionNotFoundError."""
        query = select(_DECISIONS.c.verdict).where(_DECISIONS.c.decision_id == decision_id).limit(1)
        with self._connection() as connection:
            found: str | None = connection.execute(query).scalar()
        if found is None:
            raise DecisionNotFoundError(f"no decision has the id {decision_id!r}")
        return found.encode()

    def ping(self) -> None:
        """Raise DecisionLogError when the database does not answer."""
        with self._connection() as connection:
            connection.execute(select(_DECISIONS.c.number).limit(1))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DecisionLogError(f"unable to decide: the decision log fails: {_reason(error)}") from error


def _set_up_sqlite(connection: object, _record: object) -> None:
    # Readers and the writer do not wait for each other, and a busy file is waited for.
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


def _reason(error: Exception) -> str:
    """Return the first line of what the driver says, without the statement and the address."""
    cause = getattr(error, "orig", None) or error
    return str(cause).partition("\n")[0] or type(cause).__name__
