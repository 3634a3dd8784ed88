"""How those who wait for work in this process hear that there may be some."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta


class Wakeups:
    """
    Wakes those who wait.

    A wake-up is never missed: where nobody waits for the source, the next who does returns at
    once.
    """

    def __init__(self) -> None:
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def wake(self, source: str) -> None:
        """Wake those who wait for this source."""
        self._events[source].set()

    def wake_all(self) -> None:
        """Wake everybody who ever waited."""
        for event in self._events.values():
            event.set()

    async def wait(self, source: str, within: timedelta) -> None:
        """Return when the source is woken, at the latest after ``within``."""
        event = self._events[source]
        with suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await event.wait()
        event.clear()
