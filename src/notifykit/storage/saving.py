"""Keeps what became of several submissions in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select, update

from notifykit.errors import GoneError, LeaseLostError
from notifykit.storage.columns import storable
from notifykit.storage.notifying import waking
from notifykit.storage.rows import Executor, attempts_of, impatient
from notifykit.storage.statements import INSERT, Time
from notifykit.storage.tables import attempts, submissions
from notifykit.submission import OPEN, Attempt, Outcome, Status, Submission
from notifykit.values import changed

_CHANGED = (
    "status",
    "last_error",
    "diagnosis",
    "updated_at",
    "lease_owner",
    "due_at",
    "sent_at",
)
_NOT_OURS = ("number", "submission_id")
OF_ATTEMPT = [column.name for column in attempts.c if column.name not in _NOT_OURS]

# With what others change while somebody works on it.
STATE = ("id", "fence", *_CHANGED, "delivery", "idempotency_key")

_IS_BLANK = submissions.c.email.is_(None).label("is_blank")
_LOCKED = (
    select(*(submissions.c[name] for name in STATE), submissions.c.recipients, _IS_BLANK)
    .where(submissions.c.id.in_(bindparam("ids", expanding=True)))
    # In one order, so that two batches do not wait for each other for ever.
    .order_by(submissions.c.id)
    .with_for_update()
)
_UPDATE = (
    update(submissions)
    .where(submissions.c.id == bindparam("id_"))
    .values({name: bindparam(f"{name}_") for name in _CHANGED})
)
_WAKING = select(waking(bindparam("source", type_=submissions.c.source.type)))


@dataclass(frozen=True, slots=True)
class Change:
    """One call of `SubmissionRepository.save`."""

    submission: Submission
    again_in: timedelta | None = None

    @property
    def wakes(self) -> bool:
        """Whether it gives the workers something to do at once."""
        freed = self.submission.status is not Status.SENDING
        return freed and self.again_in is not None and self.again_in <= timedelta(0)


def save_all(
    connection: Executor, changes: Sequence[Change], now: Time
) -> list[Submission | Exception]:
    """
    Keep states and newest attempts.

    Returns:
        For each what is kept now, or why nothing but its attempt is.
    """
    with impatient(connection, many=len(changes) > 1):
        known, left, moment = _locked(connection, changes, now)
    _keep_attempts(connection, changes, known, left)
    found = _attempts(connection, changes, known)
    kept: list[Submission | Exception] = []
    touched: dict[str, dict[str, Any]] = {}
    for change in changes:
        id_ = change.submission.id
        if (state := known.get(id_)) is None:
            kept.append(GoneError(f"there is no submission {id_}"))
            continue
        ours = state["fence"] == change.submission.fence
        if ours:
            state |= _changed(change, state, moment)
        is_kept = as_kept(change.submission, state, found.get(id_))
        late = is_kept.answered_late
        if late:
            state["due_at"] = moment
            is_kept = changed(is_kept, due_at=moment)
            connection.execute(_WAKING, {"source": change.submission.source})
        if ours or late:
            touched[id_] = state
        kept.append(is_kept if ours else lost(change.submission))
    _keep_states(connection, touched)
    for source in sorted({change.submission.source for change in changes if change.wakes}):
        connection.execute(_WAKING, {"source": source})
    return kept


def lost(submission: Submission) -> LeaseLostError:
    """Say that it is somebody else's now."""
    return LeaseLostError(f"somebody else works on submission {submission.id} now")


def _locked(
    connection: Executor, changes: Iterable[Change], now: Time
) -> tuple[dict[str, dict[str, Any]], dict[str, frozenset[str]], Any]:
    """Give the states, the recipients that are left of those who were forgotten, and the time."""
    ids = sorted({change.submission.id for change in changes})
    clock = [] if isinstance(now, datetime) else [now.label("now_")]
    rows = connection.execute(_LOCKED.add_columns(*clock), {"ids": ids}).mappings().all()
    moment = rows[0]["now_"].astimezone(UTC) if rows and clock else now
    left = {row["id"]: frozenset(row["recipients"]) for row in rows if row["is_blank"]}
    return {row["id"]: {name: row[name] for name in STATE} for row in rows}, left, moment


