"""notifykit."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from benchmarks.contestants.base import SALES, SENDER, Contestant, with_tasks
from benchmarks.support.content import order
from notifykit import Email, Notifier, Receipt, Transport
from notifykit.mime import encode
from notifykit.notifier import Options
from notifykit.storage import SqlRepository
from notifykit.storage.migrate import migrate


class Nowhere(Transport):
    """Takes everything and does nothing with it, or makes its bytes and forgets them."""

    name = "nowhere"

    def __init__(self, *, encoded: bool = False) -> None:
        self._encoded = encoded

    async def send(self, email: Email) -> Receipt:
        """Take it."""
        if self._encoded:
            await asyncio.to_thread(encode, email)
        return Receipt(self.name, None, email.envelope.rcpt_to)


class Entry(Contestant):
    """As `notifykit worker --once` does it."""

    settings = "defaults of Notifier, no limits; `notifier.worker.run_once()`"
    fill = (
        """
        INSERT INTO order_submissions (id, source, kind, reference, status, recipients, subject,
            notification, email, message_id, idempotency_key, due_at, fence, created_at,
            updated_at, sent_at, search)
        SELECT id, 'default', 'order', 'OLD-' || number, 'SENT', '["sales@example.com"]',
            'Заказ', '{"kind": "order"}', NULL, '<' || id || '@example.com>', 'order:' || id, NULL,
            1, made, made, made, ''
        FROM generate_series(1, %(count)s) AS number,
            LATERAL (SELECT '00000000-0000-7000-8000-' || lpad(number::text, 12, '0') AS id,
                now() - interval '1 day' - number * interval '1 second' AS made) AS old
        """,
        """
        INSERT INTO delivery_attempts (id, submission_id, provider, outcome, accepted, refused,
            sha256, started_at, finished_at)
        SELECT id || '-1', id, 'nowhere', 'ACCEPTED', recipients, '[]', repeat('a', 64),
            created_at, created_at
        FROM order_submissions
        """,
    )
    waiting = "SELECT count(*) FROM order_submissions WHERE due_at IS NOT NULL"
    done = (
        "SELECT count(*) FROM order_submissions s"
        " JOIN delivery_attempts a ON a.submission_id = s.id"
        " WHERE s.status = 'SENT' AND a.outcome = 'ACCEPTED' AND a.finished_at IS NOT NULL"
    )

    def prepare(self) -> None:
        """Migrate."""
        asyncio.run(migrate(self.url))

    def enqueue(self, *, count: int, callers: int) -> float:
        """Render an order and keep it, each with a key of its own."""
        return asyncio.run(self._enqueue(count, callers))

    def drain(self, *, encoded: bool) -> float:
        """Run the worker until nothing is due."""
        return asyncio.run(self._drain(encoded=encoded))

    def _notifier(self, *, encoded: bool = False) -> Notifier:
        return Notifier(
            Nowhere(encoded=encoded),
            sender=SENDER,
            sales=[SALES],
            repository=SqlRepository(self.url),
            options=Options(limits=None),  # the others have none
        )

    async def _enqueue(self, count: int, callers: int) -> float:
        notifier, the_order = self._notifier(), order()
        try:
            return await with_tasks(
                lambda: notifier.enqueue(the_order, idempotency_key=str(uuid4())),
                count=count,
                callers=callers,
            )
        finally:
            await notifier.aclose()

    async def _drain(self, *, encoded: bool) -> float:
        notifier = self._notifier(encoded=encoded)
        try:
            started = time.perf_counter()
            await notifier.worker.run_once()
            return time.perf_counter() - started
        finally:
            await notifier.aclose()
