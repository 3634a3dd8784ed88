"""procrastinate: https://procrastinate.readthedocs.io."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.policy import SMTP

from procrastinate import App, PsycopgConnector

from benchmarks.contestants.base import SALES, SENDER, Contestant, with_tasks

CONCURRENCY = 10
CONNECTIONS = 20


class Entry(Contestant):
    """As its docs say: `task.defer_async()`, then `procrastinate worker --one-shot`."""

    settings = (
        f"concurrency {CONCURRENCY}, pool of up to {CONNECTIONS}; the mail is the job's arguments"
    )
    fill = (
        # Its triggers would write one event for each statement's row one by one.
        "ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER",
        """
        INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)
        SELECT 'default', 'send', '{"subject": "Заказ"}', 'succeeded', 1
        FROM generate_series(1, %(count)s)
        """,
        """
        INSERT INTO procrastinate_events (job_id, type, at)
        SELECT id, type, now() - interval '1 day'
        FROM procrastinate_jobs, unnest(ARRAY['deferred', 'started', 'succeeded']::
            procrastinate_job_event_type[]) AS type
        """,
        "ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER",
    )
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'"
    done = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"

    def prepare(self) -> None:
        """Apply its schema."""
        asyncio.run(self._prepare())

    def enqueue(self, *, count: int, callers: int) -> float:
        """Defer a job with a finished mail."""
        return asyncio.run(self._enqueue(count, callers))

    def drain(self, *, encoded: bool) -> float:
        """Run its worker until it has caught up."""
        return asyncio.run(self._drain(encoded=encoded))

    def _app(self) -> App:
        return App(connector=PsycopgConnector(conninfo=self.url, min_size=1, max_size=CONNECTIONS))

    async def _prepare(self) -> None:
        async with self._app().open_async() as app:
            await app.schema_manager.apply_schema_async()

    async def _enqueue(self, count: int, callers: int) -> float:
        app = self._app()
        send = app.task(name="send")(nowhere)
        async with app.open_async():
            return await with_tasks(
                lambda: send.defer_async(**self.mail), count=count, callers=callers
            )

    async def _drain(self, *, encoded: bool) -> float:
        app = self._app()
        task: Callable[..., Awaitable[None]] = in_bytes if encoded else nowhere
        app.task(name="send")(task)
        async with app.open_async():
            started = time.perf_counter()
            await app.run_worker_async(
                wait=False, concurrency=CONCURRENCY, install_signal_handlers=False
            )
            return time.perf_counter() - started


async def nowhere(**content: str) -> None:
    """Take a mail and do nothing with it."""


async def in_bytes(subject: str, text: str, html: str) -> None:
    """Make a mail's bytes, as somebody would who sends it from a task, and forget them."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, SALES, subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.as_bytes()
