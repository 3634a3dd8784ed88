"""Rows become submissions, with their attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Dialect

from notifykit.message import Email
from notifykit.storage import statements
from notifykit.storage.direct import Direct, Prepared
from notifykit.storage.tables import submissions
from notifykit.submission import Attempt, Submission

Attempts = Mapping[str, tuple[Attempt, ...]]

_ATTEMPTS = Prepared(statements.attempts_of_given)
_FIELDS = frozenset(column.name for column in submissions.c if column.name != "search")


class Executor(Protocol):
    """A connection of SQLAlchemy, or one that can do as much of it as this package needs."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        ...

    def execute(self, statement: Any, rows: Any = None, /) -> Any:
        """Run a statement."""
        ...

    def exec_driver_sql(self, statement: str, /) -> Any:
        """Run a statement in the driver's own words."""
        ...


@contextmanager
def impatient(connection: Executor, *, many: bool) -> Iterator[None]:
    """
    Let a row that somebody else has locked fail the batch, so that only its own caller waits.

    At commit it is patient again: whoever notifies waits there for others who do, and that is
    nobody's fault.
    """
    if not many or connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
    yield
    connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


def found(connection: Executor, statement: Any) -> list[Submission]:
    """Run a statement that gives submissions, and find their attempts."""
    return with_attempts(connection, connection.execute(statement).mappings().all())


def with_attempts(connection: Executor, rows: Sequence[Mapping[Any, Any]]) -> list[Submission]:
    """Find the attempts of rows that were read before."""
    known = attempts_of(connection, [row["id"] for row in rows])
    return [submission_of(row, None, known.get(row["id"], ())) for row in rows]


def attempts_of(connection: Executor | Direct, ids: Sequence[str]) -> Attempts:
    """Find the attempts of several submissions at once, oldest first."""
    known = defaultdict(list)
    for row in _attempt_rows(connection, list(ids)) if ids else ():
        known[row["submission_id"]].append(_attempt(row))
    return {id_: tuple(attempts) for id_, attempts in known.items()}


def _attempt_rows(connection: Executor | Direct, ids: list[str]) -> Iterable[Mapping[Any, Any]]:
    if isinstance(connection, Direct):
        return connection.run(_ATTEMPTS, {"ids": ids})
    rows: Iterable[Mapping[Any, Any]] = connection.execute(statements.attempts_of(ids)).mappings()
    return rows


def submission_of(
    row: Mapping[Any, Any], email: Email | None, attempts: tuple[Attempt, ...] = ()
) -> Submission:
    """Make a submission of a row, with this email where the row comes without."""
    given = {name: row[name] for name in row if name in _FIELDS}
    return Submission(**{"email": email, **given, "attempts": attempts})


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    return Attempt(**{name: row[name] for name in row if name not in ("number", "submission_id")})
