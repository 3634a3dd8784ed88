"""Takes in what was told after acceptance: keeps it, acts on it, and lets people know."""

from __future__ import annotations

import logging
from dataclasses import replace

from notifykit.alarms import Alarm, raise_alarm
from notifykit.confirming import confirmation, confirmed_by
from notifykit.errors import LeaseLostError
from notifykit.notifier import Notifier
from notifykit.settling import settle
from notifykit.submission import Event, EventKind, Status, Submission

_LEVELS = {
    EventKind.BOUNCED: logging.CRITICAL,
    EventKind.REJECTED: logging.CRITICAL,
    EventKind.COMPLAINED: logging.ERROR,
}


class Intake:
    """
    What webhooks and the reader of bounces have in common.

    An event changes ``delivery``, and settles a submission whose answer was lost at the very
    provider that tells; nothing else about its status. A bounce, a rejection or a complaint is
    logged as CRITICAL or ERROR and told to the alarm hook, once: as long as the process lives
    that keeps it, at most once where it dies at that moment.

    Args:
        notifier: Its repository, log, clock and alarm hook are used.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._delivery = notifier.worker.delivery

    async def take(self, event: Event) -> Submission | None:
        """
        Keep an event and do what it asks for; the same event again is harmless.

        Returns:
            What is kept of the submission, with ``repeated`` where the event had been kept before;
            ``None`` where no submission has that id.

        Raises:
            StorageError: The repository is out of reach: let it be told again.
        """
        return await self._notifier.worker.see_through(self._take(event))

    async def _take(self, event: Event) -> Submission | None:
        kept = await self._notifier.repository.record(event)
        if kept is None:
            return None
        if not kept.repeated and event.kind in _LEVELS:
            await self._tell(kept, event)
        if kept.status is not Status.UNCONFIRMED:
            return kept
        return replace(await self._settled(kept), repeated=kept.repeated)

    async def _tell(self, submission: Submission, event: Event) -> None:
        self._delivery.journal.told(_LEVELS[event.kind], submission, event)
        alarm = Alarm(submission=submission, event=event)
        await raise_alarm(alarm, self._notifier.options.on_alarm, self._delivery.journal)

    async def _settled(self, submission: Submission) -> Submission:
        """Settle it where events prove that its provider took it, unless somebody works on it."""
        repository = self._notifier.repository
        events = await repository.events(submission.id)
        if not confirmed_by(submission, events):
            return submission
        claimed = await repository.claim(
            source=submission.source, lease=self._delivery.lease, id=submission.id
        )
        for mine in claimed:
            # Looked at again: until it was ours, others may have worked on it.
            decision = confirmation(mine, events, self._delivery.clock())
            submission = await self._concluded(mine.with_attempt(decision) if decision else mine)
        return submission

    async def _concluded(self, mine: Submission) -> Submission:
        """Give it back as what its attempts come to; nothing is sent."""
        policy = self._notifier.options.retry
        verdict = settle(mine, policy=policy, now=self._delivery.clock())
        settled = replace(mine, status=verdict.status)
        try:
            kept = await self._notifier.repository.save(settled, again_in=verdict.again_in)
        except LeaseLostError:
            return mine
        if kept.status is Status.SENT:
            self._delivery.journal.confirmed(kept, kept.attempts[-1])
        return replace(kept, email=None)
