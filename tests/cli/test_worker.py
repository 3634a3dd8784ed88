"""``notifykit worker``."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from notifykit import Notifier, Order


@contextmanager
def ended(process):
    """A test that fails leaves no process behind."""
    try:
        yield
    finally:
        process.kill()


def worked(environ, folder, *, until, number=signal.SIGTERM):
    """Let a worker run until its log says so, then send it a signal; give it and its log."""
    own = {"NOTIFYKIT_LOCALE": "en", "PYTHONPATH": os.pathsep.join(sys.path)}
    worker = subprocess.Popen(
        [sys.executable, "-m", "notifykit", "worker"],
        cwd=folder,
        env={**environ, **own},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with worker, ended(worker):
        lines = []
        for line in worker.stderr:
            lines.append(line)
            if until in line:
                worker.send_signal(number)
        worker.wait(30)
    return worker, lines


def enqueue(environ):
    """Leave one order in the database, as an application would that is down now."""

    async def work():
        notifier = Notifier.from_env(environ)
        order = Order.model_validate(
            {
                "customer": {"name": "Иван", "phone": "+7 900 000-00-00"},
                "lines": [{"code": "1", "title": "Цемент", "quantity": 1}],
            }
        )
        kept = await notifier.enqueue(order)
        await notifier.aclose()
        return kept

    return asyncio.run(work())


def test_once_delivers_what_is_due_and_says_how_many(shell, gmail, gmail_variables):
    enqueue(gmail_variables)

    run = shell("worker", "--once", "--locale", "en")

    assert (0, "Submissions worked on: 1\n") == (run.code, run.out)
    assert 1 == len(gmail.mails)
    assert "INFO Email sent." in run.err
    assert "Submissions worked on: 0\n" == shell("worker", "--once", "--locale", "en").out


def test_once_says_who_is_held_and_does_not_log_in_again(
    shell, gmail, gmail_variables, monkeypatch
):
    enqueue(gmail_variables)
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    shell("worker", "--once")
    run = shell("worker", "--once")

    assert "gmail на паузе до" in run.out
    assert "Google не принял логин и пароль." in run.out
    assert 1 == gmail.login_attempts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_signal_ends_it_after_the_send_under_way(gmail, gmail_variables, tmp_path, number):
    enqueue(gmail_variables)
    worker, lines = worked(gmail_variables, tmp_path, until="Sending email", number=number)
    log = "".join(lines)

    assert 0 == worker.returncode
    assert 1 == len(gmail.mails)
    assert "worker started: bot default, providers gmail" in log
    assert "Email sent." in log
    assert "worker stopped" in lines[-1]


def test_broken_templates_are_one_line_of_the_log_and_hold_no_accepted_order_up(
    gmail, gmail_variables, tmp_path
):
    enqueue(gmail_variables)
    for name in ("refund.subject.txt", "refund.txt"):
        (tmp_path / name).write_text("{%", "utf-8")
    worker, lines = worked(
        {**gmail_variables, "NOTIFYKIT_TEMPLATES": str(tmp_path)}, tmp_path, until="Email sent."
    )
    (told,) = [line for line in lines if " ERROR " in line]

    assert 0 == worker.returncode
    assert 1 == len(gmail.mails)
    assert "refund.subject.txt, line 1" in told
    assert "refund.txt, line 1" in told


def test_missing_tables_are_said_at_once(shell, outbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/notifykit.db")

    run = shell("worker", "--once")

    assert 0 != run.code
    assert "missing" in run.err
    assert "Traceback" not in run.err
