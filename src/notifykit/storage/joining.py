"""Accepts a submission within a transaction of the host application."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session

from notifykit.errors import ConfigurationError
from notifykit.rates import Rate
from notifykit.storage.accepting import Wanted, add_all
from notifykit.storage.columns import storable
from notifykit.storage.failures import in_plain_words
from notifykit.storage.limiting import Take, known, take_each
from notifykit.storage.raw import AsyncpgConnection, PsycopgConnection, RawConnection
from notifykit.storage.urls import Database
from notifykit.submission import Submission

Taker = Callable[..., Awaitable[timedelta]]

# What a host may have, once it has imported the module.
_DRIVERS: tuple[tuple[str, str, type[RawConnection]], ...] = (
    ("asyncpg", "Connection", AsyncpgConnection),
    ("asyncpg.pool", "PoolConnectionProxy", AsyncpgConnection),
    ("psycopg", "AsyncConnection", PsycopgConnection),
)


class HostTransaction:
    """
    A transaction that the host application began and will end.

    If it is rolled back, nothing was accepted; when it is committed, exactly one submission was,
    as durably as everything else in it, and PostgreSQL wakes the workers. Until then nobody else
    sees it; a second transaction with the same key waits for the first one's end.

    A statement that fails leaves the transaction failed, as any other does; a savepoint around
    `add` keeps the rest. PostgreSQL does not let it be prepared (``PREPARE TRANSACTION``).

    Made by `SqlRepository.within`.
    """

    def __init__(
        self, host: Any, *, database: Database, now: Callable[[], Any], take: Taker
    ) -> None:
        self._connection = _joined(host, database)
        self._take = take
        self._turn = asyncio.Lock()  # several limits are asked at once, and connections cannot be
        self._database = database
        self._now = now

    async def add(self, submission: Submission, *, window: timedelta | None = None) -> Submission:
        """
        Keep a new submission, or find the one that has its key; see `SubmissionRepository.add`.

        Raises:
            ConfigurationError: No transaction has been begun, it is in a database of another
                kind, or our tables are not there.
            StorageError: The database did not do it.
        """
        with in_plain_words(self._database.name):
            connection = await self._connection()
            wanted = [Wanted(submission, window=window)]
            kept: Submission | Exception
            (kept,) = await connection.run_sync(add_all, wanted, self._now())
        if isinstance(kept, Exception):
            raise kept
        return kept

    async def take(self, source: str, name: str, rate: Rate, *, cost: int = 1) -> timedelta:
        """
        Take from a bucket; see `SubmissionRepository.take`.

        With PostgreSQL it is done outside of the host's transaction, which would keep everybody
        else who sends to the same people waiting until its end: what is rolled back has counted.
        SQLite has one writer at a time, and that is the host.
        """
        if not self._database.is_sqlite:
            return await self._take(source, name, rate, cost=cost)
        wanted = [Take(storable(source), storable(name), rate, cost)]
        with in_plain_words(self._database.name):
            async with self._turn:
                connection = await self._connection()
                waits: list[timedelta] = await connection.run_sync(
                    lambda sync: take_each(wanted, self._now(), sync)
                )
        return waits[0]

    async def known(
        self, submission: Submission, *, window: timedelta | None = None
    ) -> Submission | None:
        """Find the first submission with this one's key; see `SubmissionRepository.known`."""
        with in_plain_words(self._database.name):
            connection = await self._connection()
            first: Submission | None = await connection.run_sync(
                lambda sync: known(submission, window, self._now(), sync)
            )
        return first


def _joined(host: Any, database: Database) -> Callable[[], Awaitable[Any]]:
    if isinstance(host, AsyncSession | async_scoped_session | AsyncConnection):
        return lambda: _of_sqlalchemy(host, database)
    for module, name, kind in _DRIVERS:
        if module in sys.modules and isinstance(host, getattr(sys.modules[module], name)):
            if database.is_sqlite:
                raise _elsewhere("PostgreSQL", database)
            return lambda: _of_driver(kind(host))
    raise ConfigurationError(
        f"cannot join the transaction of {type(host).__module__}.{type(host).__qualname__}: "
        "supported are AsyncSession and AsyncConnection of sqlalchemy.ext.asyncio, a connection "
        "of asyncpg, and AsyncConnection of psycopg"
    )


async def _of_sqlalchemy(host: Any, database: Database) -> AsyncConnection:
    connection: AsyncConnection = (
        host if isinstance(host, AsyncConnection) else await host.connection()
    )
    if connection.dialect.name != database.url.get_backend_name():
        raise _elsewhere(connection.dialect.name, database)
    if connection.sync_connection and "AUTOCOMMIT" in str(
        connection.sync_connection.get_execution_options().get("isolation_level")
    ):
        raise ConfigurationError("the host's connection commits every statement by itself")
    return connection


async def _of_driver(connection: RawConnection) -> RawConnection:
    connection.check()
    return connection


def _elsewhere(kind: str, database: Database) -> ConfigurationError:
    return ConfigurationError(
        f"the host's connection is to {kind}, our tables are in {database.name}"
    )
