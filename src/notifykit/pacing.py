"""Lets emails out to the providers no faster, and no more at once, than limits allow."""

from __future__ import annotations

import asyncio
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
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._closing = asyncio.Event()
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
            turns = self._turns[transport.name] = asyncio.Semaphore(self.at_once(transport))
        if not await self._is_given(turns):
            yield False
            return
        try:
            yield True
        finally:
            turns.release()

    def close(self) -> None:
        """Give no more turns to those who wait for one."""
        self._closing.set()

    def reopen(self) -> None:
        """Give turns again."""
        self._closing.clear()

    async def _is_given(self, turns: asyncio.Semaphore) -> bool:
        if not turns.locked():
            return await turns.acquire()
        turn = asyncio.ensure_future(turns.acquire())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({turn, closing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if not turn.cancel():  # it was given just now
                turns.release()
            raise
        finally:
            closing.cancel()
        if turn.done():
            return True
        turn.cancel()
        return False

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
