import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.storage.listening import Listener
from notifykit.storage.notifying import CHANNEL
from notifykit.storage.urls import database
from notifykit.storage.waking import Wakeups
from notifykit.submission import Hold, Status
from notifykit.testing.repository_case import LEASE, make_submission
from postgres_server import Server

HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=50)


@pytest.fixture(params=["postgresql", "postgresql+psycopg"])
def url(request, postgres_url: str) -> str:
    return postgres_url.replace("postgresql", request.param, 1)


@asynccontextmanager
async def opened(url: str):
    repository = SqlRepository(url)
    try:
        yield repository
    finally:
        await repository.aclose()


@pytest.fixture
async def waiting(url: str):
    """A repository that listens already, and has nothing more to tell."""
    async with opened(url) as repository:
        await hears(repository)
        yield repository


@pytest.fixture
async def other(url: str):
    async with opened(url) as repository:
        yield repository


@pytest.fixture(params=["memory", "sqlite", "postgresql", "postgresql+psycopg"])
def place(request, tmp_path: Path) -> str:
    if request.param == "memory":
        return ""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return request.getfixturevalue("postgres_url").replace("postgresql", request.param, 1)


@pytest.fixture
async def two(place: str):
    """One that waits, and one that does something: the same one where nobody else is heard."""
    if not place:
        repository = MemoryRepository()
        yield repository, repository
    elif place.startswith("sqlite"):
        async with opened(place) as repository:
            yield repository, repository
    else:
        async with opened(place) as waiting, opened(place) as other:
            await hears(waiting)
            yield waiting, other


async def hears(repository, source: str = "bot") -> None:
    """Return as soon as it is told something; fail where it never is."""
    async with asyncio.timeout(30):
        await repository.changed(source, within=HOUR)


async def hears_nothing(repository, other, source="bot") -> None:
    """What is told arrives in its order: if there was something, it comes before this."""
    waits = asyncio.create_task(repository.changed(source, within=HOUR))
    await hears_of(repository, other, "marker")
    assert not waits.done()
    waits.cancel()
    await asyncio.wait({waits})


async def hears_of(repository, other, source: str) -> None:
    await other.add(make_submission(source=source))
    await hears(repository, source)


async def test_what_somebody_adds_wakes_those_who_wait(two) -> None:
    waiting, other = two
    waits = asyncio.create_task(hears(waiting))
    added = await other.add(make_submission())
    await waits
    claimed = await waiting.claim(source="bot", lease=LEASE)

    assert [added.id] == [submission.id for submission in claimed]


async def test_what_happened_before_somebody_waits_is_not_missed(two) -> None:
    waiting, other = two
    await other.add(make_submission())
    await hears_of(waiting, other, "marker")

    await hears(waiting)


async def test_only_what_is_due_now_wakes(two) -> None:
    waiting, other = two
    added = await other.add(make_submission(), lease=LEASE)
    await hears_nothing(waiting, other)
    later = await other.save(replace(added, status=Status.QUEUED), again_in=HOUR)
    await hears_nothing(waiting, other)
    await other.save(later, again_in=timedelta(0))

    await hears(waiting)


async def test_a_repeat_wakes_nobody(two) -> None:
    waiting, other = two
    await other.add(make_submission("key"))
    await hears(waiting)
    await other.add(make_submission("key"))

    await hears_nothing(waiting, other)


async def test_a_lifted_hold_wakes(two) -> None:
    waiting, other = two
    await other.release("bot", "gmail")
    await hears_nothing(waiting, other)
    await other.hold(Hold(source="bot", provider="gmail", reason="login"), lasting=HOUR)
    await hears_nothing(waiting, other)
    await other.release("bot", "gmail")

    await hears(waiting)


async def test_another_bots_work_wakes_nobody(two) -> None:
    waiting, other = two
    await other.add(make_submission(source="somebody else"))

    await hears_nothing(waiting, other)


async def test_a_name_longer_than_a_payload_wakes_all_the_same(two) -> None:
    waiting, other = two
    await hears_of(waiting, other, "б🤖" * 5_000)


