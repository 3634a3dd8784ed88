"""``notifykit bounces``."""

import json
import os
import signal
import subprocess
import sys

import pytest

from bounces.samples_of_reports import MESSAGE_ID, sample
from notifykit.simulators import ImapServer

USER, PASSWORD = "bot@example.com", "abcdefghijklmnop"
ORDER = {
    "customer": {"name": "Иван Петров", "phone": "+7 900 000-00-00"},
    "lines": [{"code": "00-0123", "title": "Цемент М500", "quantity": 10, "price": "512.50"}],
}


@pytest.fixture
def mailbox(outbox, monkeypatch):
    with ImapServer("gmail", users={USER: PASSWORD}) as server:
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def sent(shell, mailbox):
    """An order that went out; give its reference, and a way to let it come back."""
    submission = shell("send", "order", shell.write("order.json", ORDER), "--json").json
    assert "SENT" == submission["status"]

    def comes_back(name: str) -> str:
        ours = submission["message_id"].encode()
        mailbox.deliver(sample(name).replace(MESSAGE_ID.encode(), ours))
        return submission["reference"]

    return comes_back


def test_what_came_back_is_shown_with_cause_and_advice(shell, sent, mailbox):
    reference = sent("qmail")

    run = shell("bounces")

    assert 0 == run.code
    assert f"✅ {USER} на 127.0.0.1  просмотрено писем: 1, из них отчётов серверов: 1" in run.out
    assert f"❌ {reference}  не доставлено: sales@example.com" in run.out
    assert "550 5.1.1" in run.out
    assert "User Unknown" in run.out
    assert "Такого адреса получателя нет." in run.out
    assert "Исправьте адрес получателя в SALES_EMAIL или MANAGER_EMAIL." in run.out
    assert [] == mailbox.changes


def test_the_second_time_it_is_known(shell, sent):
    sent("qmail")
    shell("bounces")

    run = shell("bounces", "--locale", "en")

    assert 0 == run.code
    assert "(known before)" in run.out


def test_a_delay_is_shown_as_one(shell, sent):
    reference = sent("gmail-delayed")

    run = shell("bounces", "--locale", "en")

    assert f"⏳ {reference}  not delivered yet, the provider goes on trying" in run.out


def test_the_submission_shows_that_it_bounced(shell, sent):
    reference = sent("qmail")
    shell("bounces")

    assert "bounced" == shell("show", reference, "--json").json["delivery"]


def test_a_program_gets_it_as_json(shell, sent):
    reference = sent("postfix")
    sent("mailru")

    first, second = shell("bounces", "--json"), shell("bounces", "--json")

    (known,) = first.json["mailboxes"]
    assert (True, 2, 2, 0) == (known["ok"], known["mails"], known["reports"], known["unknown"])
    told = known["returned"][0]
    assert (reference, "bounced", "sales@example.com", 550, "5.1.1", True) == (
        told["reference"],
        told["kind"],
        told["recipient"],
        told["code"],
        told["enhanced_code"],
        told["new"],
    )
    assert "smtp.recipient-unknown" == told["diagnosis"]
    assert [False] * 3 == [each["new"] for each in second.json["mailboxes"][0]["returned"]]


def test_where_nothing_came_back_it_says_so(shell, mailbox):
    mailbox.deliver(sample("postfix"))

    run = shell("bounces", "--locale", "en")

    assert 0 == run.code
    assert "Reports about mails of others: 2" in run.out
    assert "Nothing came back." in run.out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_mailbox_that_cannot_be_read_is_explained(shell, mailbox, monkeypatch, form):
    monkeypatch.setenv("IMAP_PASSWORD", "wrong password")

    run = shell("bounces", *form, "--locale", "en")

    assert 1 == run.code
    assert "Invalid credentials" in run.out
    assert "IMAP_PASSWORD" in run.out
    assert "wrong password" not in run.out + run.err
    assert 1 == mailbox.login_attempts


def test_without_a_mailbox_the_variable_is_named(shell, outbox):
    run = shell("bounces")

    assert 2 == run.code
    assert "IMAP_SERVER" in run.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--since", "soon"], "нужен срок вроде 90d, 12w или 36h"),
        (["--watch", "1"], "нужно число секунд от 30 до 86400"),
        (["--watch", "x"], "нужно число секунд от 30 до 86400"),
    ],
)
def test_what_is_not_understood_is_said(shell, argv, said):
    run = shell("bounces", *argv)

    assert 2 == run.code
    assert said in run.err


def test_any_age_is_fine(shell, mailbox):
    assert 0 == shell("bounces", "--since", "999999w").code


@pytest.mark.skipif(os.name == "nt", reason="signals of Windows are of another kind")
def test_watching_tells_what_is_new_and_ends_gently(shell, sent, mailbox):
    reference = sent("qmail")
    told = []
    command = [sys.executable, "-m", "notifykit", "bounces", "--watch", "30", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            told.append(line)
            if line == "}\n":
                break
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=10)

    assert (0, "") == (process.returncode, rest)
    assert reference == json.loads("".join(told))["mailboxes"][0]["returned"][0]["reference"]
    assert "CRITICAL Email не доставлен до sales@example.com" in log
