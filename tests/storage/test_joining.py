import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from notifykit.errors import ConfigurationError, StorageError
from notifykit.storage import SqlRepository
from notifykit.storage.migrate import migrate
from notifykit.submission import Outcome, Refusal
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission

WINDOW = timedelta(minutes=10)


@asynccontextmanager
async def engine_of(url: str):
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def in_session(url: str):
    async with engine_of(url) as engine, AsyncSession(engine) as session, session.begin():
        yield session


@asynccontextmanager
async def in_scoped_session(url: str):
    async with engine_of(url) as engine:
        scoped = async_scoped_session(async_sessionmaker(engine), asyncio.current_task)
        async with scoped.begin():
            yield scoped
        await scoped.remove()


@asynccontextmanager
async def in_connection(url: str):
    async with engine_of(url) as engine, engine.begin() as connection:
        yield connection


@asynccontextmanager
async def in_asyncpg(url: str):
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def in_asyncpg_pool(url: str):
    async with (
        asyncpg.create_pool(url, min_size=1, max_size=1) as pool,
        pool.acquire() as connection,
        connection.transaction(),
    ):
        yield connection


@asynccontextmanager
async def in_asyncpg_with_codecs(url: str):
    async with in_asyncpg(url) as connection:
        for name in ("json", "jsonb"):
            await connection.set_type_codec(
                name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads
            )
        yield connection


@asynccontextmanager
async def in_psycopg(url: str):
    async with await psycopg.AsyncConnection.connect(url) as connection:
        yield connection


@asynccontextmanager
async def in_psycopg_block(url: str):
    async with (
        await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.AsyncRawCursor
        ) as connection,
        connection.transaction(),
    ):
        yield connection


HOSTS = {
    "session": ("postgresql+asyncpg", in_session),
    "session over psycopg": ("postgresql+psycopg", in_session),
    "scoped session": ("postgresql+asyncpg", in_scoped_session),
    "connection": ("postgresql+asyncpg", in_connection),
    "connection over psycopg": ("postgresql+psycopg", in_connection),
    "asyncpg": ("postgresql", in_asyncpg),
    "asyncpg's pool": ("postgresql", in_asyncpg_pool),
    "asyncpg with codecs": ("postgresql", in_asyncpg_with_codecs),
    "psycopg": ("postgresql", in_psycopg),
    "psycopg with a block": ("postgresql", in_psycopg_block),
    "sqlite session": ("sqlite+aiosqlite", in_session),
    "sqlite connection": ("sqlite+aiosqlite", in_connection),
}
POSTGRES = [name for name in HOSTS if "sqlite" not in name]


class Host:
    """A host application, and its repository."""

    def __init__(self, name: str, url: str) -> None:
        driver, self._transaction = HOSTS[name]
        self.url = url
        self._url = url.replace(url.partition(":")[0], driver, 1)

    def transaction(self):
        return self._transaction(self._url)


@pytest.fixture(params=HOSTS)
def host(request, tmp_path: Path) -> Host:
    if "sqlite" in request.param:
        url = f"sqlite:///{tmp_path}/shop.db"
        asyncio.run(migrate(url))
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("CREATE TABLE host_orders (id TEXT)")
        connection.close()
        return Host(request.param, url)
    url = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS host_orders (id TEXT)")
        connection.execute("TRUNCATE host_orders")
    return Host(request.param, url)


postgres_hosts = pytest.mark.parametrize("host", POSTGRES, indirect=True)


@pytest.fixture
async def repository(host: Host):
    repository = SqlRepository(host.url)
    yield repository
    await repository.aclose()


async def write(connection, id_: str) -> None:
    statement = f"INSERT INTO host_orders VALUES ('{id_}')"
    known = type(connection).__module__.startswith("sqlalchemy")
    await connection.execute(text(statement) if known else statement)


async def written(url: str) -> list[str]:
    async with (
        engine_of(
            url.replace("postgresql", "postgresql+asyncpg").replace("sqlite", "sqlite+aiosqlite")
        ) as engine,
        engine.begin() as connection,
    ):
        return list((await connection.execute(text("SELECT id FROM host_orders"))).scalars())


