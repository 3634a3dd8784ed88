"""Submissions in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from notifykit.errors import StorageError
from notifykit.storage import statements
from notifykit.storage.accepting import Wanted, add_all, add_new, broke, concerns_one_row
from notifykit.storage.batching import Batches
from notifykit.storage.claiming import claim_due, tried
from notifykit.storage.connections import unbroken
from notifykit.storage.deciding import SqlDecisions
from notifykit.storage.holding import SqlHolds
from notifykit.storage.joining import HostTransaction
from notifykit.storage.limiting import SqlLimits
from notifykit.storage.listing import SqlLists
from notifykit.storage.notifying import payload
from notifykit.storage.probing import SqlProbe
from notifykit.storage.recording import SqlEvents
from notifykit.storage.rows import Attempts, attempts_of, found, submission_of
from notifykit.storage.saving import Change, lost, save_all
from notifykit.storage.saving_ordinary import is_ordinary, save_ordinary
from notifykit.storage.tallying import SqlFigures
from notifykit.submission import Lease, Status, Submission

# Bytes of mail that go into one commit together.
_HEAVIEST = 8 * 1024 * 1024
# Of what is claimed together, without the last one, which may have another 27 MB.
_HEAVIEST_CLAIM = 32 * 1024 * 1024


class SqlRepository(SqlHolds, SqlEvents, SqlLimits, SqlProbe, SqlLists, SqlFigures, SqlDecisions):
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
        super().__init__(url, clock=clock)
        self._accepting: Batches[Wanted, Submission] = Batches(
            self._accept,
            divisible=concerns_one_row,
            weight=lambda wanted: wanted.weight,
            heaviest=_HEAVIEST,
        )
        self._saving: Batches[Change, Submission] = Batches(self._save, divisible=concerns_one_row)
        self._keeping: Batches[Change, Submission | None] = Batches(
            self._keep, divisible=concerns_one_row
        )
        self._batches += self._accepting, self._saving, self._keeping

    async def add(
        self,
        submission: Submission,
        *,
        lease: Lease | None = None,
        window: timedelta | None = None,
    ) -> Submission:
        """
        Keep a new submission, or find the one with its key; the database decides races.

        Calls that come while another one's commit is under way share the next commit.
        """
        return await self._accepting.call(Wanted(submission, lease, window))

    @unbroken
    async def get(self, id: str) -> Submission | None:  # noqa: A002 - the attribute has this name
        """Find a submission by id."""
        one = await self._read(partial(found, statement=statements.by_id(id)))
        return one[0] if one else None

    @unbroken
    async def claim(
        self,
        *,
        source: str,
        lease: Lease,
        limit: int = 1,
        id: str | None = None,  # noqa: A002 - the attribute has this name
        fence: int | None = None,
    ) -> Sequence[Submission]:
        """Take what has been due for the longest, passing over what others are taking."""
        now = self._now()
        if id is not None:
            claiming = statements.claiming_one(source, id, lease, now, fence=fence)
            return await self._write(partial(found, statement=claiming))
        heaviest = self._most_at_once(limit)
        claim = partial(
            claim_due, source=source, lease=lease, limit=limit, now=now, heaviest=heaviest
        )
        # What a broken try claimed after all waits for its lease to run out. What was claimed does
        # not, only because the connection breaks before its attempts are read.
        rows = await self._at_once(claim, repeatable=True)
        known: Attempts = {}
        if ids := tried(rows):
            # Not as `reads`: with SQLite it would wait behind a long list, while the lease runs.
            known = await self._at_once(partial(attempts_of, ids=ids), repeatable=True)
        ours = [submission_of(row, None, known.get(row["id"], ())) for row in rows]
        return sorted(ours, key=lambda submission: submission.created_at)

    @unbroken
    async def renew(self, submission: Submission, lease: Lease) -> None:
        """Let the lease run from now on."""
        renewal = statements.renewal(submission, lease, self._now())
        renewed = await self._write(lambda connection: connection.execute(renewal).all())
        if not renewed:
            raise lost(submission)

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """
        Keep the state and the newest attempt; only the attempt where the lease was lost.

        Calls that come while another one's commit is under way share the next commit.
        """
        change = Change(submission, again_in)
        if not self._database.is_sqlite and is_ordinary(change):
            kept = await self._keeping.call(change)
            if kept is not None:
                return kept
        return await self._saving.call(change)

    async def changed(self, source: str, *, within: timedelta) -> None:
        """
        Wait until something may have become due.

        PostgreSQL tells it, on whichever host it happened; behind a pooler that cannot be heard. Of
        an SQLite file only what this repository did itself is heard.
        """
        if not self._database.is_sqlite and not self._database.is_pooled:
            self._listener.start()
        await self._wakeups.wait(payload(source), within)

    def within(self, host: Any) -> HostTransaction:
        """
        Work within a transaction of the host application, on the host's own connection.

        Args:
            host: SQLAlchemy's ``AsyncSession`` or ``AsyncConnection``, or, with PostgreSQL, a
                connection of asyncpg or an ``AsyncConnection`` of psycopg, to the database that
                has our tables.

        Raises:
            ConfigurationError: It is something else.
        """
        return HostTransaction(host, database=self._database, now=self._now, take=self.take)

    def _most_at_once(self, limit: int) -> int | None:
        return _HEAVIEST_CLAIM if limit > 1 and not self._database.is_sqlite else None

    async def _accept(self, wanted: Sequence[Wanted]) -> Sequence[Submission | Exception]:
        kept = await self._accepted(wanted)
        # Here and not by the callers, who may have given up on what was accepted all the same.
        for one in kept:
            if isinstance(one, Submission) and one.status is Status.QUEUED and not one.repeated:
                self._wake(one.source)
        return kept

    async def _accepted(self, wanted: Sequence[Wanted]) -> Sequence[Submission | Exception]:
        if len(wanted) == 1:
            # Most are new, and then one statement that is its own transaction is enough.
            try:
                new = await self._at_once(partial(add_new, wanted=wanted[0], now=self._now()))
            except StorageError as error:
                if not broke(error):
                    raise
                wanted = [replace(wanted[0], maybe_kept=True)]
            else:
                if new is not None:
                    return [new]
        try:
            return await self._write(partial(add_all, wanted=wanted, now=self._now(), ours=True))
        except StorageError as error:
            if not broke(error):
                raise
        # The commit may have been done all the same.
        wanted = [replace(one, maybe_kept=True) for one in wanted]
        return await self._write(partial(add_all, wanted=wanted, now=self._now(), ours=True))

    async def _keep(self, changes: Sequence[Change]) -> Sequence[Submission | None]:
        keep = partial(save_ordinary, changes=changes, now=self._now())
        # Who does it again does the same again, unless somebody else has the lease by then.
        return await self._at_once(keep, repeatable=True)

    async def _save(self, changes: Sequence[Change]) -> Sequence[Submission | Exception]:
        saved = await self._write(partial(save_all, changes=changes, now=self._now()))
        for change, kept in zip(changes, saved, strict=True):
            if change.wakes and isinstance(kept, Submission):
                self._wake(change.submission.source)
        return saved
