"""Figures for the people who watch, from PostgreSQL or SQLite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    exists,
    extract,
    func,
    literal_column,
    select,
    type_coerce,
)

from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.listing import acknowledged, stands
from notifykit.storage.overview import (
    CALL,
    MEASURED,
    Accepted,
    Backlog,
    Choices,
    Pace,
    Period,
    Tally,
    Tried,
)
from notifykit.storage.tables import UNSENT, WAITING, attempts, submissions
from notifykit.submission import OPERATOR, Status

_DAY = 86_400
_NEWEST = 5_000
_TO_THE_HOUR = len("2026-01-31 09")
_OPEN = (Status.QUEUED, Status.SENDING, Status.UNCONFIRMED)


class SqlFigures(SqlConnections):
    """Counts by indexes that hold all that is counted."""

    @unbroken
    async def tally(self, period: Period) -> Tally:
        """Count what was accepted and what was tried."""
        return await self._read(partial(_tally, period=period))

    @unbroken
    async def backlog(
        self, source: str | None = None, *, calls_within: timedelta = timedelta(days=7)
    ) -> Backlog:
        """Count what is open now."""
        now = self._now()
        return await self._read(partial(_backlog, source=source, now=now, since=now - calls_within))

    @unbroken
    async def choices(self) -> Choices:
        """List what there is."""
        return await self._read(_choices)


def _tally(connection: Connection, *, period: Period) -> Tally:
    return Tally(
        since=period.since,
        until=period.until,
        accepted=_accepted(connection, period),
        tried=_tried(connection, period),
        pace=_pace(connection, period),
    )


def _accepted(connection: Connection, period: Period) -> tuple[Accepted, ...]:
    hour = _hour(connection, submissions.c.created_at)
    key = (hour, submissions.c.source, submissions.c.status)
    counted = select(*key, func.count()).where(*_accepted_in(connection, period)).group_by(*key)
    return tuple(
        Accepted(at=at, source=source, status=status, count=count)
        for at, source, status, count in sorted(_rows(connection, counted))
    )


def _tried(connection: Connection, period: Period) -> tuple[Tried, ...]:
    hour = _hour(connection, attempts.c.started_at)
    key = (hour, attempts.c.provider, attempts.c.outcome)
    within = _between(connection, attempts.c.started_at, period.since, period.until)
    counted = select(*key, func.count()).where(*within, attempts.c.provider != OPERATOR)
    if period.source is not None:
        ours = and_(
            submissions.c.source == period.source, submissions.c.id == attempts.c.submission_id
        )
        counted = counted.where(exists().where(ours))
    return tuple(
        Tried(at=at, provider=provider, outcome=outcome, count=count)
        for at, provider, outcome, count in sorted(_rows(connection, counted.group_by(*key)))
    )


def _pace(connection: Connection, period: Period) -> Pace | None:
    sent = submissions.c.sent_at.is_not(None)
    took = (
        select(_seconds(connection).label("seconds"))
        .where(*_accepted_in(connection, period), sent)
        .order_by(_newest_first(connection))
        .limit(MEASURED)
    )
    ordered = sorted(connection.execute(took).scalars())
    if not ordered:
        return None
    half, most = (
        timedelta(seconds=round(float(ordered[-(-len(ordered) * share // 100) - 1]), 3))
        for share in (50, 95)
    )
    return Pace(count=len(ordered), p50=half, p95=most)


def _backlog(connection: Connection, *, source: str | None, now: Any, since: Any) -> Backlog:
    ours = [] if source is None else [submissions.c.source == source]
    counts = {
        status: connection.execute(
            select(func.count()).where(UNSENT, stands(status), *ours)
        ).scalar_one()
        for status in _OPEN
    }
    oldest = (
        select(submissions.c.created_at)
        .where(UNSENT, stands(Status.QUEUED), *ours)
        .order_by(submissions.c.id)
        .limit(1)
    )
    lately = _between(connection, submissions.c.created_at, since)
    calls = select(func.count()).where(*lately, submissions.c.kind == CALL, ~acknowledged(), *ours)
    return Backlog(
        queued=counts[Status.QUEUED],
        sending=counts[Status.SENDING],
        unconfirmed=counts[Status.UNCONFIRMED],
        queued_since=connection.execute(oldest).scalar_one_or_none(),
        due_since=_due_since(connection, source, now),
        calls=connection.execute(calls).scalar_one(),
    )


def _due_since(connection: Connection, source: str | None, now: Any) -> datetime | None:
    # The index begins with the source: each has its own oldest.
    sources = _sources(connection) if source is None else [source]
    found = [
        connection.execute(
            select(submissions.c.due_at)
            .where(WAITING, submissions.c.source == each, submissions.c.due_at <= now)
            .order_by(submissions.c.due_at)
            .limit(1)
        ).scalar_one_or_none()
        for each in sources
    ]
    return min(filter(None, found), default=None)


def _choices(connection: Connection) -> Choices:
    providers = _each(connection, attempts.c.provider)
    return Choices(
        sources=tuple(_sources(connection)),
        kinds=tuple(sorted(_kinds(connection))),
        providers=tuple(name for name in providers if name != OPERATOR),
    )


def _sources(connection: Connection) -> list[str]:
    return _each(connection, submissions.c.source)


def _kinds(connection: Connection) -> set[str]:
    newest = select(submissions.c.kind).order_by(_newest_first(connection)).limit(_NEWEST)
    return set(connection.execute(newest).scalars())


def _each(connection: Connection, column: Column[Any]) -> list[str]:
    """List what a column holds, in order, going through the index from each to the next."""
    first = select(func.min(column).label("value")).cte("each_value", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).scalar_subquery()
    values = first.union_all(select(following).where(first.c.value.is_not(None)))
    return list(connection.execute(select(values).where(values.c.value.is_not(None))).scalars())


def _accepted_in(connection: Connection, period: Period) -> list[ColumnElement[bool]]:
    ours = [] if period.source is None else [submissions.c.source == period.source]
    created = submissions.c.created_at
    return [*_between(connection, created, period.since, period.until), *ours]


def _between(
    connection: Connection, moment: Column[Any], since: Any, until: datetime | None = None
) -> list[ColumnElement[bool]]:
    bounds = [moment >= since, *([] if until is None else [moment < until])]
    if connection.dialect.name == "postgresql":
        return bounds
    hour = _hour(connection, moment)
    first = hour >= _told(since)
    return [*bounds, first, *([] if until is None else [hour <= _told(until)])]


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ")[:_TO_THE_HOUR]


def _hour(connection: Connection, moment: Column[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return func.date_trunc("hour", moment, "UTC", type_=moment.type)
    # In the very words of the index.
    return literal_column(f"substr({moment.table.name}.{moment.name}, 1, {_TO_THE_HOUR})", Text)


def _newest_first(connection: Connection) -> ColumnElement[Any]:
    created = submissions.c.created_at
    is_postgres = connection.dialect.name == "postgresql"
    return created.desc() if is_postgres else _hour(connection, created).desc()


def _rows(connection: Connection, counted: Select[Any]) -> list[tuple[Any, ...]]:
    if connection.dialect.name == "postgresql":
        return [tuple(row) for row in connection.execute(counted)]
    return [
        (datetime.fromisoformat(f"{hour}:00+00:00"), *rest)
        for hour, *rest in connection.execute(counted)
    ]


def _seconds(connection: Connection) -> ColumnElement[Any]:
    since, until = submissions.c.created_at, submissions.c.sent_at
    if connection.dialect.name == "postgresql":
        return extract("epoch", until - since)
    days = func.julianday(type_coerce(until, Text)) - func.julianday(type_coerce(since, Text))
    return days * _DAY
