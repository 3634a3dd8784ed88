"""
Forgets what need not be kept any longer: what is old, and a person who asks for it.

What is blanked keeps its id, kind, reference, Message-ID, status and times, and of its attempts the
providers, outcomes, codes, diagnoses and times, and so of what was told after acceptance, then or
later. Its idempotency key goes too, because a hash of personal data is personal data: the same
content is a new submission from then on.

Backups, logs, sent mail and the providers' own records are out of its reach.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Select, delete, insert, update

from notifykit.errors import StorageError
from notifykit.ids import uuid7
from notifykit.storage import blanking
from notifykit.storage.persons import Person
from notifykit.storage.recording import events_about
from notifykit.storage.rows import found
from notifykit.storage.sql import SqlRepository
from notifykit.storage.tables import erasures, submissions
from notifykit.storage.traces import blank_holds, empty_log
from notifykit.submission import Attempt, Event, Outcome, Status, Submission

ERASED = "erased: the person asked to be forgotten"

T = TypeVar("T")

# A submission, and what was told about it.
Seen = tuple[Submission, list[Event]]

# Of one transaction: it holds its row locks, and SQLite's only pen, for some milliseconds.
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """
    What `purge` did, or would do.

    Attributes:
        blanked: Submissions whose bodies and personal data are gone.
        removed: Submissions that are gone with their attempts.
        still_open: Submissions as old as that which wait for delivery or a decision; untouched.
    """

    blanked: int = 0
    removed: int = 0
    still_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """
    What `erase` did, or would do.

    Attributes:
        submissions: Submissions that were blanked, cancelled ones among them.
        cancelled: Those that were open, and are not delivered any more.
        skipped: Open ones that were left alone, as ``(reference, id, status)``.
        id: Of the record in ``erasures``; ``None`` where nothing was changed.
        key: In hexadecimal. Kept nowhere: with it, and only with it, the record proves which
            contact it was about (HMAC-SHA256 of, for instance, ``phone:+79000000000``).
    """

    submissions: int = 0
    cancelled: int = 0
    skipped: tuple[tuple[str, str, Status], ...] = ()
    id: str | None = None
    key: str | None = None


async def purge(
    repository: SqlRepository | str | SecretStr,
    *,
    older_than: timedelta,
    source: str | None = None,
    rows: bool = False,
    dry_run: bool = False,
) -> Purged:
    """
    Blank what was settled (sent or failed) longer ago than that.

    What is open is never touched, however old. The work is done in short transactions; one that is
    broken off is taken up by the next call. To call it again changes nothing.

    Args:
        repository: Or its URL.
        older_than: Since it was sent, or since it failed.
        source: Only this bot's; ``None``: everybody's.
        rows: Remove the rows wholly, with their attempts.
        dry_run: Only count.

    Raises:
        ValueError: ``older_than`` is negative.
        StorageError: The database cannot be reached; what was done before stays done.
    """
    if older_than < timedelta(0):
        raise ValueError("older_than must not be negative")
    async with _opened(repository) as kept:
        before = kept._now() - older_than  # noqa: SLF001 - retention is a part of the repository
        wanted = blanking.older(source, before, open=False) + blanking.blankable(rows)
        still_open = blanking.count_of(blanking.older(source, before, open=True))
        waiting, count = await _read(
            kept,
            lambda connection: [
                connection.execute(counting).scalar_one()
                for counting in (still_open, blanking.count_of(wanted))
            ],
        )
        if not dry_run:
            count = await _purge(kept, wanted, rows=rows)
            await empty_log(kept)
    return Purged(blanked=0 if rows else count, removed=count if rows else 0, still_open=waiting)


async def erase(
    repository: SqlRepository | str | SecretStr,
    contact: str,
    *,
    source: str | None = None,
    also_open: bool = False,
    dry_run: bool = False,
) -> Erased:
    """
    Blank a person everywhere, and leave a record that it was done.

    Found by what the notification, the subject, the recipients and the attempts say: a phone in any
    spelling, a mailbox, a Telegram name or id. Where only a recipient matches, as somebody of the
    sales team does, the notification and the subject stay.

    Open submissions are skipped, unless ``also_open`` says to cancel them first: to ``FAILED``
    where provably nobody took them, to ``SENT`` where somebody took a part, while what is
    ``UNCONFIRMED`` stays so and is never tried again. What is ``SENDING`` is always skipped.

    Args:
        repository: Or its URL.
        contact: ``+7 900 …``, ``8 (900) …``, ``a@example.com``, ``@user``, ``tg:42``.
        source: Only this bot's; ``None``: everybody's.
        also_open: Cancel what is open.
        dry_run: Only count.

    Raises:
        ValueError: The contact is none of these.
        StorageError: The database cannot be reached; what was done before stays done.
    """
    person = Person.known_by(contact)
    async with _opened(repository) as kept:
        key = secrets.token_bytes(32)
        id_ = None if dry_run else await _record(kept, source, person.digest(key))
        done = Erased(id=id_, key=None if dry_run else key.hex())
        if not dry_run:
            await _write(kept, partial(blank_holds, person=person, source=source))
        async for page in _pages(kept, source):
            for seen, events in page:
                if _mentions(person, seen, events):
                    done = await _erase(kept, person, seen, done, also_open=also_open)
        if not dry_run:
            with suppress(StorageError):  # the next call does it, and the key is told only once
                await empty_log(kept)
    return done


async def _purge(
    repository: SqlRepository, wanted: Iterable[ColumnElement[bool]], *, rows: bool
) -> int:
    count, last = 0, ""
    while True:
        batch = blanking.ids_after(last, wanted, _BATCH)
        ids = await _write(repository, partial(_purged, batch=batch, rows=rows))
        count += len(ids)
        if len(ids) < _BATCH:
            return count
        last = ids[-1]


def _purged(connection: Connection, batch: Select[Any], *, rows: bool) -> list[str]:
    ids = list(connection.execute(batch).scalars())
    removal = [delete(submissions).where(submissions.c.id.in_(ids))]
    for statement in removal if rows else blanking.blanking(ids):
        connection.execute(statement)
    return ids


async def _pages(repository: SqlRepository, source: str | None) -> AsyncIterator[list[Seen]]:
    last = ""
    while True:
        wanted = blanking.page_after(last, source, _BATCH)
        page = await _read(repository, partial(_seen, wanted=wanted))
        if not page:
            return
        yield page
        last = page[-1][0].id


def _seen(connection: Connection, wanted: Select[Any]) -> list[Seen]:
    page = found(connection, wanted)
    told = events_about(connection, [submission.id for submission in page])
    return [(submission, told[submission.id]) for submission in page]


async def _record(repository: SqlRepository, source: str | None, digest: str) -> str:
    id_ = str(uuid7())
    row = {"id": id_, "source": source, "contact_hmac": digest, "submissions": 0}
    now = repository._now()  # noqa: SLF001 - retention is a part of the repository
    adding = insert(erasures).values(row | {"erased_at": now})
    await _write(repository, lambda connection: connection.execute(adding).close())
    return id_


async def _erase(
    repository: SqlRepository, person: Person, seen: Submission, done: Erased, *, also_open: bool
) -> Erased:
    is_open = seen.status in blanking.OPEN
    allowed = not is_open or (also_open and seen.status is not Status.SENDING)
    if not allowed or (done.id and not await _replaced(repository, person, seen, done.id)):
        return replace(done, skipped=(*done.skipped, (seen.reference, seen.id, seen.status)))
    return replace(done, submissions=done.submissions + 1, cancelled=done.cancelled + is_open)


async def _replaced(
    repository: SqlRepository, person: Person, seen: Submission, record: str
) -> bool:
    blanked = _without(person, seen)
    counting = update(erasures).where(erasures.c.id == record)
    now = repository._now()  # noqa: SLF001 - retention is a part of the repository

    def replace_it(connection: Connection) -> bool:
        if not connection.execute(blanking.replacing(seen, blanked, now)).all():
            return False
        for attempt in blanked.attempts:
            connection.execute(blanking.replacing_attempt(attempt))
        # Read here, where no other can be told of it any more.
        for event in events_about(connection, [seen.id])[seen.id]:
            left = _left(person, event.recipient, set(seen.recipients) - set(blanked.recipients))
            connection.execute(blanking.replacing_event(event, left))
        connection.execute(counting.values(submissions=erasures.c.submissions + 1))
        return True

    return await _write(repository, replace_it)


def _left(person: Person, recipient: str | None, theirs: set[str]) -> str | None:
    # Providers spell an address as they like, and forward it where they like.
    known = recipient is not None and recipient.lower() in {one.lower() for one in theirs}
    return None if known or person.is_in(recipient) else recipient


def _mentions(person: Person, submission: Submission, events: Iterable[Event]) -> bool:
    attempts = [
        (attempt.error, attempt.accepted, [(each.recipient, each.text) for each in attempt.refused])
        for attempt in submission.attempts
    ]
    told = [(event.recipient, event.text) for event in events]
    return _is_about(person, submission) or person.is_in(
        (submission.recipients, submission.last_error, attempts, told)
    )


def _is_about(person: Person, submission: Submission) -> bool:
    return person.is_in(submission.notification) or person.is_in(submission.subject)


def _without(person: Person, seen: Submission) -> Submission:
    is_open, about = seen.status in blanking.OPEN, _is_about(person, seen)
    theirs = _mailboxes(person, seen, about=about)
    return replace(
        seen,
        status=_cancelled(seen) if is_open else seen.status,
        recipients=tuple(one for one in seen.recipients if one not in theirs),
        subject="" if about else seen.subject,
        notification={} if about else seen.notification,
        last_error=ERASED if is_open else None,
        diagnosis=None if is_open else seen.diagnosis,
        attempts=tuple(_attempt_without(theirs, attempt) for attempt in seen.attempts),
    )


def _mailboxes(person: Person, seen: Submission, *, about: bool) -> set[str]:
    # A client who is also written to stands in the order; the sales team does not.
    return {
        one
        for one in seen.recipients
        if person.is_in(one) or (about and Person.known_by(one).is_in(seen.notification))
    }


def _attempt_without(mailboxes: set[str], attempt: Attempt) -> Attempt:
    others = [one for one in attempt.refused if one.recipient not in mailboxes]
    return replace(
        attempt,
        accepted=tuple(one for one in attempt.accepted if one not in mailboxes),
        refused=tuple(replace(refusal, text="") for refusal in others),
    )


def _cancelled(submission: Submission) -> Status:
    # SENT and FAILED stay true: a provider's word, and provably nobody's.
    outcomes = {attempt.outcome for attempt in submission.attempts}
    if submission.status is Status.UNCONFIRMED or outcomes & {Outcome.STARTED, Outcome.UNKNOWN}:
        return Status.UNCONFIRMED
    return Status.SENT if Outcome.ACCEPTED in outcomes else Status.FAILED


@asynccontextmanager
async def _opened(repository: SqlRepository | str | SecretStr) -> AsyncIterator[SqlRepository]:
    if isinstance(repository, SqlRepository):
        yield repository
        return
    opened = SqlRepository(repository)
    try:
        yield opened
    finally:
        await opened.aclose()


async def _read(repository: SqlRepository, work: Callable[[Connection], T]) -> T:
    # However long it takes to look through a table of years.
    return await repository._read(work, patient=True)  # noqa: SLF001 - a part of the repository


async def _write(repository: SqlRepository, work: Callable[[Connection], T]) -> T:
    return await repository._write(work, patient=True)  # noqa: SLF001 - a part of the repository
