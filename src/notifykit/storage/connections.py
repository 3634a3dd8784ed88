"""Connections to one database, and its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from notifykit.storage.batching import Batches
from notifykit.storage.deadlines import Deadlines
from notifykit.storage.direct import Direct
from notifykit.storage.engines import opened
from notifykit.storage.failures import in_plain_words
from notifykit.storage.listening import Listener
from notifykit.storage.notifying import payload
from notifykit.storage.running import Runner
from notifykit.storage.statements import SERVER_TIME
from notifykit.storage.urls import database
from notifykit.storage.waking import Wakeups

P = ParamSpec("P")
T = TypeVar("T")
Store = TypeVar("Store", bound="SqlConnections")


def unbroken(
    method: Callable[Concatenate[Store, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Store, P], Coroutine[Any, Any, T]]:
    """
    Let a transaction come to its end even if the caller is cancelled.

    Cut off in the middle it could keep its locks: of an SQLite file, against everybody.
    """

    async def run(self: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        transaction = asyncio.create_task(method(self, *args, **kwargs))
        self.under_way.add(transaction)
        transaction.add_done_callback(self.ended)
        return await asyncio.shield(transaction)

    update_wrapper(run, method)
    return run


class SqlConnections:
    """What all that works with one database starts from; nothing is connected before first use."""

    def __init__(
        self, url: str | SecretStr, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._database = database(url)
        self._clock = clock
        self._runner: Runner | None = None
        self._opening = asyncio.Lock()
        # SQLite has a limit of its own for how long it waits, and its thread cannot be stopped.
        self._deadlines = Deadlines(None) if self._database.is_sqlite else Deadlines()
        self.under_way: set[asyncio.Future[Any]] = set()
        self._batches: list[Batches[Any, Any]] = []
        self._wakeups = Wakeups()
        self._listener = Listener(self._database, self._wakeups)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._database.name}>"

    async def aclose(self) -> None:
        """
        Let go of connections, once what is under way has ended; the next use opens new ones.

        What has not ended after 30 seconds, because somebody holds a lock or the network is gone,
        fails with `StorageError`.
        """
        await self._listener.aclose()
        try:
            if not await self._quiet():
                self._deadlines.end()
                await self._quiet()
            runner, self._runner = self._runner, None
            if runner is not None:
                await runner.aclose()
        finally:
            self._deadlines.begin_again()

    def ended(self, transaction: asyncio.Future[Any]) -> None:
        """Forget a transaction; what it raised is for its caller, if that one still waits."""
        self.under_way.discard(transaction)
        if not transaction.cancelled():
            transaction.exception()

    async def _quiet(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._deadlines.closing):
                while busy := self.under_way.union(*(each.under_way for each in self._batches)):
                    await asyncio.wait(busy)
                return True
        return False

    @property
    def _dialect(self) -> str:
        return self._database.url.get_backend_name()

    def _now(self) -> Any:
        if self._clock is not None:
            return self._clock()
        if self._database.is_sqlite:
            return datetime.now(UTC)
        return SERVER_TIME

    def _wake(self, source: str) -> None:
        if self._database.is_sqlite:  # PostgreSQL tells everybody by itself, at commit
            self._wakeups.wake(payload(source))

    async def _write(self, work: Callable[[Connection], T], *, patient: bool = False) -> T:
        """Do some work in one durable transaction; a failure rolls all of it back."""
        with in_plain_words(self._database.name):
            async with self._deadlines.within(patient=patient):
                return await (await self._opened()).write(work)

    async def _read(self, work: Callable[[Connection], T], *, patient: bool = False) -> T:
        """Do some work that only reads, in one transaction."""
        with in_plain_words(self._database.name):
            async with self._deadlines.within(patient=patient):
                return await (await self._opened()).read(work)

    async def _at_once(
        self, work: Callable[[Direct], T], *, reads: bool = False, repeatable: bool = False
    ) -> T:
        """
        Do statements that are each a transaction of its own, and make themselves durable.

        Where the connection breaks nobody knows whether they were done. What only ``reads`` or is
        ``repeatable`` is then done again, as the connection may have been broken for long.
        """
        with in_plain_words(self._database.name):
            async with self._deadlines.within():
                runner = await self._opened()
                try:
                    return await runner.at_once(work, reads=reads)
                except DBAPIError as error:
                    if not ((reads or repeatable) and error.connection_invalidated):
                        raise
                return await runner.at_once(work, reads=reads)

    async def _opened(self) -> Runner:
        async with self._opening:
            if self._runner is None:
                self._runner = await opened(self._database)
            return self._runner