def _keep_attempts(
    connection: Executor,
    changes: Iterable[Change],
    known: Mapping[str, Mapping[str, Any]],
    left: Mapping[str, frozenset[str]],
) -> None:
    given = [
        {name: getattr(attempt, name) for name in OF_ATTEMPT}
        | _forgotten(attempt, left.get(change.submission.id))
        | {"submission_id": change.submission.id}
        for change in changes
        if (state := known.get(change.submission.id)) is not None
        for attempt in change.submission.attempts[-1:]
        # Who lost the lease before the wire was touched sends nothing: there was no attempt.
        if attempt.outcome is not Outcome.STARTED or state["fence"] == change.submission.fence
    ]
    if given:
        connection.execute(_upsert(connection.dialect.name), given)


def _forgotten(attempt: Attempt, left: frozenset[str] | None) -> dict[str, Any]:
    """Take out of an attempt what was forgotten while somebody was at it."""
    if left is None:
        return {}
    refused = [changed(one, text="") for one in attempt.refused if one.recipient in left]
    return {
        "error": None,
        "sha256": None,
        "accepted": tuple(one for one in attempt.accepted if one in left),
        "refused": tuple(refused),
    }


def upsert(insert: Any) -> Any:
    """Let the attempts that are inserted take the place of those that are there."""
    replaced = {name: insert.excluded[name] for name in OF_ATTEMPT}
    # What came late may be there before whoever took over says that nobody knows.
    news = or_(_answered(insert.excluded.outcome), not_(_answered(attempts.c.outcome)))
    return insert.on_conflict_do_update(index_elements=[attempts.c.id], set_=replaced, where=news)


@lru_cache(maxsize=2)
def _upsert(dialect: str) -> Any:
    return upsert(INSERT[dialect](attempts))


def _answered(outcome: ColumnElement[Outcome]) -> ColumnElement[bool]:
    # Not as a list, which cannot be given along with many rows.
    return and_(*(outcome != open_ for open_ in sorted(OPEN)))


def _attempts(
    connection: Executor, changes: Iterable[Change], known: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, tuple[Attempt, ...]]:
    """Find the attempts where the caller does not know for certain all there are."""
    wanted = {
        change.submission.id
        for change in changes
        if (state := known.get(change.submission.id)) is not None
        and not is_first_try(change.submission, state["fence"])
    }
    return attempts_of(connection, sorted(wanted))


def is_first_try(submission: Submission, fence: int) -> bool:
    """Tell whether nobody else ever worked on it, so that nobody else kept an attempt."""
    return fence == 1 == submission.fence and len(submission.attempts) <= 1


def _changed(change: Change, state: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    submission = change.submission
    new = {
        "status": submission.status,
        "last_error": storable(submission.last_error),
        "diagnosis": submission.diagnosis,
        "updated_at": moment,
    }
    if submission.status is not Status.SENDING:
        due_at = None if change.again_in is None else moment + change.again_in
        new |= {"lease_owner": None, "due_at": due_at}
    if submission.status is Status.SENT and state["status"] is not Status.SENT:
        new["sent_at"] = moment
    return new


def as_kept(
    submission: Submission, state: Mapping[str, Any], known: tuple[Attempt, ...] | None
) -> Submission:
    """Give what is kept now; without ``known`` attempts it has those that it came with."""
    attempts = known if known is not None else tuple(map(_storable, submission.attempts))
    return changed(submission, **state, attempts=attempts)


def _storable(attempt: Attempt) -> Attempt:
    texts = {
        name: value
        for name in ("stage", "enhanced_code", "error", "provider_message_id")
        if (value := storable(getattr(attempt, name))) != getattr(attempt, name)
    }
    if texts:
        return changed(attempt, **texts)
    return attempt


def _keep_states(connection: Executor, touched: Mapping[str, Mapping[str, Any]]) -> None:
    given = [
        {"id_": id_} | {f"{name}_": state[name] for name in _CHANGED}
        for id_, state in touched.items()
    ]
    if given:
        connection.execute(_UPDATE, given)
