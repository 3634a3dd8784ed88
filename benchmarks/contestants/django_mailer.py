"""django-mailer: https://github.com/pinax/django-mailer."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from django.core.management import call_command

from benchmarks.contestants import django_project
from benchmarks.contestants.base import SALES, SENDER, Contestant, with_threads


class Entry(Contestant):
    """As its docs say: `mailer.send_html_mail()`, then `manage.py send_mail`."""

    settings = "its defaults: one mail after the other, one transaction each"
    fill = (
        """
        INSERT INTO mailer_messagelog (message_data, message_id, when_added, priority,
            when_attempted, result, log_message)
        SELECT repeat('a', 200), '<' || number || '@example.com>', made, 2, made, '1', ''
        FROM generate_series(1, %(count)s) AS number,
            LATERAL (SELECT now() - interval '1 day' - number * interval '1 second' AS made) AS old
        """,
    )
    waiting = "SELECT count(*) FROM mailer_message"
    done = "SELECT count(*) FROM mailer_messagelog WHERE result = '1'"

    def prepare(self) -> None:
        """Migrate."""
        self._set_up(django_project.NOWHERE)
        django_project.migrate()

    def enqueue(self, *, count: int, callers: int) -> float:
        """Keep a finished mail."""
        self._set_up(django_project.NOWHERE)
        import mailer  # noqa: PLC0415 - after Django is set up

        content = (*(self.mail[name] for name in ("subject", "text", "html")), SENDER, [SALES])
        return with_threads(lambda: mailer.send_html_mail(*content), count=count, callers=callers)

    def drain(self, *, encoded: bool) -> float:
        """Run its command, which makes one pass over the queue."""
        with tempfile.TemporaryDirectory() as folder:
            self._set_up(
                django_project.ENCODED if encoded else django_project.NOWHERE,
                lock=str(Path(folder, "lock")),
            )
            started = time.perf_counter()
            call_command("send_mail")
            return time.perf_counter() - started

    def _set_up(self, backend: str, lock: str | None = None) -> None:
        django_project.set_up(
            self.url, "mailer", MAILER_EMAIL_BACKEND=backend, MAILER_LOCK_PATH=lock
        )
