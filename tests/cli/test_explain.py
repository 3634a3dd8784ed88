"""``notifykit explain`` and ``notifykit cancel``."""

import asyncio

import pytest

from notifykit import Notifier, Status
from notifykit.errors import AuthenticationError, OutcomeUnknownError
from notifykit.notifier import Options
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import SqlRepository
from notifykit.testing.fake import FakeTransport


@pytest.fixture
def keep(outbox, make_order):
    """Keep an order that met these errors, one at each provider; the last one takes it."""

    def _keep(*errors, names=("gmail", "sendgrid")):
        async def kept():
            fakes = [FakeTransport(name) for name in names]
            for fake, error in zip(fakes, errors, strict=False):
                fake.fails_with.append(error)
            notifier = Notifier(
                *fakes,
                sender="bot@example.com",
                sales=["sales@example.com"],
                repository=SqlRepository("sqlite:///notifykit.db"),
                options=Options(retry=RetryPolicy(on_unknown=OnUnknown.HOLD)),
            )
            try:
                return await notifier.send(make_order())
            finally:
                await notifier.aclose()

        return asyncio.run(kept())

    return _keep


REFUSED = AuthenticationError("535 5.7.8 not accepted", provider="gmail", stage="auth", code=535)
LOST = OutcomeUnknownError("the connection broke", provider="file", stage="content")


def test_the_story_is_told_with_what_to_do(shell, keep, monkeypatch):
    monkeypatch.setenv("NOTIFYKIT_TIMEZONE", "Asia/Vladivostok")
    kept = keep(REFUSED)

    told = shell("explain", kept.reference.lower(), "--locale", "en")

    assert 0 == told.code
    first, took = (line for line in told.out.splitlines() if "Gmail" in line or "SendGrid" in line)
    hour = (kept.attempts[0].finished_at.hour + 10) % 24
    assert first.startswith(f"{hour:02}:")
    assert "Gmail refused the login: 535 5.7.8 not accepted" in first
    assert "SendGrid took the mail." in took


def test_the_story_is_told_in_russian(shell, keep):
    kept = keep(REFUSED)

    told = shell("explain", kept.id)

    assert "Заказ принят, номер обращения" in told.out
    assert "SendGrid принял письмо." in told.out


def test_programs_get_the_story_as_json(shell, keep):
    kept = keep()

    told = shell("explain", kept.id, "--json", "--locale", "en")

    assert [("info", None), ("ok", None)] == [(line["tone"], line["advice"]) for line in told.json]
    assert "Gmail took the mail." == told.json[1]["text"]
    assert kept.created_at.isoformat() == told.json[0]["at"]


def test_what_is_not_there_cannot_be_explained(shell, outbox):
    told = shell("explain", "KMT-4827", "--locale", "en")

    assert (1, "") == (told.code, told.out)
    assert "There is no submission KMT-4827." in told.err


def test_what_waits_is_cancelled(shell, keep):
    kept = keep(REFUSED, names=("gmail",))

    told = shell("cancel", kept.reference, "--by", "Anna", "--locale", "en")
    story = shell("explain", kept.reference, "--locale", "en")

    assert 0 == told.code
    assert f"{kept.reference} is cancelled, it will not be sent." in told.out
    assert "Decided: do not send it (Anna)." in story.out


def test_a_lost_answer_is_not_cancelled(shell, keep):
    kept = keep(LOST, names=("file",))

    told = shell("cancel", kept.reference, "--locale", "en")

    assert 1 == told.code
    assert "file may have taken the mail already" in told.err


def test_what_was_sent_is_not_cancelled(shell, keep):
    kept = keep()
    assert Status.SENT == kept.status

    told = shell("cancel", kept.reference, "--locale", "en")

    assert 1 == told.code
    assert "was sent already" in told.out


def test_what_failed_need_not_be_cancelled(shell, keep):
    kept = keep(REFUSED, names=("gmail",))
    shell("cancel", kept.reference)

    told = shell("cancel", kept.reference, "--locale", "en")

    assert 1 == told.code
    assert "stands at not delivered" in told.err
