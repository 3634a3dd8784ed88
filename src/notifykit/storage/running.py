"""Runs work in transactions, without ever keeping the event loop waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from notifykit.storage.direct import Direct

T = TypeVar("T")

# Seconds in which a connection has to close.
_GOODBYE = 5.0
_HASTE = 20

# Of an engine's execution options: the transaction will only read.
READS = {"notifykit_reads": True}


class Runner(Protocol):
    """Runs plain functions that are given a connection, each in one transaction."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work and commit it durably; a failure rolls all of it back."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that only reads, all of it from one moment's state where it can be had."""
        ...

    async def at_once(self, work: Callable[[Direct], T], *, reads: bool = False) -> T:
        """Do statements that are each a transaction of its own, and make themselves durable."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and threads."""
        ...


class AsyncRunner:
    """
    Runs it on an asynchronous driver.

    A connection that broke while nobody used it is found out by the work itself, which is then done
    on a new one: nothing of it was committed.

    Args:
        engine: Its connections belong to the event loop that uses them first.
        goodbye: Seconds in which a connection has to close; those after one that did not have a
            twentieth of it.
    """

    def __init__(self, engine: AsyncEngine, *, goodbye: float = _GOODBYE) -> None:
        self._engine = engine
        self._goodbye = goodbye
        self._autocommit = engine.sync_engine.execution_options(isolation_level="AUTOCOMMIT")

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work and commit it durably."""

        def durably(connection: Connection) -> T:
            # In every transaction: a pooler may give the next one another session.
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO on")
            return work(connection)

        return await self._run(durably)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that only reads."""
        return await self._run(work)

    async def at_once(self, work: Callable[[Direct], T], *, reads: bool = False) -> T:
        """Do statements; where the connection breaks, nobody knows whether the last was done."""

        def run() -> T:
            with self._autocommit.connect() as connection:
                return work(Direct(connection))

        # An `AsyncConnection` does the same in twice the time.
        return await greenlet_spawn(run)

    async def aclose(self) -> None:
        """Let go of the connections; one that does not say goodbye is cut."""
        patience = self._goodbye
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    return await self._engine.dispose()
            patience = self._goodbye / _HASTE  # the others will not answer either

    async def _run(self, work: Callable[[Connection], T]) -> T:
        done = False

        def tracked(connection: Connection) -> T:
            nonlocal done
            result = work(connection)
            done = True
            return result

        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(tracked)
        except DBAPIError as error:
            if done or not error.connection_invalidated:
                raise
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)


class ThreadRunner:
    """
    Runs it in threads of its own, as SQLite's driver blocks.

    SQLite has one writer at a time; one thread makes ours wait in line instead of polling for the
    lock. What only reads has another, so that a long list keeps no order waiting.

    Args:
        engine: Its connections may be used by any thread.
        parallel: Whether there are two connections, as memory has only one.
    """

    def __init__(self, engine: Engine, *, parallel: bool) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**READS)
        self._writer = ThreadPoolExecutor(1, "notifykit-sqlite")
        self._reader = ThreadPoolExecutor(1, "notifykit-sqlite") if parallel else self._writer

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work and commit it durably."""
        return await self._run(self._writer, self._engine, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that only reads."""
        return await self._run(self._reader, self._reading, work)

    async def at_once(self, work: Callable[[Direct], T], *, reads: bool = False) -> T:
        """Do statements; SQLite commits each durably by itself."""

        def run() -> T:
            with self._engine.connect() as connection:
                return work(Direct(connection))

        executor = self._reader if reads else self._writer
        return await asyncio.get_running_loop().run_in_executor(executor, run)

    async def aclose(self) -> None:
        """Let go of the connections and the threads."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for executor in (self._writer, self._reader):
            executor.shutdown()
        self._engine.dispose()

    async def _run(
        self, executor: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], T]
    ) -> T:
        def run() -> T:
            with engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(executor, run)
