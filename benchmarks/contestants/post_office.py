"""django-post_office: https://github.com/ui/django-post_office."""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command

from benchmarks.contestants import django_project
from benchmarks.contestants.base import SALES, SENDER, Contestant, with_threads


class Entry(Contestant):
    """As its README says: `mail.send()`, then `manage.py send_queued_mail`."""

    settings = (
        "BATCH_SIZE 100, THREADS_PER_PROCESS 5, 1 process, LOG_LEVEL 2 (its defaults); "
        "records a batch after all of it was sent"
    )
    fill = (
        """
        INSERT INTO post_office_email (from_email, "to", cc, bcc, subject, message, html_message,
            status, priority, created, last_updated, backend_alias)
        SELECT 'bot@example.com', 'sales@example.com', '', '', 'Заказ', 'Заказ', '', 0, 1, made,
            made, ''
        FROM generate_series(1, %(count)s) AS number,
            LATERAL (SELECT now() - interval '1 day' - number * interval '1 second' AS made) AS old
        """,
        """
        INSERT INTO post_office_log (email_id, date, status, exception_type, message)
        SELECT id, last_updated, 0, '', '' FROM post_office_email
        """,
    )
    waiting = "SELECT count(*) FROM post_office_email WHERE status IS DISTINCT FROM 0"
    done = (
        "SELECT count(*) FROM post_office_email e JOIN post_office_log l ON l.email_id = e.id"
        " WHERE e.status = 0 AND l.status = 0"
    )

    def prepare(self) -> None:
        """Migrate."""
        self._set_up(django_project.NOWHERE)
        django_project.migrate()

    def enqueue(self, *, count: int, callers: int) -> float:
        """Keep a finished mail."""
        self._set_up(django_project.NOWHERE)
        from post_office import mail as post_office  # noqa: PLC0415 - after Django is set up

        content = {
            "subject": self.mail["subject"],
            "message": self.mail["text"],
            "html_message": self.mail["html"],
        }
        return with_threads(
            lambda: post_office.send(SALES, SENDER, **content), count=count, callers=callers
        )

    def drain(self, *, encoded: bool) -> float:
        """Run its command until the queue is empty."""
        self._set_up(django_project.ENCODED if encoded else django_project.NOWHERE)
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            call_command("send_queued_mail", lockfile=str(Path(folder, "lock")))
            return time.perf_counter() - started

    def _set_up(self, backend: str) -> None:
        options: dict[str, Any] = {"BACKENDS": {"default": backend}}
        django_project.set_up(self.url, "post_office", POST_OFFICE=options)
        # It sets itself a handler that writes a line for every batch.
        logging.getLogger("post_office").setLevel(logging.ERROR)
