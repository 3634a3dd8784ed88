"""What a provider answered is kept as soon as that is possible, and no longer than it is."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from notifykit import Notifier, Order, Status
from notifykit.errors import ConfigurationError, GoneError, StorageError
from notifykit.journal import Journal
from notifykit.keeping import Keeper
from notifykit.storage import MemoryRepository
from notifykit.submission import Outcome, Submission
from notifykit.testing.fake import FakeTransport
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission


class Unsteady(MemoryRepository):
    """Is away when a result is to be saved, until it is back; then it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.away = asyncio.Event()
        self.back = asyncio.Event()
        self.tries = 0

    async def save(self, submission, **again):
        self.tries += 1
        answered = submission.attempts and submission.attempts[-1].outcome is not Outcome.STARTED
        if answered and not self.back.is_set():
            self.away.set()
            raise StorageError("connection refused")
        return await super().save(submission, **again)

    def forget(self, submission: Submission) -> None:
        del self._submissions[submission.id]


@pytest.fixture
def repository() -> Unsteady:
    return Unsteady()


async def answered(repository: Unsteady) -> Submission:
    """Keep one that a provider has just taken, though nobody knows it yet."""
    kept = await repository.add(make_submission(), lease=LEASE)
    taken = replace(make_attempt(), outcome=Outcome.ACCEPTED)
    return replace(kept, status=Status.SENT).with_attempt(taken)


def errors(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [
        (record.event, record.levelname)
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ]


async def test_an_answer_is_kept_when_the_database_is_back(repository: Unsteady) -> None:
    keeping = asyncio.create_task(Keeper(repository, Journal()).keep(await answered(repository)))
    await repository.away.wait()
    repository.back.set()

    assert Status.SENT == (await keeping).status


async def test_what_is_gone_is_given_up_and_told_once_without_personal_data(
    repository: Unsteady, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, submission = Keeper(repository, Journal()), await answered(repository)
    keeping = asyncio.create_task(keeper.keep(submission))
    await repository.away.wait()
    repository.forget(submission)
    repository.back.set()

    with pytest.raises(GoneError):
        await asyncio.wait_for(keeping, timeout=10)

    assert set() == keeper.under_way
    assert [("gone", "ERROR")] == errors(caplog)
    assert submission.reference in caplog.text
    for personal in (*submission.recipients, submission.subject, "Цемент"):
        assert personal not in caplog.text


async def test_what_is_gone_is_given_up_and_told_once_nobody_waits_for_it_any_more(
    repository: Unsteady,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notifykit.keeping._PATIENCE", 0.01)
    keeper, submission = Keeper(repository, Journal("en")), await answered(repository)
    with pytest.raises(StorageError, match="trying again"):
        await keeper.keep(submission)
    (still,) = keeper.under_way
    repository.forget(submission)
    repository.back.set()

    await asyncio.wait({still}, timeout=10)

    assert (True, set()) == (still.done(), keeper.under_way)
    assert [("gone", "ERROR")] == errors(caplog)
    assert "not in the database any more" in caplog.text


async def test_a_notifier_closes_although_what_it_sent_was_removed_meanwhile(
    repository: Unsteady, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeTransport()
    notifier = Notifier(
        fake, sender="bot@example.com", sales=["sales@example.com"], repository=repository
    )
    sending = asyncio.create_task(notifier.send(order))
    await repository.away.wait()
    (kept,) = await repository.recent()
    repository.forget(kept)
    repository.back.set()
    await sending
    tries = repository.tries
    async with asyncio.timeout(10):
        await notifier.aclose()

    assert (1, tries) == (len(fake.sent), repository.tries)
    assert [("gone", "ERROR")] == errors(caplog)


class Hanging(Unsteady):
    """Does not answer the first time a result is to be saved."""

    async def save(self, submission, **again):
        self.tries += 1
        if self.tries == 1:
            self.away.set()
            await self.back.wait()
        return await MemoryRepository.save(self, submission, **again)


async def test_a_database_that_hangs_keeps_the_caller_waiting_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notifykit.keeping._PATIENCE", 0.01)
    repository = Hanging()
    keeper, submission = Keeper(repository, Journal()), await answered(repository)
    with pytest.raises(StorageError, match="trying again"):
        await keeper.keep(submission)
    (still,) = keeper.under_way

    assert Status.SENT == (await still).status


async def test_an_answer_is_kept_although_whoever_waited_for_that_was_cancelled() -> None:
    repository = Hanging()
    keeper, submission = Keeper(repository, Journal()), await answered(repository)
    keeping = asyncio.create_task(keeper.keep(submission))
    await repository.away.wait()
    keeping.cancel()
    await asyncio.wait({keeping})
    (still,) = keeper.under_way

    assert keeping.cancelled()
    assert Status.SENT == (await still).status


class Unready(Unsteady):
    """Has no tables for a moment."""

    async def save(self, submission, **again):
        self.tries += 1
        if self.tries == 1:
            raise ConfigurationError("the tables are missing")
        return await MemoryRepository.save(self, submission, **again)


async def test_an_answer_is_kept_although_the_tables_were_gone_for_a_moment() -> None:
    repository = Unready()
    kept = await Keeper(repository, Journal()).keep(await answered(repository))

    assert (Status.SENT, 2) == (kept.status, repository.tries)
