"""The loop that delivers what is due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from notifykit import Notifier, Order
from notifykit.delivery import this_process
from notifykit.errors import ProviderHeldError, StorageError
from notifykit.message import Email
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository
from notifykit.storage.base import Filter
from notifykit.submission import Outcome, Receipt, Status
from notifykit.testing.fake import FakeTransport

SENDER, SALES = "bot@example.com", ["sales@example.com"]


class Telling(FakeTransport):
    """Tells when it took something."""

    def __init__(self) -> None:
        super().__init__()
        self.took = asyncio.Event()

    async def send(self, email: Email) -> Receipt:
        self.took.set()
        return await super().send(email)


async def test_it_delivers_everything_that_is_due_a_few_at_a_time(make_order) -> None:
    class Counting(FakeTransport):
        now = most = 0

        async def send(self, email: Email) -> Receipt:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1
            return await super().send(email)

    fake = Counting()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    for number in range(10):
        await notifier.enqueue(make_order(number=str(number)))

    assert 10 == await notifier.worker.run_once()

    assert 10 == len(fake.sent)
    assert 1 < fake.most <= 10


async def test_closing_right_after_opening_takes_no_time_and_harms_nothing(order: Order) -> None:
    fake = Telling()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    async with asyncio.timeout(10):
        async with notifier:
            pass
        async with notifier:
            await notifier.enqueue(order)
            await fake.took.wait()


async def test_a_database_that_is_away_is_asked_again(
    order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    class Flaky(MemoryRepository):
        def __init__(self) -> None:
            super().__init__()
            self.faults = [StorageError("cannot connect"), ZeroDivisionError()]

        async def claim(self, **arguments):
            if self.faults:
                raise self.faults.pop()
            return await super().claim(**arguments)

    fake, repository = FakeTransport(), Flaky()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, repository=repository)
    await notifier.enqueue(order)
    async with notifier, asyncio.timeout(10):
        while not fake.sent:
            notifier.worker.wake()
            await asyncio.sleep(0)

    assert "cannot connect" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_two_notifiers_on_one_repository_send_each_mail_once(make_order) -> None:
    repository = MemoryRepository()
    fakes = FakeTransport(), FakeTransport()
    notifiers = [
        Notifier(fake, sender=SENDER, sales=SALES, repository=repository) for fake in fakes
    ]
    for number in range(40):
        await notifiers[0].enqueue(make_order(number=str(number)))

    claimed = await asyncio.gather(*(notifier.worker.run_once() for notifier in notifiers))

    ids = [email.message_id for fake in fakes for email in fake.sent]
    assert 40 == sum(claimed) == len(ids) == len(set(ids))
    assert min(claimed) > 0


async def test_whoever_lost_the_lease_lets_the_other_go_on(order: Order, clock) -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    class Slow(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            asked.set()
            await let_go.wait()
            return await super().send(email)

    repository = MemoryRepository(clock=clock)
    slow = Notifier(Slow(), sender=SENDER, sales=SALES, repository=repository)
    quick = Notifier(FakeTransport(), sender=SENDER, sales=SALES, repository=repository)
    caller = asyncio.create_task(slow.send(order))
    await asked.wait()
    clock.advance(minutes=6)
    await quick.worker.run_once()
    let_go.set()
    await caller

    (submission,) = await repository.recent()
    assert "SENT" == submission.status
    assert ["ACCEPTED", "ACCEPTED"] == [attempt.outcome for attempt in submission.attempts]


def test_a_process_names_itself_by_host_and_number() -> None:
    host, _, number = this_process().rpartition(":")

    assert host
    assert number.isdigit()


async def test_draining_nothing_ends_at_once() -> None:
    notifier = Notifier(FakeTransport(), sender=SENDER, sales=SALES)

    await notifier.worker.drain(timedelta(0))


class Slow(FakeTransport):
    """Takes one email at a time, and answers when it is told to."""

    connections = 1

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.asked = asyncio.Event()

    async def send(self, email: Email) -> Receipt:
        self.asked.set()
        await self.answers.wait()
        return await super().send(email)


async def test_no_more_is_taken_in_hand_than_keeps_the_providers_busy(make_order) -> None:
    slow = Slow()
    notifier = Notifier(slow, sender=SENDER, sales=SALES)
    for number in range(10):
        await notifier.enqueue(make_order(number=str(number)))
    slow.answers.set()
    await notifier.worker.run_once()
    slow.answers.clear()
    slow.asked.clear()
    for number in range(10, 20):
        await notifier.enqueue(make_order(number=str(number)))
    working = asyncio.create_task(notifier.worker.run_once())
    await slow.asked.wait()
    await asyncio.sleep(0)
    in_hand = await notifier.repository.recent(Filter(status=Status.SENDING))
    slow.answers.set()
    await working

    assert 1 <= len(in_hand) <= 2
    assert 20 == len(slow.sent)


async def test_what_no_provider_was_asked_about_is_put_back_when_the_process_ends(
    make_order,
) -> None:
    slow = Slow()
    options = Options(grace=timedelta(milliseconds=50))
    notifier = Notifier(slow, sender=SENDER, sales=SALES, options=options)
    sends = [asyncio.create_task(notifier.send(make_order(number=str(n)))) for n in range(3)]
    await slow.asked.wait()
    async with asyncio.timeout(10):
        ending = asyncio.create_task(notifier.aclose())
        await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
        slow.answers.set()
        await asyncio.gather(*sends, return_exceptions=True)
        await ending
    kept = await notifier.repository.recent()

    assert [Status.QUEUED, Status.QUEUED, Status.SENT] == sorted(one.status for one in kept)
    assert [0, 0, 1] == sorted(len(one.attempts) for one in kept)
    assert 2 == await notifier.worker.run_once()


async def test_a_database_that_is_away_before_the_send_costs_no_lease(order: Order) -> None:
    class Away(MemoryRepository):
        is_away = True

        async def save(self, submission, *, again_in=None):
            if self.is_away and submission.attempts[-1].outcome is Outcome.STARTED:
                raise StorageError("the connection broke")
            return await super().save(submission, again_in=again_in)

    fake, repository = FakeTransport(), Away()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, repository=repository)
    await notifier.send(order)
    (waiting,) = await repository.recent()
    repository.is_away = False
    await notifier.worker.run_once()

    assert (Status.QUEUED, "not sent") == (waiting.status, waiting.attempts[0].error[:8])
    assert 1 == len(fake.sent)


async def test_a_store_that_cannot_tell_of_changes_is_looked_into_from_time_to_time(
    order: Order,
) -> None:
    class Deaf(MemoryRepository):
        claims = 0

        async def changed(self, source, *, within):
            raise ZeroDivisionError

        async def claim(self, **arguments):
            self.claims += 1
            return await super().claim(**arguments)

    fake, repository = Telling(), Deaf()
    notifier = Notifier(fake, sender=SENDER, sales=SALES, repository=repository)
    async with notifier, asyncio.timeout(10):
        await notifier.enqueue(order)
        await fake.took.wait()
        await asyncio.sleep(0.1)

    assert repository.claims < 10


async def test_a_provider_that_wants_to_be_asked_again_at_once_is_held_all_the_same(
    order: Order,
) -> None:
    fake = FakeTransport()
    fake.fails_with.append(
        ProviderHeldError("quota", provider="fake", retry_after=timedelta(seconds=-1))
    )
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    await notifier.send(order)
    (hold,) = await notifier.repository.holds("default")

    assert hold.until > datetime.now(UTC) + timedelta(minutes=5)
