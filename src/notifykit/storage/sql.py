"""Submissions in PostgreSQL or SQLite."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import DateTime, func
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from notifykit.errors import LeaseLostError, StorageError
from notifykit.message import Email
from notifykit.storage import statements
from notifykit.storage.base import Filter
from notifykit.storage.engines import READS, open_engine
from notifykit.storage.failures import in_plain_words
from notifykit.storage.urls import database
from notifykit.submission import Attempt, Hold, Lease, Submission


class SqlRepository:
    """
    Keeps submissions in ``order_submissions``, ``delivery_attempts`` and ``provider_holds``.

    What `add` and `save` return has reached the disk. SQLite makes its tables at first use; for
    PostgreSQL `notifykit.storage.migrate.migrate` does. Nothing is connected before first use, and
    from then on the repository belongs to the event loop it was used in.

    Args:
        url: ``postgresql://…`` in any spelling (asyncpg; psycopg with ``postgresql+psycopg://``),
            ``sqlite:///file.db``, or ``sqlite://`` for memory.
        clock: In place of the store's own time, for tests. That is the server's with PostgreSQL,
            and this machine's with SQLite.

    Raises:
        ConfigurationError: The URL is wrong or its driver is not installed; later also that the
            tables or the file's folder are missing.
    """

    def __init__(
        self, url: str | SecretStr, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._database = database(url)
        self._clock = clock
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<SqlRepository {self._database.name}>"

    async def add(
        self,
        submission: Submission,
        *,
        lease: Lease | None = None,
        window: timedelta | None = None,
    ) -> Submission:
        """Keep a new submission, or find the one with its key; the database decides races."""
        now = self._now()
        async with self._begin() as connection:
            if window is not None:
                await connection.execute(statements.retirement(submission, now - window))
            insertion = statements.insertion(self._dialect, submission, lease, now)
            if added := (await connection.execute(insertion)).mappings().one_or_none():
                return _submission(added, submission.email)
            first = await _found(connection, statements.first_with_key(submission))
        if not first:
            raise StorageError(f"{self._database.name}: the first one was removed just now")
        return replace(first[0], repeated=True)

    async def get(self, id: str) -> Submission | None:  # noqa: A002 - the attribute has this name
        """Find a submission by id."""
        async with self._begin(READS) as connection:
            found = await _found(connection, statements.by_id(id))
        return found[0] if found else None

    async def claim(self, *, source: str, lease: Lease, limit: int = 1) -> Sequence[Submission]:
        """Take what is due, the longest waiting first, passing over what others are taking."""
        now = self._now()
        async with self._begin() as connection:
            due = await connection.execute(statements.due(source, limit, now))
            ids = list(due.scalars())
            # Two statements: as a subquery of the update, PostgreSQL may run the first one more
            # than once, and lock more than the limit.
            claimed = await _found(connection, statements.leasing(ids, lease, now)) if ids else []
        return sorted(claimed, key=lambda submission: ids.index(submission.id))

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """Keep the state and the newest attempt; only the attempt where the lease was lost."""
        saving = statements.saving(submission, again_in, self._now())
        async with self._begin() as connection:
            saved = (await connection.execute(saving)).mappings().all()
            if not saved and not await _found(connection, statements.by_id(submission.id)):
                raise StorageError(f"there is no submission {submission.id}")
            for attempt in submission.attempts[-1:]:
                await connection.execute(
                    statements.attempt_upsert(self._dialect, attempt, submission.id)
                )
            kept = await _with_attempts(connection, saved, submission.email)
        if not kept:
            raise LeaseLostError(f"somebody else works on submission {submission.id} now")
        return kept[0]

    async def recent(self, filter: Filter = Filter(), *, limit: int = 50) -> Sequence[Submission]:  # noqa: A002, B008 - frozen value; the word of the field
        """List submissions, newest first."""
        async with self._begin(READS) as connection:
            return await _found(connection, statements.listing(filter, limit))

    async def hold(self, hold: Hold, *, lasting: timedelta) -> None:
        """Leave a provider alone for so long."""
        until = self._now() + lasting
        async with self._begin() as connection:
            await connection.execute(statements.hold_upsert(self._dialect, hold, until))

    async def release(self, source: str, provider: str) -> None:
        """Lift a hold."""
        async with self._begin() as connection:
            await connection.execute(statements.hold_removal(source, provider))

    async def holds(self, source: str) -> Sequence[Hold]:
        """List the holds in force."""
        async with self._begin(READS) as connection:
            found = await connection.execute(statements.holds_of(source, self._now()))
            return [Hold(**row) for row in found.mappings()]

    async def aclose(self) -> None:
        """Let go of connections; the next use opens new ones."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    @property
    def _dialect(self) -> str:
        return self._database.url.get_backend_name()

    def _now(self) -> Any:
        if self._clock is not None:
            return self._clock()
        if self._database.is_sqlite:
            return datetime.now(UTC)
        # Not clock_timestamp(): that may change from row to row, so no index could be used.
        return func.statement_timestamp(type_=DateTime(timezone=True))

    @asynccontextmanager
    async def _begin(self, options: dict[str, Any] | None = None) -> AsyncIterator[AsyncConnection]:
        with in_plain_words(self._database.name):
            engine = (await self._opened()).execution_options(**(options or {}))
            async with engine.begin() as connection:
                if options is not READS and not self._database.is_sqlite:
                    # In every transaction: a pooler may give the next one another session.
                    await connection.exec_driver_sql("SET LOCAL synchronous_commit TO on")
                yield connection

    async def _opened(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is None:
                self._engine = await open_engine(self._database)
            return self._engine


async def _found(connection: AsyncConnection, statement: Any) -> list[Submission]:
    rows = (await connection.execute(statement)).mappings().all()
    return await _with_attempts(connection, rows)


async def _with_attempts(
    connection: AsyncConnection, rows: Sequence[RowMapping], email: Email | None = None
) -> list[Submission]:
    if not rows:
        return []
    known = defaultdict(list)
    ids = [row["id"] for row in rows]
    for row in (await connection.execute(statements.attempts_of(ids))).mappings():
        known[row["submission_id"]].append(_attempt(row))
    return [_submission(row, email, tuple(known[row["id"]])) for row in rows]


def _submission(
    row: RowMapping, email: Email | None, attempts: tuple[Attempt, ...] = ()
) -> Submission:
    return Submission(**{"email": email, **row, "attempts": attempts})


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{name: row[name] for name in row if name not in ("number", "submission_id")})
