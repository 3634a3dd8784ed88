"""Raises an alarm where an order waits for too long or came back: a hot lead cools in minutes."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from notifykit.delivery import Delivery
from notifykit.errors import NotifykitError
from notifykit.journal import Journal
from notifykit.storage.base import Filter
from notifykit.submission import Event, Status, Submission

AFTER = (timedelta(minutes=2), timedelta(minutes=15))
_EVERY = timedelta(seconds=30)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """
    A submission that no server has taken, or that did not arrive after one took it.

    Attributes:
        submission: Without its email.
        after: The limit it passed while it waited; zero where it did not arrive.
        event: What was told after acceptance: a bounce, a rejection or a complaint, with recipient
            and advice. ``None`` where it waits.
    """

    submission: Submission
    after: timedelta = timedelta(0)
    event: Event | None = None


AlarmHook = Callable[[Alarm], Awaitable[None] | None]


async def raise_alarm(alarm: Alarm, hook: AlarmHook | None, journal: Journal) -> None:
    """Tell the hook, if there is one; what it raises is logged and goes no further."""
    if hook is None:
        return
    try:
        told = hook(alarm)
        if inspect.isawaitable(told):
            await told
    except Exception as error:  # noqa: BLE001 - a hook of the user's own may raise anything
        journal.write(logging.ERROR, "hook", error=type(error).__name__)


class Watch:
    """
    Looks for submissions that are queued for longer than the limits.

    Each is told once at each limit by each process, as a CRITICAL log line and to the hook; after
    a restart it is told again.

    Args:
        delivery: Knows the repository, the clock and the log.
        source: Whose submissions.
        hook: Told as well. What it raises is logged and goes no further.
        after: The limits, the shortest first.
    """

    def __init__(
        self,
        delivery: Delivery,
        source: str,
        *,
        hook: AlarmHook | None = None,
        after: tuple[timedelta, ...] = AFTER,
    ) -> None:
        self._delivery = delivery
        self._source = source
        self._hook = hook
        self._after = after
        self._told: dict[str, timedelta] = {}

    async def run(self) -> None:
        """Look every half minute until cancelled."""
        while True:
            try:
                await self.look()
            except NotifykitError as error:
                self._delivery.journal.write(logging.ERROR, "storage", error=str(error))
            except Exception as error:  # noqa: BLE001 - nothing may end the watch
                self._delivery.journal.write(logging.ERROR, "crashed", error=type(error).__name__)
            await asyncio.sleep(_EVERY.total_seconds())

    async def look(self) -> list[Alarm]:
        """
        Look once, and give the alarms raised.

        Raises:
            StorageError: The repository is out of reach.
        """
        now = self._delivery.clock()
        overdue = await self._delivery.repository.recent(
            Filter(source=self._source, status=Status.QUEUED, created_before=now - self._after[0]),
            limit=_AT_ONCE,
        )
        alarms = []
        for submission in overdue:
            waited = now - submission.created_at
            after = max(limit for limit in self._after if limit < waited)
            if self._told.get(submission.id, timedelta(0)) < after:
                alarms.append(Alarm(submission=submission, after=after))
        # Only what still waits is remembered.
        told = {submission.id: self._told.get(submission.id) for submission in overdue}
        self._told = {id_: limit for id_, limit in told.items() if limit is not None}
        for alarm in alarms:
            self._told[alarm.submission.id] = alarm.after
            await self._raise(alarm)
        return alarms

    async def _raise(self, alarm: Alarm) -> None:
        waited = self._delivery.clock() - alarm.submission.created_at
        self._delivery.journal.overdue(alarm.submission, waited)
        await raise_alarm(alarm, self._hook, self._delivery.journal)
