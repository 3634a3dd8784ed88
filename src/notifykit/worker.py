"""Delivers what is due: in the background of a process, or as a process of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from notifykit.delivery import Delivery
from notifykit.errors import LeaseLostError, NotifykitError, StorageError
from notifykit.submission import Status, Submission

T = TypeVar("T")

_LONGEST_PAUSE = timedelta(minutes=1)


class Worker:
    """
    Claims the due submissions of one source and delivers them, a few at a time.

    While every provider of the chain is held nothing is claimed: the submissions stay due and go
    out as soon as one hold ends or is lifted. It starts with one submission and doubles as long as
    things go well, so that a provider that is back is not overrun, and one that is still away is
    asked once.

    Args:
        delivery: Brings one submission further.
        source: Whose submissions; other bots' are left alone.
        poll: How often to look where nothing wakes it, at most.
        concurrency: How many submissions at once.
    """

    def __init__(
        self,
        delivery: Delivery,
        *,
        source: str = "default",
        poll: timedelta = timedelta(seconds=2),
        concurrency: int = 4,
    ) -> None:
        self.delivery = delivery
        self.source = source
        self._poll = poll
        self._concurrency = concurrency
        self._width = 1
        self._stopping = False
        self._woken = asyncio.Event()
        self._in_flight: set[asyncio.Future[Any]] = set()

    def stop(self) -> None:
        """Claim nothing more; what was claimed is delivered, or it would wait for its lease."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Look for due submissions at once."""
        self._woken.set()

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work that goes on even if the caller is cancelled; `drain` waits for it."""
        task = asyncio.create_task(work)
        self._in_flight.add(task)
        task.add_done_callback(self._seen_through)
        return await asyncio.shield(task)

    async def deliver(self, submission: Submission) -> Submission:
        """
        Make one round with a claimed submission.

        Returns:
            What is kept now. Where the repository could not be reached the submission is returned
            as it was; it is taken up again when the lease is over.
        """
        beating = asyncio.create_task(self._keep_the_lease(submission))
        try:
            return await self.delivery.deliver(submission)
        except LeaseLostError:
            return submission  # whoever claimed it meanwhile goes on
        except StorageError as error:
            self.delivery.journal.write(logging.ERROR, "storage", error=str(error))
            return submission
        finally:
            beating.cancel()

    async def run(self) -> None:
        """
        Deliver what is due until `stop` is called.

        A failing database is logged and asked again, after ever longer pauses of up to a minute.
        """
        failures = 0
        self._stopping = False
        while not self._stopping:
            self._woken.clear()
            claimed = await self._try_once()
            failures = failures + 1 if claimed is None else 0
            if not claimed and not self._stopping:
                await self._wait(min(self._poll * 2**failures, _LONGEST_PAUSE), failures)

    async def run_once(self) -> int:
        """
        Deliver what is due now.

        Returns:
            How many submissions were claimed.

        Raises:
            StorageError: The repository is out of reach.
        """
        total = 0
        while not self._stopping and (claimed := await self._claim()):
            rounds = (self.see_through(self.deliver(submission)) for submission in claimed)
            delivered = await asyncio.gather(*rounds)
            stuck = all(submission.status is Status.QUEUED for submission in delivered)
            self._width = 1 if stuck else min(2 * self._width, self._concurrency)
            total += len(claimed)
        return total

    async def drain(self, grace: timedelta) -> None:
        """Wait for what is under way; what takes longer than ``grace`` is cut off."""
        loop = asyncio.get_running_loop()
        end = loop.time() + grace.total_seconds()
        while tasks := self._in_flight | self.delivery.unkept:
            _, late = await asyncio.wait(tasks, timeout=max(0.0, end - loop.time()))
            if loop.time() >= end:
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _wait(self, pause: timedelta, failures: int) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._woken.wait())]
        if not failures:
            changed = self.delivery.repository.changed(self.source, within=pause)
            waits.append(asyncio.ensure_future(changed))
        try:
            await asyncio.wait(
                waits, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

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
                source=self.source, lease=self.delivery.lease, limit=self._width
            )
        )

    def _seen_through(self, task: asyncio.Future[Any]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that was cancelled cannot take it any more

    async def _keep_the_lease(self, submission: Submission) -> None:
        lease = self.delivery.lease
        while True:
            await asyncio.sleep(lease.duration.total_seconds() / 3)
            # Where it cannot be renewed, the next commit finds out.
            with suppress(StorageError):
                await self.delivery.repository.renew(submission, lease)
