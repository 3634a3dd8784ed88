"""Hears what PostgreSQL tells when there may be work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from notifykit.errors import NotifykitError
from notifykit.storage.engines import listening_engine
from notifykit.storage.failures import in_plain_words
from notifykit.storage.notifying import CHANNEL
from notifykit.storage.urls import Database
from notifykit.storage.waking import Wakeups

# A firewall forgets a connection that says nothing for some minutes, and tells nobody.
_SILENCE = 60.0
_ANSWER = 10.0

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class Listener:
    """
    Holds one connection of its own, from the first `start` until `aclose`.

    Where it is cut or refused, it quietly tries again after ever longer pauses of up to a minute;
    whoever waits then finds what is due by looking from time to time. Behind a pooler that hands
    out connections per transaction (PgBouncer) it would hear nothing, and others what is not
    theirs.

    Args:
        database: Where to listen.
        wakeups: What to wake; all of it whenever the connection is new, as something may have
            been missed.
        silence: Seconds after which the connection is seen to be there.
        pause: Seconds before the first new try.
    """

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        silence: float = _SILENCE,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._silence = silence
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen in the background; nothing happens where it does already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        """Let go of the connection."""
        task, self._task = self._task, None
        while task is not None and not task.done():
            task.cancel()  # again where the connection does not even answer to its end
            await asyncio.wait({task}, timeout=_ANSWER)

    async def _run(self) -> None:
        pause = self._pause
        while True:
            with suppress(NotifykitError), in_plain_words(self._database.name):
                async with aclosing(_payloads(self._database, self._silence)) as payloads:
                    async for source in payloads:
                        pause = self._pause
                        self._pass_on(source)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _pass_on(self, source: str | None) -> None:
        if source is None:
            self._wakeups.wake_all()
        else:
            self._wakeups.wake(source)


async def _payloads(database: Database, silence: float) -> AsyncGenerator[str | None]:
    """Give None as soon as nothing can be missed any more, and then what is told."""
    engine = listening_engine(database)
    told = _told_to_asyncpg if engine.driver == "asyncpg" else _told_to_psycopg
    try:
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            async with aclosing(told(driver, silence)) as payloads:
                async for payload in payloads:
                    yield payload
    finally:
        await engine.dispose()


async def _told_to_asyncpg(connection: Any, silence: float) -> AsyncGenerator[str | None]:
    told: asyncio.Queue[str | None] = asyncio.Queue()
    connection.add_termination_listener(lambda _: told.put_nowait(None))
    await connection.add_listener(CHANNEL, lambda *details: told.put_nowait(details[-1]))
    yield None
    while True:
        try:
            async with asyncio.timeout(silence):
                payload = await told.get()
        except TimeoutError:
            await connection.execute("SELECT 1", timeout=_ANSWER)
        else:
            if payload is None:
                return
            yield payload


async def _told_to_psycopg(connection: Any, silence: float) -> AsyncGenerator[str | None]:
    await connection.execute(f"LISTEN {CHANNEL}")
    yield None
    while True:
        async with aclosing(connection.notifies(timeout=silence)) as notifications:
            async for notification in notifications:
                yield notification.payload
        async with asyncio.timeout(_ANSWER):
            await connection.execute("SELECT 1")
        yield None  # before 3.2.4, psycopg forgets what it is told in the meantime
