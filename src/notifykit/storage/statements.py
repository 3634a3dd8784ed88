"""What is said to the database; the same for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    not_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from notifykit.storage.notifying import waking
from notifykit.storage.tables import WAITING, attempts, holds, submissions
from notifykit.submission import Hold, Lease, Status, Submission

# By the dialect: only these know ON CONFLICT.
INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

# Everything but the email, which may have 27 MB, and what is only there to be searched in.
LIGHT = [column for column in submissions.c if column.name not in ("email", "search")]
# What whoever works on it needs.
WORKED_ON = [*LIGHT, submissions.c.email]

# Not clock_timestamp(): that may change from row to row, so no index could be used.
SERVER_TIME = func.statement_timestamp(type_=DateTime(timezone=True))
# The time is a datetime or an expression for the database's own clock; both take a timedelta.
Time = Any


def by_id(id: str) -> Select[Any]:  # noqa: A002 - the attribute has this name
    """Find one."""
    return select(submissions).where(submissions.c.id == id)


def claiming(
    source: str,
    lease: Lease,
    limit: int,
    now: Time,
    *,
    until: Time | None = None,
    heaviest: int | None = None,
) -> Any:
    """
    Make ours what is due, passing over what others are taking; give it with its emails.

    Each value may be a parameter. ``until`` is the lease's end, where the database cannot reckon.

    With ``heaviest`` no more are taken as soon as those taken have so many bytes. Only PostgreSQL
    tells a text's size without reading it.
    """
    size = func.coalesce(func.octet_length(submissions.c.email, type_=BigInteger), 0).label("size")
    due = (
        select(submissions.c.id, submissions.c.due_at, *([] if heaviest is None else [size]))
        .where(WAITING, submissions.c.source == source, submissions.c.due_at <= now)
        .order_by(submissions.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        # A plain subquery PostgreSQL may run more than once, and lock more than the limit.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    ours = select(due.c.id)
    if heaviest is not None:
        before = func.sum(due.c.size).over(order_by=(due.c.due_at, due.c.id)) - due.c.size
        weighed = select(due.c.id, before.label("before")).subquery()
        ours = select(weighed.c.id).where(weighed.c.before < heaviest)
    return _leasing(submissions.c.id.in_(ours), lease, now, until)


def claiming_one(
    source: str,
    id: str,  # noqa: A002 - the attribute has this name
    lease: Lease,
    now: Time,
    *,
    fence: int | None = None,
) -> Any:
    """
    Make this one ours, unless somebody works on it or it is sent; give it with its email.

    With a ``fence`` only where nobody has claimed it since that one.
    """
    somebodys = and_(submissions.c.status == Status.SENDING, submissions.c.due_at > now)
    ours = and_(submissions.c.id == id, submissions.c.source == source)
    if fence is not None:
        ours = and_(ours, submissions.c.fence == fence)
    free = and_(ours, submissions.c.status != Status.SENT, not_(somebodys))
    return _leasing(free, lease, now)


def renewal(submission: Submission, lease: Lease, now: Time) -> Any:
    """Let the lease run from now on, unless it is not ours any more; give the id."""
    return (
        update(submissions)
        .where(*_ours(submission), submissions.c.status == Status.SENDING)
        .values(due_at=now + lease.duration)
        .returning(submissions.c.id)
    )


def attempts_of(ids: Sequence[str] | Select[Any]) -> Select[Any]:
    """Find the attempts of several submissions, oldest first."""
    found = select(attempts).where(attempts.c.submission_id.in_(ids))
    return found.order_by(attempts.c.number)


def attempts_of_given(dialect: str) -> Select[Any]:
    """Find those of the parameter ``ids``, however many there are."""
    if dialect == "postgresql":
        return attempts_of(select(func.unnest(bindparam("ids", type_=ARRAY(Text)))))
    each = func.json_each(bindparam("ids", type_=JSON())).table_valued("value")
    return attempts_of(select(each.c.value))


def hold_upsert(dialect: str, hold: Hold, until: Time) -> Any:
    """Keep a hold, in the place of any before."""
    row = {column.name: getattr(hold, column.name) for column in holds.c} | {"until": until}
    return _upsert(dialect, holds, row, list(holds.primary_key))


def hold_removal(source: str, provider: str) -> Any:
    """Forget a hold; what waited for it may go out."""
    ours = (holds.c.source == source, holds.c.provider == provider)
    return delete(holds).where(*ours).returning(waking(holds.c.source))


def holds_of(source: str, now: Time) -> Select[Any]:
    """Find the holds in force."""
    in_force = select(holds).where(holds.c.source == source, holds.c.until > now)
    return in_force.order_by(holds.c.provider)


def _upsert(dialect: str, table: Table, row: dict[str, Any], unique: list[Column[Any]]) -> Any:
    insert = INSERT[dialect](table).values(row)
    return insert.on_conflict_do_update(index_elements=unique, set_=row)


def _leasing(which: ColumnElement[bool], lease: Lease, now: Time, until: Time | None = None) -> Any:
    leased = {
        "status": Status.SENDING,
        "lease_owner": lease.owner,
        "due_at": now + lease.duration if until is None else until,
        "fence": submissions.c.fence + 1,
        "updated_at": now,
    }
    return update(submissions).where(which).values(leased).returning(*WORKED_ON)


def _ours(submission: Submission) -> tuple[Any, Any]:
    return (submissions.c.id == submission.id, submissions.c.fence == submission.fence)