async def test_a_commit_keeps_the_order_and_exactly_one_mail(
    host: Host, repository: SqlRepository
) -> None:
    submission = make_submission()
    async with host.transaction() as connection:
        await write(connection, submission.id)
        kept = await repository.within(connection).add(submission)
    now = kept.created_at

    assert replace(submission, created_at=now, updated_at=now, due_at=now) == kept
    assert kept == await repository.get(submission.id)
    assert ([submission.id], 1) == (await written(host.url), len(await repository.recent()))


async def test_a_rollback_keeps_neither_order_nor_mail(
    host: Host, repository: SqlRepository
) -> None:
    submission = make_submission()
    with suppress(ZeroDivisionError):
        async with host.transaction() as connection:
            await repository.within(connection).add(submission)
            await write(connection, submission.id)
            raise ZeroDivisionError

    assert ([], []) == (await written(host.url), list(await repository.recent()))


async def test_a_repeat_finds_the_first_one_and_all_that_happened_to_it(
    host: Host, repository: SqlRepository
) -> None:
    first = await repository.add(make_submission("key"), lease=LEASE)
    refusal = Refusal(recipient="a@example.com", text="нет ящика", code=550)
    attempt = replace(make_attempt(), outcome=Outcome.ACCEPTED, refused=(refusal,))
    for provider in ("gmail", "yandex"):
        attempt = replace(attempt, id=provider, provider=provider)
        first = await repository.save(first.with_attempt(attempt))
    async with host.transaction() as connection:
        found = await repository.within(connection).add(make_submission("key"))
        await write(connection, "still usable")

    assert replace(first, repeated=True) == found
    assert (["still usable"], 1) == (await written(host.url), len(await repository.recent()))


async def test_a_repeat_in_the_same_transaction_is_one_too(
    host: Host, repository: SqlRepository
) -> None:
    async with host.transaction() as connection:
        first = await repository.within(connection).add(make_submission("key"))
        again = await repository.within(connection).add(make_submission("key"))

    assert replace(first, repeated=True) == again
    assert 1 == len(await repository.recent())


async def test_after_the_window_the_key_is_free_again(host: Host) -> None:
    now = datetime.now(UTC)
    repository = SqlRepository(host.url, clock=lambda: now)
    first = await repository.add(make_submission("key"), window=WINDOW)
    within = make_submission("key")
    async with host.transaction() as connection:
        kept = await repository.within(connection).add(within, window=WINDOW)
    now += 2 * WINDOW
    async with host.transaction() as connection:
        second = await repository.within(connection).add(make_submission("key"), window=WINDOW)
    retired = await repository.get(first.id)
    await repository.aclose()

    assert (first.id, True) == (kept.id, kept.repeated)
    assert (False, now) == (second.repeated, second.created_at)
    assert f"key:{first.id}" == retired.idempotency_key


@postgres_hosts
async def test_the_commit_wakes_the_workers_and_not_before(
    host: Host, repository: SqlRepository
) -> None:
    await repository.changed("bot", within=timedelta(seconds=30))  # that it listens
    waits = asyncio.create_task(repository.changed("bot", within=timedelta(seconds=30)))
    async with host.transaction() as connection:
        submission = await repository.within(connection).add(make_submission())
        await repository.add(make_submission(source="marker"))
        await repository.changed("marker", within=timedelta(seconds=30))
        assert not waits.done()
        assert [] == list(await repository.claim(source="bot", lease=LEASE))
    async with asyncio.timeout(20):
        await waits
    (claimed,) = await repository.claim(source="bot", lease=LEASE)

    assert submission.id == claimed.id


