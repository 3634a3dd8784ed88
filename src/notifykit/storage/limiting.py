"""Limits that all workers share, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
)

from notifykit.errors import NotifykitError
from notifykit.rates import Rate
from notifykit.storage.accepting import concerns_one_row
from notifykit.storage.batching import Batches
from notifykit.storage.columns import storable
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.rows import Executor, found
from notifykit.storage.statements import INSERT, Time
from notifykit.storage.tables import buckets, submissions
from notifykit.submission import Status, Submission

# A bucket that has been full for so long is as good as none.
_KEPT = timedelta(days=7)
_SWEEP_EVERY = timedelta(hours=1)
_MOMENT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Take:
    """One call of `SubmissionRepository.take`."""

    source: str
    name: str
    rate: Rate
    cost: int


class SqlLimits(SqlConnections):
    """Keeps limits in ``rate_buckets``: when each bucket will be full again."""

    def __init__(
        self, url: str | SecretStr, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(url, clock=clock)
        self._taking: Batches[Take, timedelta] = Batches(self._take, divisible=concerns_one_row)
        self._batches.append(self._taking)
        self._swept: datetime | None = None

    async def take(self, source: str, name: str, rate: Rate, *, cost: int = 1) -> timedelta:
        """
        Take from a bucket, if there is enough in it.

        Calls that come while another one's commit is under way share the next commit.
        """
        return await self._taking.call(Take(storable(source), storable(name), rate, cost))

    @unbroken
    async def filling(self, source: str, name: str) -> timedelta:
        """Say how long until a bucket is full."""
        return await self._read(partial(_filling, source=source, name=name, now=self._now()))

    @unbroken
    async def known(
        self, submission: Submission, *, window: timedelta | None = None
    ) -> Submission | None:
        """Find the first submission with this one's key."""
        return await self._read(partial(known, submission, window, self._now()))

    async def _take(self, wanted: Sequence[Take]) -> Sequence[timedelta]:
        waits = await self._write(partial(take_each, wanted, self._now()))
        today = datetime.now(UTC)
        if self._swept is None or today - self._swept > _SWEEP_EVERY:
            self._swept = today
            # What was taken is taken: it must not look as if it had failed, and be taken again.
            with suppress(NotifykitError):
                await self._write(partial(_sweep, now=self._now()))
        return waits


def take_each(wanted: Sequence[Take], now: Time, connection: Executor) -> list[timedelta]:
    """Take what can be had of each, in a transaction of its own or of somebody else's."""
    take = _taken if connection.dialect.name == "postgresql" else _taken_under_lock
    # Transactions that take of the same buckets in the same order do not block each other for ever.
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place].source, wanted[place].name))
    waits = {place: take(connection, wanted[place], now) for place in order}
    return [waits[place] for place in range(len(wanted))]


def known(
    submission: Submission, window: timedelta | None, now: Time, connection: Executor
) -> Submission | None:
    """Find what `add` would find in place of this one."""
    first = select(submissions).where(
        submissions.c.source == storable(submission.source),
        submissions.c.idempotency_key == storable(submission.idempotency_key),
        submissions.c.status != Status.FAILED,
    )
    if window is not None:
        first = first.where(submissions.c.created_at >= now - window)
    return next((replace(one, repeated=True) for one in found(connection, first)), None)


def _taken(connection: Executor, take: Take, now: Time) -> timedelta:
    if connection.execute(_upsert("postgresql", take, now, _if_enough(take, now))).all():
        return timedelta(0)
    wait = take.rate.wait(*_seen(connection, take.source, take.name, now), take.cost)
    return max(wait, timedelta.resolution)  # somebody gave back meanwhile: then ask again


def _taken_under_lock(connection: Executor, take: Take, now: datetime) -> timedelta:
    # SQLite cannot reckon with microseconds, but it lets nobody else write until we are done.
    locking = buckets.update().values(full_at=buckets.c.full_at)
    ours = locking.where(*_is(take.source, take.name)).returning(buckets.c.full_at)
    full_at = connection.execute(ours).scalar_one_or_none()
    wait = take.rate.wait(full_at, now, take.cost)
    if not wait:
        full_at = take.rate.taken(full_at, now, take.cost)
        connection.execute(_upsert("sqlite", take, now, {"set_": {"full_at": full_at}}))
    return wait


def _if_enough(take: Take, now: Time) -> dict[str, Any]:
    """Say the same as `Rate.wait` and `Rate.taken` in SQL."""
    rate, full_at = take.rate, buckets.c.full_at
    stale = full_at > now + rate.reach
    start = func.greatest(case((stale, now), else_=full_at), now, type_=_MOMENT)
    return {
        "set_": {"full_at": start + rate.pause * take.cost},
        "where": or_(stale, full_at <= now + rate.slack(take.cost)),
    }


def _upsert(dialect: str, take: Take, now: Time, on_conflict: dict[str, Any]) -> Any:
    full_at = now + take.rate.pause * take.cost
    row = {"source": take.source, "name": take.name, "full_at": full_at}
    insert = INSERT[dialect](buckets).values(row)
    upsert = insert.on_conflict_do_update(index_elements=list(buckets.primary_key), **on_conflict)
    # What a crash of the server forgets here is a moment's takes: not worth waiting for its disk.
    quick = [func.set_config("synchronous_commit", "off", True)]  # noqa: FBT003 - PostgreSQL's own
    return upsert.returning(buckets.c.name, *(quick if dialect == "postgresql" else []))


def _is(source: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return buckets.c.source == source, buckets.c.name == name


def _seen(
    connection: Executor, source: str, name: str, now: Time
) -> tuple[datetime | None, datetime]:
    """Look when a bucket is full, and what time it is there."""
    full_at = select(buckets.c.full_at).where(*_is(source, name)).scalar_subquery()
    if isinstance(now, datetime):
        return connection.execute(select(full_at)).scalar_one(), now
    row = connection.execute(select(full_at, now)).one()
    return row[0], row[1]


def _filling(connection: Connection, *, source: str, name: str, now: Time) -> timedelta:
    full_at, now = _seen(connection, storable(source), storable(name), now)
    return max(full_at - now, timedelta(0)) if full_at else timedelta(0)


def _sweep(connection: Connection, *, now: Time) -> None:
    """Forget what has been full for long, passing over what others are using."""
    key = buckets.c.source, buckets.c.name
    full = select(*key).where(buckets.c.full_at < now - _KEPT).with_for_update(skip_locked=True)
    connection.execute(delete(buckets).where(tuple_(*key).in_(full)))
