"""A submission in the application's own transaction: rolled back no mail, committed exactly one."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Any

import asyncpg
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from notifykit import Notifier, Order, Status
from notifykit.errors import ConfigurationError
from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.testing.fake import FakeTransport

INSERT = "INSERT INTO shop_sales VALUES ('A-17')"
COUNT = "SELECT count(*) FROM shop_sales"


@dataclass
class Host:
    """An application with a transaction of its own, in which it has work of its own."""

    connection: Any
    execute: Callable[[str], Awaitable[Any]]
    commit: Callable[[], Awaitable[Any]]
    rollback: Callable[[], Awaitable[Any]]


async def asyncpg_connection(stack: AsyncExitStack, url: str) -> Host:
    connection = await asyncpg.connect(url)
    stack.push_async_callback(connection.close)
    transaction = connection.transaction()
    await transaction.start()
    return Host(connection, connection.execute, transaction.commit, transaction.rollback)


async def asyncpg_pool(stack: AsyncExitStack, url: str) -> Host:
    pool = await stack.enter_async_context(asyncpg.create_pool(url, min_size=1, max_size=1))
    connection = await stack.enter_async_context(pool.acquire())
    transaction = connection.transaction()
    await transaction.start()
    return Host(connection, connection.execute, transaction.commit, transaction.rollback)


async def psycopg_connection(stack: AsyncExitStack, url: str) -> Host:
    connection = await psycopg.AsyncConnection.connect(url)
    stack.push_async_callback(connection.close)
    return Host(connection, connection.execute, connection.commit, connection.rollback)


async def session(stack: AsyncExitStack, url: str) -> Host:
    engine = create_async_engine(_for_sqlalchemy(url))
    stack.push_async_callback(engine.dispose)
    made = await stack.enter_async_context(AsyncSession(engine))
    return Host(made, lambda sql: made.execute(text(sql)), made.commit, made.rollback)


async def connection_of_sqlalchemy(stack: AsyncExitStack, url: str) -> Host:
    engine = create_async_engine(_for_sqlalchemy(url))
    stack.push_async_callback(engine.dispose)
    made: AsyncConnection = await stack.enter_async_context(engine.connect())
    return Host(made, lambda sql: made.execute(text(sql)), made.commit, made.rollback)


async def session_over_psycopg(stack: AsyncExitStack, url: str) -> Host:
    return await session(stack, url.replace("postgresql://", "postgresql+psycopg://"))


def _for_sqlalchemy(url: str) -> str:
    for plain, driver in (("postgresql://", "asyncpg"), ("sqlite://", "aiosqlite")):
        url = url.replace(plain, plain.replace("://", f"+{driver}://"))
    return url


ON_POSTGRES = [
    asyncpg_connection,
    asyncpg_pool,
    psycopg_connection,
    session,
    connection_of_sqlalchemy,
    session_over_psycopg,
]
ON_SQLITE = [session, connection_of_sqlalchemy]


@pytest.fixture(
    params=[
        *(pytest.param(("postgres", kind), id=f"postgres-{kind.__name__}") for kind in ON_POSTGRES),
        *(pytest.param(("sqlite", kind), id=f"sqlite-{kind.__name__}") for kind in ON_SQLITE),
    ]
)
def given(request, tmp_path) -> tuple[str, Any]:
    """A database with our tables, and a sort of host."""
    database, kind = request.param
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}", kind
    return request.getfixturevalue("postgres_url"), kind


@pytest.fixture
def fake() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
async def notifier(given, fake) -> AsyncIterator[Notifier]:
    url, _ = given
    made = Notifier(
        fake,
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=SqlRepository(url),
    )
    await made.repository.recent()  # SQLite makes its tables
    yield made
    await made.aclose()


@pytest.fixture
def shop(given, notifier) -> Iterator[Callable[[], int]]:
    """A table of the host's own, and how many rows it has."""
    url, _ = given
    opened = (
        sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        if url.startswith("sqlite")
        else psycopg.connect(url, autocommit=True)
    )
    with closing(opened) as connection:
        connection.execute("CREATE TABLE shop_sales (number text)")
        yield lambda: connection.execute(COUNT).fetchone()[0]
        connection.execute("DROP TABLE shop_sales")


@pytest.fixture
async def host(given, notifier) -> AsyncIterator[Host]:
    url, kind = given
    async with AsyncExitStack() as stack:
        yield await kind(stack, url)


async def test_a_rollback_is_no_mail(notifier, host, fake, order) -> None:
    kept = await notifier.enqueue(order, within=host.connection)
    await host.rollback()

    assert None is await notifier.repository.get(kept.id)
    assert 0 == await notifier.worker.run_once()
    assert [] == fake.sent


async def test_a_commit_is_exactly_one_mail(notifier, host, fake, order) -> None:
    kept = await notifier.enqueue(order, within=host.connection)
    await host.commit()

    assert (1, 0) == (await notifier.worker.run_once(), await notifier.worker.run_once())
    sent = await notifier.repository.get(kept.id)
    assert (Status.QUEUED, Status.SENT) == (kept.status, sent.status)
    assert [kept.message_id] == [email.message_id for email in fake.sent]


async def test_nobody_sees_it_before_the_commit(notifier, host, fake, order) -> None:
    kept = await notifier.enqueue(order, within=host.connection)

    assert None is await notifier.deliver(kept.id)
    assert () == tuple(await notifier.repository.recent())
    await host.rollback()


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_it_shares_the_fate_of_what_the_host_does_itself(
    notifier, shop, host, order, end: str
) -> None:
    await host.execute(INSERT)
    await notifier.enqueue(order, within=host.connection)
    await getattr(host, end)()

    happened = 1 if end == "commit" else 0
    assert happened == shop()
    assert happened == len(await notifier.repository.recent())


async def test_the_same_order_twice_is_one_mail(notifier, host, fake, order) -> None:
    first = await notifier.enqueue(order, within=host.connection)
    second = await notifier.enqueue(order, within=host.connection)
    await host.commit()
    third = await notifier.enqueue(order)
    await notifier.worker.run_once()

    assert [False, True, True] == [first.repeated, second.repeated, third.repeated]
    assert {first.id} == {second.id, third.id}
    assert 1 == len(fake.sent)


async def test_what_a_host_cannot_be_is_said_before_anything_is_kept(
    order: Order, tmp_path
) -> None:
    made = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=SqlRepository(f"sqlite:///{tmp_path / 'shop.db'}"),
    )

    with pytest.raises(ConfigurationError, match=r"cannot join the transaction of builtins\.str"):
        await made.enqueue(order, within="my connection")

    assert () == tuple(await made.repository.recent())
    await made.aclose()


async def test_without_a_transaction_of_the_host_nothing_is_kept(
    order: Order, postgres_url
) -> None:
    made = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=SqlRepository(postgres_url),
    )
    connection = await asyncpg.connect(postgres_url)

    with pytest.raises(ConfigurationError, match="no transaction has been begun"):
        await made.enqueue(order, within=connection)

    assert () == tuple(await made.repository.recent())
    await connection.close()
    await made.aclose()


async def test_a_repository_without_transactions_says_so_in_plain_words(order: Order) -> None:
    repository = MemoryRepository()
    made = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=repository,
    )

    with pytest.raises(ConfigurationError, match=r"MemoryRepository cannot join .*DATABASE_URL"):
        await made.enqueue(order, within=object())

    assert () == tuple(await repository.recent())
