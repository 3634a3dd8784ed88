"""Keeps what became of submissions that nobody else is at, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    Double,
    Integer,
    Interval,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from notifykit.storage.columns import MOMENT, Moment, Words, storable
from notifykit.storage.direct import Direct, Prepared, giving
from notifykit.storage.notifying import durably
from notifykit.storage.rows import attempts_of
from notifykit.storage.saving import OF_ATTEMPT, STATE, Change, as_kept, is_first_try, upsert
from notifykit.storage.statements import INSERT, SERVER_TIME, Time
from notifykit.storage.tables import attempts, submissions
from notifykit.submission import Attempt, Status, Submission

_ATTEMPT = "attempt_"


def is_ordinary(change: Change) -> bool:
    """Whether it needs nothing but itself: it wakes nobody, and no late answer can settle it."""
    return change.submission.status is not Status.UNCONFIRMED and not change.wakes


def save_ordinary(
    connection: Direct, changes: Sequence[Change], now: Time
) -> list[Submission | None]:
    """
    Keep states and newest attempts of those that are ours and that nobody has locked.

    For PostgreSQL, to which every statement is a journey.

    Returns:
        For each what is kept now; ``None``: nothing was, and `saving.save_all` finds out why.
    """
    firsts = {change.submission.id: change for change in reversed(changes)}
    with giving("UPDATE"):
        values: dict[str, Any] = {"given": [_given(change) for change in firsts.values()]}
    if told := isinstance(now, datetime):
        values["now"] = now
    states = {row["id"]: row for row in connection.run(_keeping(told=told), values)}
    worked_on = [
        id_ for id_ in states if not is_first_try(firsts[id_].submission, states[id_]["fence"])
    ]
    known = attempts_of(connection, worked_on)
    kept = {
        id_: as_kept(firsts[id_].submission, {name: row[name] for name in STATE}, known.get(id_))
        for id_, row in states.items()
    }
    # Of several changes of one only the first was asked for.
    return [
        kept.get(change.submission.id) if firsts[change.submission.id] is change else None
        for change in changes
    ]


def _given(change: Change) -> dict[str, Any]:
    submission = change.submission
    given = {
        "id": submission.id,
        "fence": submission.fence,
        "status": submission.status.value,
        "last_error": storable(submission.last_error),
        "diagnosis": submission.diagnosis and submission.diagnosis.id,
        "again_in": None if change.again_in is None else change.again_in.total_seconds(),
    }
    return given | (_of_attempt(submission.attempts[-1]) if submission.attempts else {})


def _of_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        given: dump(value)
        for (given, dump), value in zip(_DUMPING, _VALUES(attempt), strict=True)
        if value is not None
    }


def _dumping(column: Column[Any]) -> tuple[str, Callable[[Any], Any]]:
    name = f"{_ATTEMPT}{column.name}"
    if isinstance(column.type, Moment):
        return name, datetime.isoformat
    if isinstance(column.type, Words):
        dump = column.type.dump
        return name, lambda value: storable(dump(value))
    return name, storable


_DUMPING = [_dumping(attempts.c[name]) for name in OF_ATTEMPT]
_VALUES = attrgetter(*OF_ATTEMPT)


@lru_cache(maxsize=2)
def _keeping(*, told: bool) -> Prepared:
    statement = _statement(bindparam("now", type_=MOMENT) if told else SERVER_TIME)
    return Prepared(lambda _: statement)


def _statement(now: Time) -> Any:
    records = (
        func.jsonb_to_recordset(bindparam("given", type_=JSONB))
        .table_valued(
            Column("id", Text),
            Column("fence", Integer),
            Column("status", Text),
            Column("last_error", Text),
            Column("diagnosis", Text),
            Column("again_in", Double),
            *(Column(f"{_ATTEMPT}{name}", attempts.c[name].type) for name in OF_ATTEMPT),
        )
        .render_derived(name="given", with_types=True)
    )
    given = select(records).cte("given")
    # Whoever waited for a lock would keep all the others waiting.
    ours = (
        select(submissions.c.id)
        .join(given, and_(submissions.c.id == given.c.id, submissions.c.fence == given.c.fence))
        .with_for_update(of=submissions, skip_locked=True, key_share=True)
        .cte("ours")
    )
    tried = (
        select(given.c.id, *(given.c[f"{_ATTEMPT}{name}"] for name in OF_ATTEMPT))
        .join(ours, ours.c.id == given.c.id)
        .where(given.c[f"{_ATTEMPT}id"].is_not(None))
    )
    names = ["submission_id", *OF_ATTEMPT]
    kept = upsert(INSERT["postgresql"](attempts).from_select(names, tried))
    pause = given.c.again_in * literal("1 second", Text).cast(Interval)
    stays = given.c.status == Status.SENDING.value
    becomes_sent = and_(given.c.status == Status.SENT.value, submissions.c.status != Status.SENT)
    return (
        update(submissions)
        .where(submissions.c.id == given.c.id, submissions.c.id.in_(select(ours.c.id)))
        .values(
            status=given.c.status,
            last_error=given.c.last_error,
            diagnosis=given.c.diagnosis,
            updated_at=now,
            lease_owner=case((stays, submissions.c.lease_owner)),
            due_at=case((stays, submissions.c.due_at), else_=now + pause),
            sent_at=case((becomes_sent, now), else_=submissions.c.sent_at),
        )
        .returning(*(submissions.c[name] for name in STATE), durably())
        .add_cte(kept.cte("kept"))
    )
