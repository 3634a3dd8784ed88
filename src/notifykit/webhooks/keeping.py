"""Keeps what was read, all of it at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from notifykit.intake import Intake
from notifykit.notifier import Notifier
from notifykit.storage.base import Filter
from notifykit.submission import Event
from notifykit.webhooks.reading import Batch, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    What became of the events of one request.

    Attributes:
        kept: New ones.
        repeated: Those that had been kept before.
        unknown: About mail that we did not send.
        ignored: Not about delivery.
        malformed: No events.
    """

    kept: int = 0
    repeated: int = 0
    unknown: int = 0
    ignored: int = 0
    malformed: int = 0

    def counts(self) -> dict[str, int]:
        """Give them by name."""
        return {name: getattr(self, name) for name in self.__slots__}


class Keeper:
    """
    Hands the events of a request to the repository together, so that they share its commits.

    Args:
        notifier: Whose submissions they are about.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._repository = notifier.repository
        self._intake = Intake(notifier)

    async def keep(self, batch: Batch) -> Tally:
        """
        Keep all that can be kept.

        Raises:
            StorageError: Something could not; the rest was kept, and to tell it again is harmless.
        """
        events = await self._with_ids(batch.notes)
        told = await asyncio.gather(*map(self._kept, events), return_exceptions=True)
        for each in told:
            if isinstance(each, BaseException):
                raise each
        counted = Counter(each for each in told if isinstance(each, str))
        unknown = counted["unknown"] + len(batch.notes) - len(events)
        return Tally(
            kept=counted["kept"],
            repeated=counted["repeated"],
            unknown=unknown,
            ignored=batch.ignored,
            malformed=batch.malformed,
        )

    async def _kept(self, event: Event) -> str:
        submission = await self._intake.take(event)
        if submission is None:
            return "unknown"
        return "repeated" if submission.repeated else "kept"

    async def _with_ids(self, notes: Iterable[Note]) -> list[Event]:
        """Find the submissions of the events that name none, by Message-ID."""
        notes = list(notes)
        wanted = {note.message_id for note in notes if not note.event.submission_id}
        ids = {wanted_id: await self._found(wanted_id) for wanted_id in wanted if wanted_id}
        found = [
            replace(
                note.event,
                submission_id=note.event.submission_id or ids.get(note.message_id or "") or "",
            )
            for note in notes
        ]
        return [event for event in found if event.submission_id]

    async def _found(self, message_id: str) -> str | None:
        listed = await self._repository.recent(Filter(message_id=message_id), limit=1)
        return listed[0].id if listed else None
