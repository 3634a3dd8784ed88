"""What is said to the database to blank a submission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, func, literal, or_, select, update

from notifykit.storage.statements import LIGHT, Time
from notifykit.storage.tables import attempts, events, submissions
from notifykit.submission import Attempt, Event, Status, Submission

OPEN = (Status.QUEUED, Status.SENDING, Status.UNCONFIRMED)

# A hash of personal data is personal data; an id was made by chance and of nothing else.
_KEY = literal("erased:").concat(submissions.c.id)
_NOT_BLANK = or_(submissions.c.email.is_not(None), submissions.c.subject != "")
_ATTEMPT: dict[str, Any] = {"error": None, "sha256": None}


def older(source: str | None, before: Time, *, open: bool) -> list[ColumnElement[bool]]:  # noqa: A002 - the word of the field
    """Make the conditions for those that were settled before, or are still open since before."""
    since = func.coalesce(submissions.c.sent_at, submissions.c.updated_at)
    of_source = [submissions.c.source == source] if source is not None else []
    if open:
        return [submissions.c.status.in_(OPEN), submissions.c.created_at < before, *of_source]
    return [submissions.c.status.not_in(OPEN), since < before, *of_source]


def blankable(rows: bool) -> list[ColumnElement[bool]]:  # noqa: FBT001 - named by the caller
    """Leave out what is blank already, unless whole rows are to go."""
    return [] if rows else [_NOT_BLANK]


def ids_after(last: str, wanted: Iterable[ColumnElement[bool]], limit: int) -> Select[Any]:
    """Find and lock the next ones, passing over what others work on."""
    return (
        select(submissions.c.id)
        .where(submissions.c.id > last, *wanted)
        .order_by(submissions.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def page_after(last: str, source: str | None, limit: int) -> Select[Any]:
    """Give the next ones without their emails."""
    of_source = [submissions.c.source == source] if source is not None else []
    wanted = select(*LIGHT).where(submissions.c.id > last, *of_source)
    return wanted.order_by(submissions.c.id).limit(limit)


def count_of(wanted: Iterable[ColumnElement[bool]]) -> Select[Any]:
    """Count them."""
    return select(func.count()).select_from(submissions).where(*wanted)


def blanking(ids: list[str]) -> list[Update]:
    """Take everything personal out of these, and leave what is to be counted."""
    values = _blank() | {"recipients": (), "subject": "", "notification": {}, "last_error": None}
    values["search"] = ""
    of_these = attempts.c.submission_id.in_(ids)
    return [
        update(submissions).where(submissions.c.id.in_(ids)).values(values),
        update(attempts).where(of_these).values(**_ATTEMPT, accepted=(), refused=()),
        update(events).where(events.c.submission_id.in_(ids)).values(recipient=None, text=None),
    ]


def replacing(seen: Submission, blanked: Submission, now: Time) -> Update:
    """Put the blanked one in its place, unless somebody has worked on it since; give its id."""
    changed = ("status", "recipients", "subject", "notification", "last_error", "diagnosis")
    values = {name: getattr(blanked, name) for name in (*changed, "search")}
    values |= _blank() | {"due_at": None}
    if seen.status in OPEN:
        values["updated_at"] = now
    if blanked.status is Status.SENT and seen.status is not Status.SENT:
        values["sent_at"] = now
    is_as_seen = and_(submissions.c.fence == seen.fence, submissions.c.status == seen.status)
    return (
        update(submissions)
        .where(submissions.c.id == seen.id, is_as_seen)
        .values(values)
        .returning(submissions.c.id)
    )


def replacing_attempt(blanked: Attempt) -> Update:
    """Put an attempt without its texts in its place."""
    values = {**_ATTEMPT, "accepted": blanked.accepted, "refused": blanked.refused}
    return update(attempts).where(attempts.c.id == blanked.id).values(values)


def replacing_event(told: Event, recipient: str | None) -> Update:
    """Leave of an event at most whose copy it was about."""
    unique = (events.c.provider == told.provider, events.c.id == told.id)
    return update(events).where(*unique).values(recipient=recipient, text=None)


def _blank() -> dict[str, Any]:
    # With the next fence: whoever still holds the old one must not write its texts back.
    fence = submissions.c.fence + 1
    return {"email": None, "sha256": None, "idempotency_key": _KEY, "fence": fence}
