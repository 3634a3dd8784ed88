"""Connections that keep what they accepted."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from notifykit.errors import ConfigurationError, StorageError
from notifykit.storage.tables import attempts, metadata, submissions
from notifykit.storage.urls import BUSY_SECONDS, Database

_LOCK_PAUSE = 0.01

READS = {"notifykit_reads": True}

# Raised with every change of the tables; PRAGMA user_version of the file.
_SQLITE_VERSION = 3
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


async def open_engine(database: Database) -> AsyncEngine:
    """
    Make an engine; for SQLite the tables too, safely while other processes do the same.

    Raises:
        ConfigurationError: The folder of the file does not exist.
        StorageError: The file was made by a newer version.
    """
    if not database.is_sqlite:
        return _engine(database, pool_pre_ping=True)
    _check_folder(database)
    # SQLite has one writer at a time; one connection makes ours wait in line instead of polling
    # for the lock, and lets a database in memory live as long as the engine.
    engine = _engine(
        database,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    try:
        await asyncio.to_thread(_check_file, engine, database)
        async with engine.begin() as connection:
            await _make_tables(connection)
    except BaseException:
        await engine.dispose()
        raise
    return engine


def listening_engine(database: Database) -> AsyncEngine:
    """Make an engine for one connection that stays open and is in no transaction."""
    return _engine(
        database, poolclass=NullPool, pool_reset_on_return=None, isolation_level="AUTOCOMMIT"
    )


def _engine(database: Database, **options: Any) -> AsyncEngine:
    return create_async_engine(
        database.url,
        connect_args={**database.connect_args},
        hide_parameters=True,
        json_serializer=partial(json.dumps, ensure_ascii=False),
        **options,
    )


def _check_folder(database: Database) -> None:
    name = database.url.database or ":memory:"
    if name == ":memory:" or name.startswith("file:"):
        return
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        raise ConfigurationError(f"DATABASE_URL: the folder {folder} does not exist: make it")


def _check_file(engine: AsyncEngine, database: Database) -> None:
    # aiosqlite leaves a thread behind where it cannot open the file, so we find out before.
    arguments, options = engine.dialect.create_connect_args(database.url)
    connect: Any = sqlite3.connect
    with closing(connect(*arguments, **options)) as connection:
        _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL, once and for all; only SQLite does not wait for its lock here."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_LOCK_PAUSE)
        else:
            return


def _prepare(connection: Any, _: Any) -> None:
    # The driver's own transactions begin too late and never as IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
    except BaseException:
        # Nobody else knows this connection yet, and its thread would outlive the event loop.
        connection.close()
        raise


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later would be refused at once, not made to wait,
    # where another process wrote in between.
    reads = connection.get_execution_options().get("notifykit_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


async def _make_tables(connection: AsyncConnection) -> None:
    version = (await connection.execute(text("PRAGMA user_version"))).scalar_one()
    if version > _SQLITE_VERSION:
        raise StorageError(
            "this SQLite file was made by a newer version of notifykit: update this one"
        )
    if version < _SQLITE_VERSION:
        await connection.run_sync(_upgrade, version)
        await connection.execute(text(f"PRAGMA user_version = {_SQLITE_VERSION}"))


def _upgrade(connection: Connection, version: int) -> None:
    if version:
        for column in (attempts.c.decided_by, submissions.c.sha256):
            known = {found["name"] for found in inspect(connection).get_columns(column.table.name)}
            if column.name not in known:
                add = f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} TEXT"
                connection.execute(text(add))
        for index in submissions.indexes:
            index.create(connection, checkfirst=True)
    metadata.create_all(connection)
