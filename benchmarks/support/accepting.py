"""What keeping one submission costs, beside the raw driver's commit."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.contestants.base import with_tasks
from benchmarks.support.content import SALES, SENDER, order
from notifykit.delivery import utc_now
from notifykit.drafts import Drafts, Wishes
from notifykit.ids import uuid7
from notifykit.message import Address
from notifykit.notifications import Audience
from notifykit.rendering import TemplateRenderer
from notifykit.storage import SqlRepository
from notifykit.storage.migrate import migrate
from notifykit.submission import Submission

Keep = Callable[[], Awaitable[object]]

PLAIN = "driver, INSERT of the same size"
SAME = "driver, INSERT of the same row"
OURS = "notifykit, SqlRepository.add"

_PLAIN_TABLE = "CREATE TABLE plain (id text PRIMARY KEY, body text NOT NULL)"


class Drafted:
    """Gives submissions that are ready to be kept, all alike and each with its own ids."""

    def __init__(self, draft: Submission) -> None:
        self._draft = draft

    def next(self) -> Submission:
        """Give one more."""
        id_ = str(uuid7())
        return replace(self._draft, id=id_, idempotency_key=f"order:own:{id_}")


async def drafted() -> Drafted:
    """Render the order once."""
    drafts = Drafts(
        TemplateRenderer(),
        sender=Address(SENDER),
        audiences=dict.fromkeys(Audience, (Address(SALES),)),
        source="default",
        clock=utc_now,
    )
    return Drafted(await drafts.draft(order(), Wishes()))


@asynccontextmanager
async def in_postgres(url: str) -> AsyncIterator[dict[str, Keep]]:
    """Give the ways to keep a submission in PostgreSQL; the raw ones have a pool of 50."""
    await migrate(url)
    ready, repository = await drafted(), SqlRepository(url)
    await repository.add(ready.next())
    async with asyncpg.create_pool(url, min_size=50, max_size=50) as pool:
        await pool.execute("CREATE TABLE same (LIKE order_submissions INCLUDING ALL)")
        await pool.execute(_PLAIN_TABLE)
        row = dict(await pool.fetchrow("SELECT * FROM order_submissions LIMIT 1"))
        marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        same = f"INSERT INTO same ({', '.join(row)}) VALUES ({marks})"
        body = "\n".join(str(value) for value in row.values())
        yield {
            PLAIN: lambda: pool.execute("INSERT INTO plain VALUES ($1, $2)", str(uuid7()), body),
            SAME: lambda: pool.execute(same, *_anew(row).values()),
            OURS: lambda: repository.add(ready.next()),
        }
    await repository.aclose()


@asynccontextmanager
async def in_sqlite() -> AsyncIterator[dict[str, Keep]]:
    """Give the ways to keep a submission in SQLite, which has one writer at a time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "notifykit.db")
        ready, repository = await drafted(), SqlRepository(f"sqlite:///{file}")
        await repository.add(ready.next())
        raw = _raw_sqlite(file)
        cursor = raw.execute("SELECT * FROM order_submissions LIMIT 1")
        row = dict(zip((name for name, *_ in cursor.description), cursor.fetchone(), strict=True))
        same = f"INSERT INTO order_submissions VALUES ({', '.join('?' * len(row))})"
        body = "\n".join(str(value) for value in row.values())
        raw.execute(_PLAIN_TABLE)

        async def keep_plain() -> None:
            raw.execute("INSERT INTO plain VALUES (?, ?)", (str(uuid7()), body))

        async def keep_same() -> None:
            raw.execute(same, tuple(_anew(row).values()))

        yield {PLAIN: keep_plain, SAME: keep_same, OURS: lambda: repository.add(ready.next())}
        raw.close()
        await repository.aclose()


def _raw_sqlite(file: Path) -> sqlite3.Connection:
    # Without isolation level every statement commits by itself.
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _anew(row: dict[str, Any]) -> dict[str, Any]:
    id_ = str(uuid7())
    return row | {"id": id_, "idempotency_key": f"order:own:{id_}"}


async def rounds(
    ways: dict[str, Keep], *, callers: tuple[int, ...], count: int, times: int
) -> dict[tuple[str, int], list[float]]:
    """Measure every way in turn, so often; give the rates by way and callers."""
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(times):
        for name, keep in ways.items():
            for several in callers:
                seconds = await with_tasks(keep, count=count, callers=several)
                found.setdefault((name, several), []).append(count / seconds)
                await asyncio.sleep(0)
    return found
