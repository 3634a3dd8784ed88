"""The loop that delivers what is due."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from notifykit import Notifier, Order
from notifykit.delivery import this_process
from notifykit.errors import StorageError
from notifykit.message import Email
from notifykit.storage import MemoryRepository
from notifykit.submission import Receipt
from notifykit.testing.fake import FakeTransport

SENDER, SALES = "bot@example.com", ["sales@example.com"]


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
    fake = FakeTransport()
    notifier = Notifier(fake, sender=SENDER, sales=SALES)
    async with asyncio.timeout(10):
        async with notifier:
            pass
        async with notifier:
            await notifier.enqueue(order)
            while not fake.sent:
                await asyncio.sleep(0.01)


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
