"""A sale, its mail and the job that delivers it are one transaction; the job delivers it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from notifykit import Notifier, Status
from notifykit.errors import UnavailableError
from notifykit.storage import SqlRepository
from notifykit.testing.fake import FakeTransport

EXAMPLES = str(Path(__file__).parents[2] / "examples")
JOBS = """
    SELECT status::text, (args->>'submission_id')
    FROM procrastinate_jobs
    WHERE task_name = 'deliver'
    ORDER BY id
"""


@pytest.fixture
def rows(empty_postgres_url):
    """What a query finds in the shop's database."""

    def _rows(query: str) -> list[Any]:
        with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    return _rows


@pytest.fixture
async def example(load, empty_postgres_url, monkeypatch) -> ModuleType:
    """The jobs, and a database with the tables that they need."""
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)
    monkeypatch.syspath_prepend(EXAMPLES)
    await load("procrastinate_shop.py").prepare()
    return sys.modules.pop("procrastinate_job")  # the next test has another database


@pytest.fixture
def fake() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
async def notifier(fake, empty_postgres_url) -> AsyncIterator[Notifier]:
    made = Notifier(
        fake,
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=SqlRepository(empty_postgres_url),
    )
    yield made
    await made.aclose()


@pytest.fixture
async def shop(example, empty_postgres_url) -> AsyncIterator[psycopg.AsyncConnection]:
    """The connection of a request, to be committed or rolled back."""
    connection = await psycopg.AsyncConnection.connect(empty_postgres_url)
    async with example.app.open_async():
        yield connection
    await connection.close()


@pytest.fixture
def make_jobs_run(example, shop, notifier):
    """Run the jobs that are due, as a worker of Procrastinate does."""

    async def run() -> None:
        await example.app.run_worker_async(
            wait=False,
            install_signal_handlers=False,
            additional_context={"notifier": notifier},
        )

    return run


async def test_it_runs_as_its_own_words_say(run, empty_postgres_url, tmp_path, rows):
    variables = {
        "DATABASE_URL": empty_postgres_url,
        "MAIL_PROVIDER": "file",
        "SALES_EMAIL": "sales@example.com",
        "MAIL_FROM": "bot@example.com",
    }
    await run("procrastinate_shop.py", "prepare", **variables)
    printed = await run("procrastinate_shop.py", "sell", "A-17", **variables)
    await run("procrastinate_shop.py", "work", "--once", **variables)

    (file,) = (tmp_path / "outbox").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert printed.endswith(f": {Status.QUEUED}\n")
    assert "A-17" in mail.get_body(("plain",)).get_content()
    assert [("A-17",)] == rows("SELECT number FROM shop_sales")
    assert [("SENT",)] == rows("SELECT status FROM order_submissions")
    assert ["succeeded"] == [status for status, _ in rows(JOBS)]


async def test_a_rollback_leaves_no_sale_no_mail_and_no_job(
    example, shop, notifier, fake, make_order, make_jobs_run, rows
):
    kept = await example.sell(shop, notifier, make_order(number="A-17"))
    await shop.rollback()
    await make_jobs_run()

    assert Status.QUEUED == kept.status
    assert [] == fake.sent
    assert [] == [*rows("SELECT 1 FROM shop_sales"), *rows("SELECT 1 FROM order_submissions")]
    assert [] == rows(JOBS)


async def test_a_mail_that_is_still_open_has_a_job_for_the_time_it_is_due(
    example, shop, notifier, fake, make_order, make_jobs_run, rows
):
    fake.fails_with.append(UnavailableError("421 busy", provider="fake"))
    await example.sell(shop, notifier, make_order(number="A-17"))
    await shop.commit()
    await make_jobs_run()

    ((due_at,),) = rows("SELECT due_at FROM order_submissions WHERE status = 'QUEUED'")
    assert [(due_at,)] == rows(
        "SELECT scheduled_at FROM procrastinate_jobs WHERE scheduled_at IS NOT NULL"
    )
    assert ["succeeded", "todo"] == [status for status, _ in rows(JOBS)]


async def test_what_no_job_is_left_for_is_caught_up_with(
    example, shop, notifier, fake, make_order, make_jobs_run, rows
):
    await notifier.enqueue(make_order(number="A-17"))
    await example.catch_up.defer_async(timestamp=0)
    await make_jobs_run()

    assert [("SENT",)] == rows("SELECT status FROM order_submissions")
    assert 1 == len(fake.sent)
