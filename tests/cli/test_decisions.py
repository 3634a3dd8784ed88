"""``notifykit resend`` and ``notifykit mark-sent``."""

import asyncio
import io
import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit import Notifier, Status
from notifykit.errors import OutcomeUnknownError, RejectedError
from notifykit.ids import uuid7
from notifykit.notifier import Options
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import SqlRepository
from notifykit.submission import Lease
from notifykit.testing.fake import FakeTransport

LOST = OutcomeUnknownError("the connection broke", provider="file", stage="content")
REFUSED = RejectedError("550 no such mailbox", provider="file", stage="rcpt")


@pytest.fixture
def database():
    """The default database, worked with as some bot would."""

    @contextmanager
    def opened():
        with asyncio.Runner() as runner:
            repository = SqlRepository("sqlite:///notifykit.db")
            yield runner, repository
            runner.run(repository.aclose())

    return opened


@pytest.fixture
def keep(outbox, database, make_order):
    """Keep an order that met an error; the provider is called as the command will know it."""

    def _keep(error=LOST, *, source="default", provider="file", **changes):
        with database() as (runner, repository):
            fake = FakeTransport(provider)
            fake.fails_with.append(error)
            notifier = Notifier(
                fake,
                sender="bot@example.com",
                sales=["sales@example.com"],
                repository=repository,
                options=Options(source=source, retry=RetryPolicy(on_unknown=OnUnknown.HOLD)),
            )
            kept = runner.run(notifier.send(make_order(), force=True))
            if changes:
                twin = replace(kept, id=str(uuid7()), idempotency_key=str(uuid7()), **changes)
                kept = runner.run(repository.add(twin))
            return kept

    return _keep


@pytest.fixture
def now(database):
    """What is kept of a submission now."""

    def _now(submission):
        with database() as (runner, repository):
            return runner.run(repository.get(submission.id))

    return _now


@pytest.fixture
def letters(outbox):
    return lambda: list(outbox.glob("*.eml"))


def outcomes(submission):
    return [attempt.outcome.value for attempt in submission.attempts]


def test_what_failed_is_sent_again_without_a_question(shell, keep, now, letters):
    failed = keep(REFUSED)

    run = shell("resend", failed.reference, "--by", "Анна")

    assert (0, "") == (run.code, run.err)
    assert f"✅ Отправлено, номер обращения {failed.reference}." in run.out
    assert ["REJECTED", "REOPENED", "ACCEPTED"] == outcomes(now(failed))
    assert 1 == len(letters())


