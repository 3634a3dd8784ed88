"""Delivers what is due: in the background of a process, or as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from datetime import timedelta

from notifykit.delivery import Delivery
from notifykit.errors import LeaseLostError, NotifykitError, StorageError
from notifykit.submission import Lease, Submission

_LONGEST_PAUSE = 60.0


def this_process() -> str:
    """Name this process for the people who read the table: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Worker:
    """
    Claims the due submissions of one source and delivers them, a few at a time.

    While every provider of the chain is held nothing is claimed: the submissions stay due and go
    out as soon as one hold ends or is lifted.

    Args:
        delivery: Brings one submission further.
        source: Whose submissions; other bots' are left alone.
        lease: How long a claim lasts.
        poll: How often to look where nothing wakes it, at most.
        concurrency: How many submissions at once.
    """

    def __init__(
        self,
        delivery: Delivery,
        *,
        source: str = "default",
        lease: Lease | None = None,
        poll: timedelta = timedelta(seconds=2),
        concurrency: int = 4,
    ) -> None:
        self.delivery = delivery
        self.source = source
        self.lease = lease or Lease(owner=this_process())
        self._poll = poll.total_seconds()
        self._concurrency = concurrency
        self._woken = asyncio.Event()
        self._in_flight: set[asyncio.Task[Submission]] = set()

    def wake(self) -> None:
        """Look for due submissions at once."""
        self._woken.set()

    async def deliver(self, submission: Submission) -> Submission:
        """
        Make one round with a claimed submission; it goes on even if the caller is cancelled.

        Returns:
            What is kept now. Where the repository could not be reached the submission is returned
            as it was; it is taken up again when the lease is over.
        """
        task = asyncio.create_task(self._deliver(submission))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        return await asyncio.shield(task)

    async def run(self) -> None:
        """
        Deliver what is due until cancelled.

        A failing database is logged and asked again, after ever longer pauses of up to a minute.
        """
        failures = 0
        while True:
            self._woken.clear()
            claimed = await self._try_once()
            failures = failures + 1 if claimed is None else 0
            if not claimed:
                with suppress(TimeoutError):
                    pause = min(self._poll * 2**failures, _LONGEST_PAUSE)
                    await asyncio.wait_for(self._woken.wait(), pause)

    async def run_once(self) -> int:
        """
        Deliver what is due now.

        Returns:
            How many submissions were claimed.

        Raises:
            StorageError: The repository is out of reach.
        """
        total = 0
        while claimed := await self._claim():
            await asyncio.gather(*map(self.deliver, claimed))
            total += len(claimed)
        return total

    async def drain(self, grace: timedelta) -> None:
        """Wait for what is under way; what takes longer than ``grace`` is cut off."""
        tasks = tuple(self._in_flight)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _try_once(self) -> int | None:
        journal = self.delivery.journal
        try:
            return await self.run_once()
        except NotifykitError as error:
            journal.write(logging.ERROR, "storage", error=str(error))
        except Exception as error:  # noqa: BLE001 - the loop must outlive a repository of the user's own
            journal.write(logging.ERROR, "crashed", error=type(error).__name__)
        return None

    async def _claim(self) -> list[Submission]:
        held = {hold.provider for hold in await self.delivery.held(self.source)}
        if held.issuperset(transport.name for transport in self.delivery.transports):
            return []
        return list(
            await self.delivery.repository.claim(
                source=self.source, lease=self.lease, limit=self._concurrency
            )
        )

    async def _deliver(self, submission: Submission) -> Submission:
        try:
            return await self.delivery.deliver(submission)
        except LeaseLostError:
            return submission  # whoever claimed it meanwhile goes on
        except StorageError as error:
            self.delivery.journal.write(logging.ERROR, "storage", error=str(error))
            return submission
