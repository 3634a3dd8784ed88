"""Limits that several processes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, select

from notifykit.errors import StorageError
from notifykit.rates import Rate
from notifykit.storage import SqlRepository
from notifykit.storage.migrate import migrate
from notifykit.storage.tables import buckets

NOW = timedelta(0)
# Nothing of it comes back while a test runs.
RATE = Rate(20, timedelta(days=300), burst=20)

Opened = Callable[[], SqlRepository]


@pytest.fixture(params=["sqlite", "postgresql", "postgresql+psycopg"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql", request.param, 1)


@asynccontextmanager
async def opened(url: str, count: int = 1, **wishes) -> AsyncIterator[list[SqlRepository]]:
    async with AsyncExitStack() as stack:
        repositories = [SqlRepository(url, **wishes) for _ in range(count)]
        for repository in repositories:
            stack.push_async_callback(repository.aclose)
        yield repositories


async def test_two_processes_together_take_no_more_than_there_is(url: str) -> None:
    async with opened(url, 2) as repositories:
        waits = await asyncio.gather(
            *(repositories[number % 2].take("bot", "a", RATE) for number in range(50))
        )

    assert 20 == waits.count(NOW)


async def test_the_stores_clock_says_when_it_may_be_asked_again(url: str) -> None:
    rate = Rate(1, timedelta(hours=1))
    async with opened(url) as [repository]:
        taken = await repository.take("bot", "a", rate)
        wait = await repository.take("bot", "a", rate)
        filling = await repository.filling("bot", "a")

    assert NOW == taken
    assert timedelta(minutes=59) < filling <= wait <= timedelta(hours=1)


async def test_buckets_of_several_limits_are_taken_in_one_order_by_everybody(url: str) -> None:
    # With room to spare: two clocks are read in another order than the locks are taken.
    roomy = Rate(40, timedelta(hours=1), burst=40)
    names = [f"limit-{number}" for number in range(8)]
    async with opened(url, 2) as [one, other]:
        async with asyncio.timeout(20):
            waits = await asyncio.gather(
                *(one.take("bot", name, roomy) for _ in range(10) for name in names),
                *(other.take("bot", name, roomy) for _ in range(10) for name in reversed(names)),
            )

    assert {NOW} == set(waits)


async def test_what_has_been_full_for_long_is_forgotten(url: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    async with opened(url, clock=lambda: now) as [repository]:
        await repository.take("bot", "old", Rate(1, timedelta(hours=1)))
        await repository.take("bot", "slow", RATE, cost=20)
    now += timedelta(days=8)
    async with opened(url, clock=lambda: now) as [repository]:
        await repository.take("bot", "new", RATE)
        left = await repository._read(_names)

    assert ["new", "slow"] == left


async def test_what_was_taken_counts_once_even_if_the_sweep_after_it_fails(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    url, rate = f"sqlite:///{tmp_path}/notifykit.db", Rate(1000, timedelta(hours=1), burst=500)
    async with opened(url, clock=lambda: now) as [repository]:
        await repository.take("bot", "old", rate)
    now += timedelta(days=8)
    async with opened(url, clock=lambda: now) as [repository]:
        await repository._write(lambda connection: connection.exec_driver_sql(_NO_SWEEP).close())
        await asyncio.gather(*(repository.take("bot", "new", rate) for _ in range(10)))
        filling = await repository.filling("bot", "new")
        left = await repository._read(_names)

    assert ["new", "old"] == left
    assert 10 * rate.pause == filling


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
async def test_takes_whose_commit_failed_are_not_taken_again_one_by_one(
    migrated_url: str, driver: str
) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(_NO_COMMIT)
    async with opened(migrated_url.replace("postgresql", driver, 1)) as [repository]:
        done = await asyncio.gather(
            *(repository.take("bot", "a", RATE) for _ in range(10)), return_exceptions=True
        )
        tries = await repository._read(
            lambda reader: reader.exec_driver_sql("SELECT last_value FROM tries").scalar_one()
        )

    assert [StorageError] * 10 == [type(one) for one in done]
    assert 1 == tries


async def test_a_name_that_no_database_keeps_is_a_bucket_all_the_same(url: str) -> None:
    async with opened(url) as [repository]:
        waits = [await repository.take("b\0t", "a\ud800", Rate(1, timedelta(hours=1)))]
        waits.append(await repository.take("b\0t", "a\ud800", Rate(1, timedelta(hours=1))))
        filling = await repository.filling("b\0t", "a\ud800")

    assert NOW == waits[0] < filling <= waits[1]


_NO_SWEEP = """
    CREATE TRIGGER no_sweep BEFORE DELETE ON rate_buckets BEGIN SELECT RAISE(ABORT, 'kept'); END
"""
_NO_COMMIT = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('tries');
        RAISE EXCEPTION 'refused at commit';
    END $$;
    CREATE CONSTRAINT TRIGGER no_commit AFTER INSERT ON rate_buckets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.fixture
async def migrated_url(empty_postgres_url: str) -> str:
    """A database of its own, so that nobody else meets its triggers."""
    await migrate(empty_postgres_url)
    return empty_postgres_url


def _names(connection: Connection) -> list[str]:
    return [*connection.execute(select(buckets.c.name).order_by(buckets.c.name)).scalars()]