def test_a_second_copy_is_not_risked_unasked(shell, keep, now, letters, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    lost = keep()

    run = shell("resend", lost.id, "--locale", "en")

    assert 2 == run.code
    assert "file may have taken" in run.err
    assert "add --yes" in run.err
    assert (lost, []) == (now(lost), letters())


def test_whoever_accepts_the_risk_sends_it_to_the_same_provider(shell, keep, now, letters):
    lost = keep()

    run = shell("resend", lost.reference.lower(), "--yes", "--by", "Анна")

    resent = now(lost)
    assert 0 == run.code
    assert ["UNKNOWN", "REOPENED", "ACCEPTED"] == outcomes(resent)
    assert (None, "Анна") == (resent.attempts[0].decided_by, resent.attempts[1].decided_by)
    assert 1 == len(letters())


@pytest.mark.parametrize(
    ("typed", "code", "sent"),
    [("y", 0, 1), ("Да", 0, 1), ("n", 1, 0), ("", 1, 0), ("yesterday", 1, 0)],
)
def test_a_person_at_a_terminal_is_asked(shell, keep, now, letters, typed, code, sent):
    lost = keep()

    run = at_a_terminal(["resend", lost.reference, "--json"], typed)

    assert code == run.returncode
    assert "Отправить ещё раз? [д/Н]" in run.stderr
    assert sent == len(letters())
    assert ("" == run.stdout) is (sent == 0)
    assert (Status.SENT if sent else Status.UNCONFIRMED) is now(lost).status


def test_whoever_thinks_for_too_long_is_told_that_somebody_else_was_faster(
    shell, keep, now, letters
):
    lost = keep()

    run = at_a_terminal(
        ["resend", lost.id], "y", meanwhile=lambda: shell("mark-sent", lost.id, "--by", "Анна")
    )

    assert 1 == run.returncode
    assert f"обращением {lost.reference} занялся кто-то другой" in run.stderr
    assert (Status.SENT, ["UNKNOWN", "CONFIRMED"]) == (now(lost).status, outcomes(now(lost)))
    assert [] == letters()


def at_a_terminal(argv, typed, meanwhile=lambda: None):
    """Run the command with a terminal to type at; something happens before that is done."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "notifykit", *argv],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as process:
            asked = b""
            while not asked.endswith("[д/Н]".encode()) and (one := process.stderr.read(1)):
                asked += one
            meanwhile()
            os.write(ours, f"{typed}\n".encode())
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(
            argv, process.returncode, out.decode(), (asked + err).decode()
        )
    finally:
        for descriptor in (ours, theirs):
            with suppress(OSError):
                os.close(descriptor)


def test_somebody_who_knows_that_it_arrived_settles_it(shell, keep, now, letters):
    lost = keep()

    run = shell("mark-sent", lost.reference, "--by", "Анна Иванова")

    settled = now(lost)
    assert 0 == run.code
    assert f"✅ Обращение {lost.reference} отмечено как отправленное." in run.out
    assert (Status.SENT, ["UNKNOWN", "CONFIRMED"]) == (settled.status, outcomes(settled))
    assert [] == letters()


def test_nobody_can_call_sent_what_provably_nobody_took(shell, keep, now):
    failed = keep(REFUSED)

    run = shell("mark-sent", failed.id, "--locale", "en")

    assert 1 == run.code
    assert "provably nobody took it" in run.err
    assert failed == now(failed)


@pytest.mark.parametrize("command", ["resend", "mark-sent"])
class TestBoth:
    def test_what_is_sent_already_is_said_and_left_alone(self, shell, keep, now, command, letters):
        lost = keep()
        shell("mark-sent", lost.id)
        settled = now(lost)

        run = shell(command, lost.id, "--locale", "en")

        assert 0 == run.code
        assert f"✅ {lost.reference} was sent already" in run.out
        assert (settled, []) == (now(lost), letters())

    def test_what_somebody_works_on_is_said_and_left_alone(
        self, shell, keep, now, command, letters, database
    ):
        lost = keep()
        lease = Lease(owner="host-7:42", duration=timedelta(minutes=5))
        with database() as (runner, repository):
            runner.run(repository.claim(source="default", lease=lease, id=lost.id))

        run = shell(command, lost.id, *(["--yes"] if command == "resend" else []))

        assert (1, "") == (run.code, run.out)
        assert "работает host-7:42" in run.err
        assert (Status.SENDING, ["UNKNOWN"]) == (now(lost).status, outcomes(now(lost)))
        assert [] == letters()

    def test_what_a_process_left_in_its_hands_is_free_when_the_lease_is_over(
        self, shell, keep, now, command, database
    ):
        lost = keep()
        lease = Lease(owner="host-7:42", duration=timedelta(0))
        with database() as (runner, repository):
            runner.run(repository.claim(source="default", lease=lease, id=lost.id))

        run = shell(command, lost.id, *(["--yes"] if command == "resend" else []))

        assert 0 == run.code
        assert Status.SENT is now(lost).status

    def test_what_is_not_there_is_said(self, shell, outbox, command):
        run = shell(command, "KMT-0000")

        assert (1, "Обращения KMT-0000 нет.\n") == (run.code, run.err)

    def test_several_of_one_reference_are_listed_and_left_alone(
        self, shell, keep, now, command, letters
    ):
        twins = [keep(reference="KMT-4827"), keep(reference="KMT-4827")]

        run = shell(command, "KMT-4827")
        listed = shell(command, "KMT-4827", "--json")

        assert (2, 2) == (run.code, listed.code)
        for twin in twins:
            assert f"notifykit {command} {twin.id}" in run.out
            assert twin == now(twin)
        assert {twin.id for twin in twins} == {each["id"] for each in listed.json}
        assert [] == letters()

    def test_another_bots_submission_is_left_to_its_own_account(
        self, shell, keep, now, command, letters
    ):
        other = keep(source="other")

        run = shell(command, other.id, *(["--yes"] if command == "resend" else []))

        assert 2 == run.code
        assert "NOTIFYKIT_SOURCE=other" in run.err
        assert (other, []) == (now(other), letters())

    def test_a_program_gets_what_is_kept_now(self, shell, keep, command):
        lost = keep()

        run = shell(command, lost.id, "--by", "Анна", "--json", *(["--yes"][: command == "resend"]))

        decided = run.json["attempts"][1]
        assert ("SENT", 0) == (run.json["status"], run.code)
        assert ("operator", "Анна") == (decided["provider"], decided["decided_by"])


def test_a_lost_answer_is_not_looked_for_at_another_provider(shell, keep, now, letters):
    lost = keep(provider="gmail")

    run = shell("resend", lost.id, "--yes", "--locale", "en")

    assert 2 == run.code
    assert "gmail is where the answer was lost, and it is not in MAIL_PROVIDER now" in run.err
    assert (lost, []) == (now(lost), letters())


def test_a_mail_that_was_not_kept_cannot_be_sent_again(shell, keep):
    emptied = keep(REFUSED, email=None)

    run = shell("resend", emptied.id, "--locale", "en")

    assert 1 == run.code
    assert "its retention is over" in run.err


def test_where_the_provider_still_refuses_it_is_said_who_is_held_and_until_when(
    shell, gmail, gmail_variables, monkeypatch, keep
):
    failed = keep(REFUSED)
    for name, value in gmail_variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SMTP_PASSWORD", "wrong password")

    run = shell("resend", failed.id)

    assert 1 == run.code
    assert f"⏳ Обращение {failed.reference} пока не отправлено." in run.out
    assert "❌ gmail  вход не принят" in run.out
    assert "gmail на паузе до" in run.out


def test_a_decision_is_shown_with_who_and_when(shell, keep, now):
    lost = keep()
    shell("resend", lost.id, "--yes")
    again = keep()
    shell("mark-sent", again.id, "--by", "Анна")

    reopened, confirmed = shell("show", lost.id).out, shell("show", again.id).out
    listed = shell("submissions").out

    moment = r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d"
    assert re.search(rf"2\. 👤 человек  решено: попробовать ещё раз  {moment}\n", reopened)
    assert re.search(rf"2\. 👤 Анна  решено: письмо дошло  {moment}\n", confirmed)
    assert "decided: the mail arrived" in shell("show", again.id, "--locale", "en").out
    assert "operator" not in listed
    assert "file ×2" in listed


def test_a_name_cannot_steer_the_terminal_or_begin_a_line(shell, keep, now):
    lost = keep()

    shell("mark-sent", lost.id, "--by", "Анна\r\n\x1b[2J" + "!" * 1_000)

    name = now(lost).attempts[1].decided_by
    assert name.startswith("Анна [2J!")
    assert 128 == len(name)
