"""Connections that keep what they accepted."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

from notifykit.errors import ConfigurationError, StorageError
from notifykit.storage.filling import fill
from notifykit.storage.indexing import follow_the_submissions
from notifykit.storage.liveness import keep_alive
from notifykit.storage.running import AsyncRunner, Runner, ThreadRunner
from notifykit.storage.tables import attempts, metadata, submissions
from notifykit.storage.urls import BUSY_SECONDS, Database

_LOCK_PAUSE = 0.01

_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,
    "json_serializer": json.JSONEncoder(ensure_ascii=False).encode,
}

# Raised with every change of the tables; PRAGMA user_version of the file.
_SQLITE_VERSION = 4
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What was forgotten must not stay in pages that are free; some builds do it by themselves.
    "PRAGMA secure_delete = ON",
)


async def opened(database: Database) -> Runner:
    """
    Open it; of SQLite make the tables too, safely while other processes do the same.

    Raises:
        ConfigurationError: The folder of the file does not exist.
        StorageError: The file was made by a newer version.
    """
    if not database.is_sqlite:
        return AsyncRunner(async_engine(database))
    _check_folder(database)
    _make_private(database)
    parallel = not _in_memory(database)
    runner = ThreadRunner(_sqlite_engine(database, connections=1 + parallel), parallel=parallel)
    try:
        await runner.write(_make_tables)
        await fill(runner)
    except BaseException:
        await runner.aclose()
        raise
    return runner


def _sqlite_engine(database: Database, *, connections: int) -> Engine:
    engine = create_engine(
        database.url,
        connect_args={**database.connect_args, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        **_OPTIONS,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def listening_engine(database: Database) -> AsyncEngine:
    """Make an engine for one connection that stays open and is in no transaction."""
    return async_engine(
        database, poolclass=NullPool, pool_reset_on_return=None, isolation_level="AUTOCOMMIT"
    )


def async_engine(database: Database, **options: Any) -> AsyncEngine:
    """Make an engine for PostgreSQL."""
    engine = create_async_engine(
        database.url, connect_args={**database.connect_args}, **_OPTIONS, **options
    )
    if database.liveness:
        event.listen(engine.sync_engine, "connect", partial(_watch_over, database.liveness))
    return engine


def _watch_over(wanted: Mapping[str, int], connection: Any, _: Any) -> None:
    # asyncpg has neither a setting for it nor another way to its socket.
    transport = getattr(connection.driver_connection, "_transport", None)
    connected = transport and transport.get_extra_info("socket")
    if connected is not None:
        keep_alive(connected, wanted)


def _check_folder(database: Database) -> None:
    name = database.url.database or ":memory:"
    if _in_memory(database) or name.startswith("file:"):
        return
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        raise ConfigurationError(f"DATABASE_URL: the folder {folder} does not exist: make it")


def _make_private(database: Database) -> None:
    """Let nobody but this user read a new file, as people's names and phones are in it."""
    name = database.url.database or ":memory:"
    if not _in_memory(database) and not name.startswith("file:"):
        # Where it is there already its rights stay, and what cannot be made SQLite says better.
        with suppress(OSError):
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _in_memory(database: Database) -> bool:
    name = database.url.database or ":memory:"
    return ":memory:" in name or "mode=memory" in str(database.url)


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
    try:
        _write_ahead(connection)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()  # nobody else knows it yet
        raise


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later would be refused at once, not made to wait,
    # where another process wrote in between.
    reads = connection.get_execution_options().get("notifykit_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _make_tables(connection: Connection) -> None:
    version = connection.execute(text("PRAGMA user_version")).scalar_one()
    if version > _SQLITE_VERSION:
        raise StorageError(
            "this SQLite file was made by a newer version of notifykit: update this one"
        )
    if version < _SQLITE_VERSION:
        _upgrade(connection, version)
        connection.execute(text(f"PRAGMA user_version = {_SQLITE_VERSION}"))


def _upgrade(connection: Connection, version: int) -> None:
    if version:
        for column in (attempts.c.decided_by, submissions.c.sha256, submissions.c.search):
            known = {found["name"] for found in inspect(connection).get_columns(column.table.name)}
            if column.name not in known:
                add = f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} TEXT"
                connection.execute(text(add))
        connection.execute(text("DROP INDEX IF EXISTS ix_order_submissions_source_status_id"))
        for index in (*submissions.indexes, *attempts.indexes):
            index.create(connection, checkfirst=True)
    metadata.create_all(connection)
    follow_the_submissions(connection)
