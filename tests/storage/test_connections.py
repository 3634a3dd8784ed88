"""Whatever becomes of the network or of others' locks, every call ends, and so does closing."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from notifykit.errors import StorageError
from notifykit.rates import Rate
from notifykit.storage import SqlRepository
from notifykit.storage.deadlines import Deadlines
from notifykit.storage.engines import async_engine
from notifykit.storage.retention import purge
from notifykit.storage.running import AsyncRunner
from notifykit.storage.urls import database
from notifykit.submission import EventKind, Status
from notifykit.testing.repository_case import LEASE, SECOND, make_submission
from notifykit.testing.repository_events import make_event
from storage_network import Network

LOCK = "LOCK TABLE order_submissions IN ACCESS EXCLUSIVE MODE"
CALLERS = 250


@pytest.fixture(params=["postgresql", "postgresql+psycopg"])
def driver(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def network(postgres_url: str) -> AsyncIterator[Network]:
    async with Network(postgres_url).open() as network:
        yield network


def hurried(url: str) -> SqlRepository:
    repository = SqlRepository(url)
    repository._deadlines = Deadlines(1.0, closing=0.5, once_more=0.5)
    return repository


async def test_on_a_connection_that_died_silently_a_call_ends_in_time(
    network: Network, driver: str
) -> None:
    repository = hurried(network.url(driver))
    kept = await repository.add(make_submission())
    network.sever()
    with pytest.raises(StorageError, match="did not answer in time"):
        await repository.get(kept.id)

    assert network.swallowed.is_set()

    repository._deadlines = Deadlines()

    assert kept == await repository.get(kept.id)  # on a new one

    await repository.aclose()


async def test_closing_ends_although_connections_died_silently(
    network: Network, driver: str
) -> None:
    runner = AsyncRunner(async_engine(database(network.url(driver))), goodbye=0.2)
    pid = text("SELECT pg_backend_pid()")
    pids = await asyncio.gather(
        *(runner.read(lambda reader: reader.execute(pid).scalar_one()) for _ in range(4))
    )
    network.sever()
    async with asyncio.timeout(2):
        await runner.aclose()

    assert 4 == len(set(pids))
    assert 0 == runner._engine.pool.checkedin()


async def test_closing_ends_although_somebody_holds_a_lock(postgres_url: str, driver: str) -> None:
    repository = hurried(postgres_url.replace("postgresql", driver, 1))
    repository._deadlines = Deadlines(closing=0.3, once_more=0.3)
    await repository.probe()
    with psycopg.connect(postgres_url) as other:
        other.execute(LOCK)
        adding = [asyncio.create_task(repository.add(make_submission())) for _ in range(CALLERS)]
        await until_somebody_waits(postgres_url)
        async with asyncio.timeout(5):
            await repository.aclose()
        done = await asyncio.gather(*adding, return_exceptions=True)

    assert [StorageError] * CALLERS == [type(one) for one in done]
    assert [] == list(await repository.recent())  # it opens again, and nothing came late

    await repository.aclose()


async def test_closing_a_file_that_somebody_keeps_locked_ends_too(tmp_path: Path) -> None:
    repository = hurried(f"sqlite:///{tmp_path}/notifykit.db?timeout=0.5")
    repository._deadlines = Deadlines(None, closing=0.3)
    await repository.probe()
    with sqlite3.connect(tmp_path / "notifykit.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        adding = [asyncio.create_task(repository.add(make_submission())) for _ in range(CALLERS)]
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await repository.aclose()
        done = await asyncio.gather(*adding, return_exceptions=True)
        other.execute("ROLLBACK")
    other.close()

    assert [StorageError] * CALLERS == [type(one) for one in done]
    assert repository._runner is None


@pytest.mark.parametrize(
    "call",
    [
        lambda repository, kept: repository.add(make_submission()),
        lambda repository, kept: repository.save(replace(kept, status=Status.SENT)),
        lambda repository, kept: repository.take("bot", "provider:gmail", Rate(1, SECOND)),
        lambda repository, kept: repository.record(make_event(kept.id, EventKind.DELIVERED)),
    ],
    ids=["add", "save", "take", "record"],
)
async def test_closing_waits_for_those_who_wait_for_their_batch(tmp_path: Path, call) -> None:
    repository = SqlRepository(f"sqlite:///{tmp_path}/notifykit.db")
    kept = await repository.add(make_submission(), lease=LEASE)
    calling = [asyncio.create_task(call(repository, kept)) for _ in range(CALLERS)]
    await asyncio.sleep(0)
    await repository.aclose()

    assert repository._runner is None
    assert [True] * CALLERS == [one.done() for one in calling]

    await asyncio.gather(*calling)

    assert repository._runner is None


async def test_who_waits_for_a_lock_is_told_in_time_and_the_server_waits_no_longer(
    postgres_url: str, driver: str
) -> None:
    repository = hurried(postgres_url.replace("postgresql", driver, 1))
    with psycopg.connect(postgres_url) as other:
        other.execute(LOCK)
        with pytest.raises(StorageError, match="is a lock held for long"):
            await repository.add(make_submission(), lease=LEASE)
        left = other.execute(WAITING).fetchone()
    await repository.aclose()

    assert (0,) == left


async def test_what_takes_long_by_nature_is_not_cut(postgres_url: str, driver: str) -> None:
    repository = SqlRepository(postgres_url.replace("postgresql", driver, 1))
    kept = await repository.add(make_submission())
    repository._deadlines = Deadlines(0)
    with pytest.raises(StorageError, match="in time"):
        await repository.get(kept.id)
    done = await purge(repository, older_than=timedelta(0))
    await repository.aclose()

    assert 1 == done.still_open


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", (1, 30, 10, 3, 30_000)),
        ("?keepalives_idle=77&tcp_user_timeout=9000", (1, 77, 10, 3, 9000)),
        ("?keepalives=0&tcp_user_timeout=0", (0, None, None, None, 0)),
    ],
)
async def test_a_dead_connection_is_noticed_by_the_system_as_the_url_says(
    postgres_url: str, driver: str, query: str, wanted: tuple[int | None, ...]
) -> None:
    engine = async_engine(database(postgres_url.replace("postgresql", driver, 1) + query))
    async with engine.connect() as connection:
        known = (await connection.get_raw_connection()).driver_connection
        its = known if "psycopg" in driver else known._transport.get_extra_info("socket")
        with socket.socket(fileno=os.dup(its.fileno())) as connected:
            found = (
                connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
                connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
            )
    await engine.dispose()

    assert wanted == tuple(
        None if want is None else have for want, have in zip(wanted, found, strict=True)
    )


WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_somebody_waits(url: str) -> None:
    async with asyncio.timeout(10):
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as reader:
            while (await (await reader.execute(WAITING)).fetchone()) == (0,):
                pass
