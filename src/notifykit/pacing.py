"""Lets emails out to the providers no faster, and no more at once, than limits allow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifykit.limits import Limits, Share, share_of_provider
from notifykit.settling import waiting
from notifykit.storage.metering import Metering
from notifykit.submission import Submission
from notifykit.transports.base import Transport

_NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class Room:
    """
    How much may go out.

    Attributes:
        count: So many emails, at least as far as is known.
        wait: Where it is none, how long until there is room for one.
    """

    count: int
    wait: timedelta = _NOW


class _Turns:
    """
    Lets so many go at once, the others in the order in which they came.

    A semaphore cannot send those who wait away, and two tasks for each who waits cost more than
    the rest of what is done for an email.
    """

    def __init__(self, free: int) -> None:
        self.free = free
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def given(self) -> bool:
        """Wait for a turn; ``False``: there will be none."""
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.give()  # it was given just now
            raise

    def give(self) -> None:
        """Give a turn to whoever is next."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self.free += 1

    def refuse(self) -> None:
        """Send all who wait away."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(False)


class Pace:
    """
    Counts what goes out to each provider. Where no limit is set, nothing is asked of the store.

    Args:
        limits: ``None``: there are none.
        store: Where all processes of a source count together.
        clock: Tells the time.
    """

    def __init__(
        self, limits: Limits | None, store: Metering, *, clock: Callable[[], datetime]
    ) -> None:
        self._limits = limits or Limits(conversation=None, recipient=None)
        self._store = store
        self._clock = clock
        self._turns: dict[str, _Turns] = {}
        self._is_closed = False
        # By bucket, when it refused and for how long.
        self._refusals: dict[str, tuple[datetime, timedelta]] = {}

    def at_once(self, transport: Transport) -> int:
        """Say how many emails this process hands to the provider at once."""
        return self._limits.concurrency or transport.connections

    @asynccontextmanager
    async def turn(self, transport: Transport) -> AsyncIterator[bool]:
        """
        Wait until this process may hand one more email to the provider.

        It is ``False`` where `close` came first: there will be no turn.
        """
        turns = self._turns.get(transport.name)
        if turns is None:
            turns = self._turns[transport.name] = _Turns(self.at_once(transport))
        if turns.free:
            turns.free -= 1
        elif self._is_closed or not await turns.given():
            yield False
            return
        try:
            yield True
        finally:
            turns.give()

    def close(self) -> None:
        """Give no more turns to those who wait for one."""
        self._is_closed = True
        for turns in self._turns.values():
            turns.refuse()

    def reopen(self) -> None:
        """Give turns again."""
        self._is_closed = False

    async def take(self, submission: Submission, provider: str) -> timedelta:
        """
        Take what an email to all who wait for it counts.

        Returns:
            Zero: it may go. Otherwise how long until it may be asked again; nothing was taken.
        """
        share = share_of_provider(self._limits, provider, len(waiting(submission)))
        if share is None:
            return _NOW
        wait = await self._store.take(submission.source, share.name, share.rate, cost=share.cost)
        if wait:
            self._refusals[share.name] = self._clock(), wait
        return wait

    async def room(self, source: str, providers: Iterable[str], most: int) -> Room:
        """
        Say how many emails the providers would take now, up to ``most``.

        Whoever takes no more than this out of the queue has nothing to put back, and nobody loses
        their place. The store is asked only where every one of the providers has a limit.
        """
        shares = [share_of_provider(self._limits, provider, 1) for provider in providers]
        limited = [share for share in shares if share]
        if len(limited) < len(shares):
            return Room(most)
        rooms = [await self._room_of(source, share) for share in limited]
        count = sum(room.count for room in rooms)
        return Room(min(count, most), min(room.wait for room in rooms))

    async def _room_of(self, source: str, share: Share) -> Room:
        # Whoever is next in the queue may count for more than one, and is not overtaken.
        refused, wait = self._refusals.get(share.name, (self._clock(), _NOW))
        since = self._clock() - refused
        if _NOW <= since < wait:
            return Room(0, wait - since)
        filling = await self._store.filling(source, share.name)
        count = share.rate.room(filling)
        return Room(count, _NOW if count else filling - share.rate.slack(1))