async def test_a_name_that_no_database_keeps_as_it_is_wakes_all_the_same(two) -> None:
    waiting, other = two
    await hears_of(waiting, other, "б\udcd0т\0")


async def test_a_cut_connection_is_made_again_and_wakes_at_once(
    waiting: SqlRepository, other: SqlRepository, postgres_url: str
) -> None:
    waits = asyncio.create_task(hears(waiting))
    (cut,) = listeners(postgres_url)
    end(cut, postgres_url)
    await waits
    await hears_of(waiting, other, "marker")
    (again,) = listeners(postgres_url)

    assert cut != again


async def test_while_it_cannot_listen_it_goes_on_trying(
    url: str, postgres_url: str, postgres: Server
) -> None:
    wakeups = Wakeups()
    listener = Listener(database(url), wakeups, pause=0.01)
    try:
        with forbidden(postgres_url, postgres):
            listener.start()
            await wakeups.wait("bot", MOMENT)
            assert [] == listeners(postgres_url, over=postgres.url)
        async with asyncio.timeout(30):
            await wakeups.wait("bot", HOUR)
        assert 1 == len(listeners(postgres_url, over=postgres.url))
    finally:
        await listener.aclose()


async def test_a_long_silence_is_broken_so_that_nobody_forgets_the_connection(
    url: str, postgres_url: str, other: SqlRepository
) -> None:
    wakeups = Wakeups()
    listener = Listener(database(url), wakeups, silence=0.01)
    listener.start()
    try:
        async with asyncio.timeout(30):
            await wakeups.wait("bot", HOUR)
            while not [said for said in statements(postgres_url) if said == "SELECT 1"]:
                await wakeups.wait("bot", MOMENT)
            await other.add(make_submission())
            await wakeups.wait("bot", HOUR)
    finally:
        await listener.aclose()


async def test_closing_leaves_no_connection_and_no_task(url: str, postgres_url: str) -> None:
    async with opened(url) as repository:
        waits = asyncio.create_task(repository.changed("bot", within=HOUR))
        await hears(repository, "other")
        (listening,) = listeners(postgres_url)
    waits.cancel()
    await asyncio.wait({waits})

    assert {asyncio.current_task()} == asyncio.all_tasks()
    assert gone(listening, postgres_url)


async def test_it_listens_again_after_closing(waiting: SqlRepository, other: SqlRepository) -> None:
    await waiting.aclose()
    await hears(waiting)

    await hears_of(waiting, other, "bot")


_FORGETFUL = """
import asyncio, sys
from datetime import timedelta
from notifykit.storage import SqlRepository

async def main():
    await SqlRepository(sys.argv[1]).changed("bot", within=timedelta(seconds=30))

asyncio.run(main())
"""


def test_a_process_that_forgets_to_close_still_ends(url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FORGETFUL, url],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (0, "") == (ended.returncode, ended.stdout)


def listeners(postgres_url: str, over: str | None = None) -> list[int]:
    return [
        pid
        for pid, said in _connections(postgres_url, over)
        if said.startswith("LISTEN") and CHANNEL in said
    ]


def statements(postgres_url: str) -> list[str]:
    return [said for _, said in _connections(postgres_url)]


def gone(pid: int, postgres_url: str) -> bool:
    """A server notices a moment later that a client has left."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for _ in range(1_000):
            if pid not in [pid for pid, _ in _connections(postgres_url)]:
                return True
            connection.execute("SELECT pg_sleep(0.01)")
    return False


def end(pid: int, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])


@contextmanager
def forbidden(postgres_url: str, postgres: Server):
    """Let nobody connect to the database; who is connected stays so."""
    name = sql.Identifier(make_url(postgres_url).database)
    changing = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(changing.format(name, sql.SQL("false")))
        try:
            yield
        finally:
            connection.execute(changing.format(name, sql.SQL("true")))


def _connections(postgres_url: str, over: str | None = None) -> list[tuple[int, str]]:
    with psycopg.connect(over or postgres_url, autocommit=True) as connection:
        return connection.execute(
            "SELECT pid, query FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            [make_url(postgres_url).database],
        ).fetchall()