@postgres_hosts
@pytest.mark.parametrize("committed", [True, False])
async def test_of_two_transactions_with_one_key_the_second_waits_for_the_first(
    host: Host, repository: SqlRepository, *, committed: bool
) -> None:
    first, second = make_submission("key"), make_submission("key")

    async def come_second():
        async with host.transaction() as connection:
            return await repository.within(connection).add(second)

    with suppress(ZeroDivisionError):
        async with host.transaction() as connection:
            await repository.within(connection).add(first)
            late = asyncio.create_task(come_second())
            await somebody_waits(host.url)
            assert not late.done()
            if not committed:
                raise ZeroDivisionError
    kept = await late

    assert (first.id if committed else second.id, committed) == (kept.id, kept.repeated)
    assert [kept.id] == [submission.id for submission in await repository.recent()]


async def somebody_waits(url: str) -> None:
    async with asyncio.timeout(30):
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while True:
                found = await connection.execute(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if (await found.fetchone())[0]:
                    return


async def test_what_breaks_is_said_in_plain_words(host: Host, repository: SqlRepository) -> None:
    broken = replace(make_submission(), fence=None, kind=None)
    with pytest.raises(StorageError, match="this breaks a rule of the tables"):
        async with host.transaction() as connection:
            await repository.within(connection).add(broken)

    assert [] == list(await repository.recent())


@pytest.mark.parametrize("name", ["session", "connection", "asyncpg", "psycopg"])
async def test_missing_tables_are_said_to_be_missing(name: str, empty_postgres_url: str) -> None:
    host, repository = Host(name, empty_postgres_url), SqlRepository(empty_postgres_url)

    with pytest.raises(ConfigurationError, match="run `notifykit migrate`"):
        async with host.transaction() as connection:
            await repository.within(connection).add(make_submission())


async def test_missing_tables_of_a_file_are_said_to_be_missing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"

    with pytest.raises(ConfigurationError, match="run `notifykit migrate`"):
        async with Host("sqlite session", url).transaction() as session:
            await SqlRepository(url).within(session).add(make_submission())


@pytest.mark.parametrize(
    "opened",
    [
        asyncpg.connect,
        lambda url: psycopg.AsyncConnection.connect(url, autocommit=True),
    ],
)
async def test_a_connection_without_a_transaction_is_refused(opened, postgres_url: str) -> None:
    repository, connection = SqlRepository(postgres_url), await opened(postgres_url)
    with pytest.raises(ConfigurationError, match="no transaction has been begun"):
        await repository.within(connection).add(make_submission())
    await connection.close()


async def test_a_connection_that_commits_by_itself_is_refused(postgres_url: str) -> None:
    url = postgres_url.replace("postgresql", "postgresql+asyncpg", 1)
    async with engine_of(url) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(ConfigurationError, match="commits every statement by itself"):
            await SqlRepository(postgres_url).within(connection).add(make_submission())


async def test_a_connection_to_another_kind_of_database_is_refused(
    postgres_url: str, tmp_path: Path
) -> None:
    file = f"sqlite:///{tmp_path}/notifykit.db"
    async with Host("asyncpg", postgres_url).transaction() as connection:
        with pytest.raises(ConfigurationError, match="is to PostgreSQL, our tables are in SQL"):
            SqlRepository(file).within(connection)
    async with Host("sqlite session", file).transaction() as session:
        with pytest.raises(ConfigurationError, match="is to sqlite, our tables are in Postgre"):
            await SqlRepository(postgres_url).within(session).add(make_submission())


@pytest.mark.parametrize("kind", ["Session", "Connection", "sqlite3.Connection", "NoneType"])
def test_what_cannot_be_joined_is_named_with_what_can(kind: str) -> None:
    engine = create_engine("sqlite://")
    hosts = {
        "Session": Session(engine),
        "Connection": engine.connect(),
        "sqlite3.Connection": sqlite3.connect(":memory:"),
        "NoneType": None,
    }
    with pytest.raises(ConfigurationError, match=f"{kind}: supported are AsyncSession and Async"):
        SqlRepository("sqlite://").within(hosts[kind])
    for name in ("Session", "Connection", "sqlite3.Connection"):
        hosts[name].close()
    engine.dispose()
