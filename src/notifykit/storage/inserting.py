"""Puts new submissions into their table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Interval,
    Text,
    bindparam,
    func,
    literal,
    select,
)

from notifykit.storage.direct import Direct, Prepared
from notifykit.storage.notifying import durably, waking
from notifykit.storage.rows import Executor, submission_of
from notifykit.storage.statements import INSERT, LIGHT, SERVER_TIME, Time
from notifykit.storage.tables import submissions
from notifykit.submission import Lease, Status, Submission

if TYPE_CHECKING:
    from datetime import timedelta

# What the store says, and not the caller.
_SAID = ("status", "due_at", "lease_owner", "fence", "created_at", "updated_at")
_GIVEN = [column.name for column in submissions.c if column.name not in _SAID]
_VALUES = attrgetter(*_GIVEN)


def inserted(
    connection: Executor | Direct, new: Iterable[tuple[Submission, Lease | None]], now: Time
) -> Iterator[Submission]:
    """Put in those whose key is not taken, each with the lease it comes with, and give them."""
    grouped = defaultdict(list)
    for submission, lease in new:
        grouped[lease].append(submission)
    for lease, together in grouped.items():
        if isinstance(connection, Direct):
            yield from _inserted_directly(connection, lease, together, now)
        else:
            yield from _inserted_as_told(connection, lease, together, now)


def _inserted_as_told(
    connection: Executor, lease: Lease | None, new: Sequence[Submission], now: Time
) -> Iterator[Submission]:
    for submission in new:
        row = {name: getattr(submission, name) for name in _GIVEN} | _said(lease, now)
        insertion = _insertion(connection.dialect.name, lease is None).values(row)
        for kept in connection.execute(insertion).mappings():
            yield submission_of(kept, submission.email)


def _inserted_directly(
    connection: Direct, lease: Lease | None, new: Sequence[Submission], now: Time
) -> Iterator[Submission]:
    told, leased = isinstance(now, datetime), lease is not None
    said: dict[str, Any] = _said(lease, now) if told else {}
    if lease is not None and not told:
        said = {"owner": lease.owner, "duration": lease.duration}
    if len(new) > 1 and connection.dialect.name == "postgresql":
        rows = [_VALUES(submission) for submission in new]
        columns = dict(zip(_GIVEN, map(list, zip(*rows, strict=True)), strict=True))
        found = connection.run(_additions(told=told, leased=leased), _bound(columns | said))
    else:
        addition = _addition(told=told, leased=leased)
        found = [
            row
            for submission in new
            for row in connection.run(
                addition, _bound(dict(zip(_GIVEN, _VALUES(submission), strict=True)) | said)
            )
        ]
    emails = {submission.id: submission.email for submission in new}
    return (submission_of(row, emails[row["id"]]) for row in found)


def _bound(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_": value for name, value in values.items()}


def _said(lease: Lease | None, now: Time) -> dict[str, Any]:
    said = {"created_at": now, "updated_at": now}
    if lease is None:
        return said | {"status": Status.QUEUED, "due_at": now, "lease_owner": None, "fence": 0}
    until = now + lease.duration
    return said | {
        "status": Status.SENDING,
        "due_at": until,
        "lease_owner": lease.owner,
        "fence": 1,
    }


@lru_cache(maxsize=4)
def _addition(*, told: bool, leased: bool) -> Prepared:
    """Keep one."""
    values = {name: _bind(name) for name in _GIVEN} | _saying(told=told, leased=leased)
    return Prepared(lambda dialect: _insertion(dialect, not leased).values(values))


@lru_cache(maxsize=4)
def _additions(*, told: bool, leased: bool) -> Prepared:
    """Keep many; whatever their number, the statement is the same."""
    columns = [submissions.c[name] for name in _GIVEN]
    # A value may be a list itself, but is one value.
    lists = [
        bindparam(f"{column.name}_", type_=ARRAY(column.type, dimensions=1)) for column in columns
    ]
    shape = [Column(column.name, column.type) for column in columns]
    given = func.unnest(*lists).table_valued(*shape).render_derived(name="given")
    said = _saying(told=told, leased=leased)
    rows = select(*given.c, *said.values())
    return Prepared(
        lambda dialect: _insertion(dialect, not leased).from_select([*_GIVEN, *said], rows)
    )


def _saying(*, told: bool, leased: bool) -> dict[str, Any]:
    if told:
        return {name: _bind(name) for name in _SAID}
    duration = cast("timedelta", bindparam("duration_", type_=Interval()))
    lease = Lease(owner=cast("str", bindparam("owner_", type_=Text())), duration=duration)
    said = _said(lease if leased else None, SERVER_TIME)
    return {
        name: value
        if isinstance(value, ColumnElement)
        else literal(value, submissions.c[name].type)
        for name, value in said.items()
    }


def _bind(name: str) -> Any:
    return bindparam(f"{name}_", type_=submissions.c[name].type)


@lru_cache(maxsize=8)
def _insertion(dialect: str, wakes: bool) -> Any:  # noqa: FBT001 - a key of the cache
    return (
        INSERT[dialect](submissions)
        .on_conflict_do_nothing(index_elements=["source", "idempotency_key"])
        .returning(*LIGHT, durably(), *([waking(submissions.c.source)] if wakes else []))
    )
