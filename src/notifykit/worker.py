"""Delivers what is due: in the background of a process, or as a process of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from notifykit.delivery import Delivery
from notifykit.errors import LeaseLostError, NotifykitError, StorageError
from notifykit.submission import Hold, Status, Submission
from notifykit.transports.base import Transport

T = TypeVar("T")

_LONGEST_PAUSE = timedelta(minutes=1)
_TO_PUT_BACK = timedelta(seconds=3)


class Worker:
    """
    Claims the due submissions of one source and delivers them, several at a time.

    While every provider of the chain is held nothing is claimed: the submissions stay due and go
    out as soon as one hold ends or is lifted. While all others have reached their limits no more
    are claimed than may go out, so that nobody loses their place. It starts with one submission and
    takes one more in hand with every one that goes well, up to ``concurrency``; one that nobody
    takes halves that. So a provider that is back is not overrun, and one that is still away is
    asked one by one.

    Args:
        delivery: Brings one submission further.
        source: Whose submissions; other bots' are left alone.
        poll: How often to look where nothing wakes it, at most.
        concurrency: How many submissions are in hand at once, at most. How many a provider is given
            at once is its transport's matter.
    """

    def __init__(
        self,
        delivery: Delivery,
        *,
        source: str = "default",
        poll: timedelta = timedelta(seconds=2),
        concurrency: int = 64,
    ) -> None:
        self.delivery = delivery
        self.source = source
        self._poll = poll
        self._concurrency = concurrency
        self._width = 1
        self._more_may_be_due = False
        self._stopping = False
        self._taken_up: set[str] = set()
        self._woken = asyncio.Event()
        self._in_hand: set[asyncio.Task[Submission]] = set()
        self._in_flight: set[asyncio.Future[Any]] = set()
        self._working: dict[tuple[str, int], Submission] = {}
        self._beating: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Claim nothing more; what was claimed is delivered, or it would wait for its lease."""
        self._stopping = True
        self.wake()

    def go_on(self) -> None:
        """Claim again after a `stop`."""
        self._stopping = False

    def wake(self) -> None:
        """Look for due submissions at once."""
        self._woken.set()

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work that goes on even if the caller is cancelled; `drain` waits for it."""
        task = asyncio.create_task(work)
        self._in_flight.add(task)
        task.add_done_callback(self._seen_through)
        return await asyncio.shield(task)

    async def deliver(
        self, submission: Submission, holds: dict[str, Hold] | None = None
    ) -> Submission:
        """
        Make one round with a claimed submission.

        Args:
            submission: With its lease.
            holds: In force, by provider, where they are known; see `Delivery.deliver`.

        Returns:
            What is kept now. Where the repository could not be reached the submission is returned
            as it was; it is taken up again when the lease is over.
        """
        self._beat_for(submission)
        try:
            return await self.delivery.deliver(submission, holds)
        except LeaseLostError:
            return submission  # whoever claimed it meanwhile goes on
        except StorageError as error:
            self.delivery.journal.write(logging.ERROR, "storage", error=str(error))
            return submission
        finally:
            self._no_more_beats_for(submission)

    async def run(self) -> None:
        """
        Deliver what is due until `stop` is called, and then what is in hand.

        A failing database is logged and asked again, after ever longer pauses of up to a minute.
        """
        failures = 0
        while not self._stopping:
            self._woken.clear()
            claimed = await self._try_to_take_up()
            failures = failures + 1 if claimed is None else 0
            if not self._stopping:
                await self._wait(min(self._poll * 2 ** min(failures, 16), _LONGEST_PAUSE), failures)
        await self._put_down()

    async def run_once(self) -> int:
        """
        Deliver what is due now.

        Returns:
            How many submissions were claimed.

        Raises:
            StorageError: The repository is out of reach.
        """
        total, seen = 0, set[str]()
        try:
            while not self._stopping:
                self._woken.clear()
                total += (claimed := await self._take_up())
                if seen & self._taken_up:
                    break  # what came back at once waits for the next time
                seen |= self._taken_up
                if self._in_hand:
                    await self._woken.wait()
                elif not claimed and not self._more_may_be_due:
                    break
        finally:
            await self._put_down()
        return total

    async def drain(self, grace: timedelta) -> None:
        """
        Wait for what is under way.

        What no provider has been asked about after ``grace`` is put back to be due at once, and
        what takes a moment longer than that is cut off.
        """
        await self._all_ended(within=grace)
        self.delivery.pace.close()
        try:
            await self._all_ended(within=_TO_PUT_BACK)
            while late := self._in_flight | self.delivery.unkept:
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
        finally:
            self.delivery.pace.reopen()

    async def _all_ended(self, within: timedelta) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + within.total_seconds()
        while tasks := self._in_flight | self.delivery.unkept:
            if loop.time() >= end:
                return
            await asyncio.wait(tasks, timeout=max(0.0, end - loop.time()))

    async def _wait(self, pause: timedelta, failures: int) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._woken.wait())]
        if not failures:
            waits.append(asyncio.ensure_future(self._changed(pause)))
        try:
            await asyncio.wait(
                waits, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _changed(self, pause: timedelta) -> None:
        try:
            await self.delivery.repository.changed(self.source, within=pause)
        except Exception as error:  # noqa: BLE001 - of a repository of the user's own
            self.delivery.journal.write(logging.ERROR, "crashed", error=type(error).__name__)
            await asyncio.sleep(pause.total_seconds())

    async def _try_to_take_up(self) -> int | None:
        journal = self.delivery.journal
        try:
            return await self._take_up()
        except NotifykitError as error:
            journal.write(logging.ERROR, "storage", error=str(error))
        except Exception as error:  # noqa: BLE001 - the loop must outlive a repository of the user's own
            journal.write(logging.ERROR, "crashed", error=type(error).__name__)
        return None

    async def _take_up(self) -> int:
        """Claim as many as there is room for, and begin to deliver them."""
        self._more_may_be_due, self._taken_up = False, set()
        holds = {hold.provider: hold for hold in await self.delivery.held(self.source)}
        free = [transport for transport in self.delivery.transports if transport.name not in holds]
        room = min(self._width, self._useful(free)) - len(self._in_hand)
        if free and room < 1:
            self._more_may_be_due = True
        if not free or room < 1:
            return 0
        names = {transport.name for transport in free}
        pace = await self.delivery.pace.room(self.source, names, most=room)
        if (room := pace.count) < 1:
            self._wake_in(pace.wait)
            return 0
        if self._stopping:
            return 0
        # Whoever gives up waiting leaves no claim that nobody has.
        return await self.see_through(self._claimed(room, holds))

    def _useful(self, free: Iterable[Transport]) -> int:
        """Count how many in hand keep the providers busy; more would only wait here."""
        return 2 * sum(self.delivery.pace.at_once(transport) for transport in free)

    async def _claimed(self, room: int, holds: dict[str, Hold]) -> int:
        claimed = await self.delivery.repository.claim(
            source=self.source, lease=self.delivery.lease, limit=room
        )
        self._more_may_be_due = len(claimed) == room
        self._taken_up = {submission.id for submission in claimed}
        for submission in claimed:
            # Together: what one finds out about a provider, the others know.
            delivering = asyncio.create_task(self.deliver(submission, holds))
            self._in_hand.add(delivering)
            self._in_flight.add(delivering)
            delivering.add_done_callback(self._ended)
        return len(claimed)

    def _wake_in(self, wait: timedelta) -> None:
        if wait < self._poll:  # later it looks by itself
            asyncio.get_running_loop().call_later(wait.total_seconds(), self.wake)

    def _ended(self, delivering: asyncio.Task[Submission]) -> None:
        self._in_hand.discard(delivering)
        self._in_flight.discard(delivering)
        if delivering.cancelled():
            return
        if (error := delivering.exception()) is not None:
            self.delivery.journal.write(logging.ERROR, "crashed", error=type(error).__name__)
        went_well = error is None and delivering.result().status in (Status.SENT, Status.FAILED)
        self._width = min(self._width + 1, self._concurrency) if went_well else 1 + self._width // 3
        # Not one by one: a claim costs as much for many.
        if not self._in_hand or (self._more_may_be_due and 2 * len(self._in_hand) <= self._width):
            self.wake()

    async def _put_down(self) -> None:
        """Wait for what is in hand: left alone it would wait for its lease to run out."""
        while self._in_hand:
            await asyncio.wait(self._in_hand)

    def _seen_through(self, task: asyncio.Future[Any]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that was cancelled cannot take it any more

    def _beat_for(self, submission: Submission) -> None:
        """Keep its lease for as long as it is worked on."""
        self._working[submission.id, submission.fence] = submission
        if self._beating is None:
            self._beating = asyncio.create_task(self._keep_the_leases())

    def _no_more_beats_for(self, submission: Submission) -> None:
        self._working.pop((submission.id, submission.fence), None)
        if self._beating is not None and not self._working:
            self._beating.cancel()
            self._beating = None

    async def _keep_the_leases(self) -> None:
        """Renew the leases of all that have been worked on for a while."""
        while True:
            known = dict(self._working)
            await asyncio.sleep(pause := self.delivery.lease.duration.total_seconds() / 4)
            slow = [one for id_, one in known.items() if self._working.get(id_) is one]
            # Where one cannot be renewed, its next commit finds out.
            await asyncio.gather(
                *(self._renew(one, pause) for one in slow),
                return_exceptions=True,
            )

    async def _renew(self, submission: Submission, longest: float) -> None:
        # One that hangs, because somebody else holds its row, keeps no other from being renewed.
        async with asyncio.timeout(longest):
            await self.delivery.repository.renew(submission, self.delivery.lease)
