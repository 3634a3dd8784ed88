"""Matches what came back with what was sent, and keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from notifykit.bounces.meaning import diagnosed
from notifykit.bounces.reader import Look, Marks, Reader
from notifykit.bounces.report import Bounce
from notifykit.errors import DeliveryError, InvalidEmailError, StorageError
from notifykit.intake import Intake
from notifykit.message import Address
from notifykit.notifier import Notifier
from notifykit.settings.mailboxes import Mailbox
from notifykit.storage.base import Filter
from notifykit.submission import Event, Outcome, Submission

PROVIDER = "imap"

_OLDEST = timedelta(days=365)
# What a mail can come back after; also where it is not known whether it went out.
_SENT = (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.STARTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """
    One recipient of one submission, of whom a server reports something.

    Attributes:
        submission: What is kept of it now; ``repeated`` where the report was known already.
        event: What was kept.
    """

    submission: Submission
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    What looking into one mailbox came to.

    Attributes:
        mailbox: Which one.
        returned: What the reports say about mails of ours.
        look: What was looked at; ``None`` where that failed.
        unknown: How many reports are about mails that we did not send from there.
        error: Why the mailbox could not be read.
    """

    mailbox: Mailbox
    returned: tuple[Returned, ...] = ()
    look: Look | None = None
    unknown: int = 0
    error: DeliveryError | None = None


class Bounces:
    """
    Finds out which mails came back, from the mailboxes they were sent from.

    A report counts only where its Message-ID is one that this notifier's source sent through the
    provider whose mailbox it is. It can change a submission's ``delivery`` and raise an alarm, and
    never its status. What was found before is found again without harm, also after a restart.

    Args:
        notifier: Whose submissions; its repository, log and alarm hook are used.
        mailboxes: Where to look, see `notifykit.settings.mailboxes.mailboxes`.
    """

    def __init__(self, notifier: Notifier, mailboxes: Iterable[Mailbox]) -> None:
        self._notifier = notifier
        self._intake = Intake(notifier)
        self._readers = {mailbox: Reader(mailbox) for mailbox in mailboxes}
        self._marks: dict[Mailbox, Marks] = {}

    async def look(self, *, since: timedelta = timedelta(days=3)) -> Sequence[Result]:
        """
        Look into every mailbox once; from the second time on only at what is new.

        Args:
            since: How old a report may be.

        Raises:
            StorageError: The repository is out of reach. What was not kept is found again.
        """
        return [await self._look_into(mailbox, since) for mailbox in self._readers]

    async def watch(
        self, *, every: timedelta = timedelta(minutes=5), since: timedelta = timedelta(days=3)
    ) -> AsyncIterator[Sequence[Result]]:
        """
        Look again and again, and give what each look came to.

        A mailbox that refuses the login is left alone for as long as its diagnosis says. A database
        that is out of reach is logged, and found again later.
        """
        while True:
            results: Sequence[Result] = ()
            try:
                results = await self.look(since=since)
            except StorageError as error:
                journal = self._notifier.worker.delivery.journal
                journal.write(logging.ERROR, "storage", error=str(error))
            yield results
            await asyncio.sleep(max([every, *_holds(results)]).total_seconds())

    async def _look_into(self, mailbox: Mailbox, since: timedelta) -> Result:
        oldest = self._notifier.options.clock() - min(since, _OLDEST)
        try:
            look = await self._readers[mailbox].look(oldest, self._marks.get(mailbox, {}))
        except DeliveryError as error:
            return Result(mailbox=mailbox, error=error)
        kept = [await self._keep(mailbox, bounce) for bounce in look.bounces]
        self._marks[mailbox] = look.marks
        returned = tuple(one for one in kept if one is not None)
        return Result(
            mailbox=mailbox, returned=returned, look=look, unknown=len(kept) - len(returned)
        )

    async def _keep(self, mailbox: Mailbox, bounce: Bounce) -> Returned | None:
        wanted = Filter(source=self._notifier.options.source, message_id=bounce.message_id)
        for submission in await self._notifier.repository.recent(wanted, limit=1):
            if _was_sent_from(submission, mailbox):
                event = _event(submission, bounce)
                kept = await self._intake.take(event)
                return Returned(submission=kept, event=event) if kept else None
        return None


def _holds(results: Iterable[Result]) -> Iterator[timedelta]:
    for result in results:
        diagnosis = result.error.diagnosis if result.error else None
        if diagnosis and diagnosis.hold:
            yield diagnosis.hold


def _was_sent_from(submission: Submission, mailbox: Mailbox) -> bool:
    return any(
        attempt.outcome in _SENT and mailbox.sent_by in (None, attempt.provider)
        for attempt in submission.attempts
    )


def _event(submission: Submission, bounce: Bounce) -> Event:
    bounce = replace(bounce, recipient=_recipient(submission, bounce.recipient))
    return Event(
        id=bounce.id,
        submission_id=submission.id,
        provider=PROVIDER,
        kind=bounce.kind,
        recipient=bounce.recipient,
        code=bounce.code,
        enhanced_code=bounce.enhanced_code,
        text=bounce.text or None,
        diagnosis=diagnosed(bounce),
        occurred_at=bounce.occurred_at,
    )


def _recipient(submission: Submission, reported: str | None) -> str | None:
    """
    Give the recipient as we wrote it; where the mail was forwarded, as it was reported.

    Who is not named can only be the one that the mail went to, if it went to one.
    """
    if reported is None and len(submission.recipients) == 1:
        return submission.recipients[0]
    try:
        same = Address(reported or "").email.lower()
    except InvalidEmailError:
        return reported
    return next((known for known in submission.recipients if known.lower() == same), reported)
