"""Emails wait for their turn where a provider's limit is used up, and no one is lost or failed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit import Notifier, Status
from notifykit.errors import AuthenticationError, OutcomeUnknownError, UnavailableError
from notifykit.limits import Limits, Rate
from notifykit.message import Email
from notifykit.notifier import Options
from notifykit.settling import RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.submission import Outcome, Receipt
from notifykit.testing.fake import FakeTransport

MINUTE = timedelta(minutes=1)
# One at once and one every ten seconds; only providers are limited here.
SLOW = Rate(6, MINUTE, burst=1)


class Shop:
    """A notifier on a clock that stands still, with fakes as providers."""

    def __init__(self, clock, rates, *names: str, repository=None, **wishes) -> None:
        self.clock = clock
        self.repository = repository or MemoryRepository(clock=clock)
        self.fakes = [FakeTransport(name) for name in names or ("gmail",)]
        limits = Limits(
            providers=rates, conversation=None, recipient=None, concurrency=wishes.pop("most", None)
        )
        self.notifier = Notifier(
            *self.fakes,
            sender="bot@example.com",
            sales=["sales@example.com"],
            repository=self.repository,
            options=Options(limits=limits, clock=clock, **wishes),
        )

    def sent(self) -> list[int]:
        return [len(fake.sent) for fake in self.fakes]


async def test_what_a_limit_lets_not_through_waits_untried_until_its_turn(
    clock, make_order, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(clock, {"gmail": SLOW})
    await shop.notifier.send(make_order(number="1"))
    waiting = await shop.notifier.send(make_order(number="2"))

    kept = await shop.repository.get(waiting.id)

    assert (Status.QUEUED, ()) == (waiting.status, waiting.attempts)
    assert clock() + timedelta(seconds=10) == waiting.due_at, "a job comes back then"
    assert clock() == kept.due_at, "in the queue it keeps its place"
    (record,) = [record for record in caplog.records if record.event == "limited"]
    assert ("gmail", 10, logging.WARNING) == (record.provider, record.seconds, record.levelno)

    clock.advance(seconds=10)

    assert 1 == await shop.notifier.worker.run_once()
    assert Status.SENT == (await shop.repository.get(waiting.id)).status


async def test_the_next_provider_takes_what_the_first_one_may_not(clock, make_order) -> None:
    shop = Shop(clock, {"gmail": SLOW}, "gmail", "yandex")
    kept = [await shop.notifier.send(make_order(number=str(number))) for number in range(3)]

    assert [1, 2] == shop.sent()
    assert ["yandex"] == [attempt.provider for attempt in kept[-1].attempts]


async def test_a_lost_answer_waits_for_its_own_provider(clock, make_order) -> None:
    shop = Shop(clock, {"gmail": SLOW}, "gmail", "yandex")
    shop.fakes[0].fails_with.append(OutcomeUnknownError("reset", provider="gmail"))
    lost = await shop.notifier.send(make_order(number="1"))
    clock.advance(seconds=9)
    await shop.notifier.worker.run_once()
    found = await shop.repository.get(lost.id)

    assert [0, 0] == shop.sent()
    assert (Status.UNCONFIRMED, 1) == (found.status, len(found.attempts))
    assert clock() + timedelta(seconds=1) == found.due_at

    clock.advance(seconds=1)
    await shop.notifier.worker.run_once()

    assert [1, 0] == shop.sent()


async def test_waiting_for_a_turn_never_becomes_a_failure(clock, make_order) -> None:
    shop = Shop(clock, {"gmail": SLOW}, retry=RetryPolicy(delays=(MINUTE,), lifetime=MINUTE))
    shop.fakes[0].fails_with.append(UnavailableError("away", provider="gmail"))
    tried = await shop.notifier.send(make_order(number="1"))
    clock.advance(minutes=5)
    await shop.notifier.send(make_order(number="2"))
    found = await shop.notifier.deliver(tried.id)

    assert (Status.QUEUED, 1) == (found.status, len(found.attempts))
    assert clock() + timedelta(seconds=10) == found.due_at


async def test_a_provider_that_is_held_leaves_the_others_limit_alone(clock, make_order) -> None:
    shop = Shop(clock, {"yandex": SLOW}, "gmail", "yandex")
    shop.fakes[0].fails_with.append(AuthenticationError("535", provider="gmail"))
    await shop.notifier.send(make_order(number="1"))
    waiting = await shop.notifier.send(make_order(number="2"))

    assert [0, 1] == shop.sent()
    assert (Status.QUEUED, ()) == (waiting.status, waiting.attempts)
    assert clock() + timedelta(seconds=10) == waiting.due_at


async def test_a_queue_goes_out_in_its_order_and_nobody_is_taken_up_in_vain(
    clock, make_order
) -> None:
    class Counting(MemoryRepository):
        claimed = 0

        async def claim(self, **wishes):
            found = await super().claim(**wishes)
            self.claimed += len(found)
            return found

    shop = Shop(clock, {"gmail": SLOW}, repository=Counting(clock=clock))
    kept = []
    for number in range(12):
        kept.append(await shop.notifier.enqueue(make_order(number=str(number))))
        clock.advance(milliseconds=1)
    for _ in range(120):
        await shop.notifier.worker.run_once()
        clock.advance(seconds=1)

    order = [email.metadata["submission_id"] for email in shop.fakes[0].sent]
    assert [one.id for one in kept[2:]] == [id_ for id_ in order if id_ in {k.id for k in kept[2:]}]
    assert {one.id for one in kept} == set(order)
    assert shop.repository.claimed <= 14


async def test_recipients_count_where_the_rate_counts_them(clock, make_order) -> None:
    rate = replace(SLOW, count=8, burst=3, recipients=True)
    shop = Shop(clock, {"gmail": rate})
    two = ["one@example.com", "two@example.com"]
    first = await shop.notifier.send(make_order(number="1"), to=two)
    second = await shop.notifier.send(make_order(number="2"), to=two)
    third = await shop.notifier.send(make_order(number="3"))

    assert [Status.SENT, Status.QUEUED, Status.SENT] == [
        one.status for one in (first, second, third)
    ]


async def test_workers_of_one_source_share_a_limit_and_other_sources_do_not(
    clock, make_order
) -> None:
    one = Shop(clock, {"gmail": SLOW})
    other = Shop(clock, {"gmail": SLOW}, repository=one.repository)
    stranger = Shop(clock, {"gmail": SLOW}, repository=one.repository, source="other")
    for number, shop in enumerate((one, other, stranger)):
        await shop.notifier.send(make_order(number=str(number)))

    assert [[1], [0], [1]] == [shop.sent() for shop in (one, other, stranger)]


async def test_without_a_limit_the_store_is_not_asked(clock, make_order) -> None:
    class Unasked(MemoryRepository):
        async def take(self, *_, **__):
            raise AssertionError("nobody wanted to know")

        filling = take

    shop = Shop(clock, {"yandex": SLOW}, repository=Unasked(clock=clock))
    for number in range(3):
        await shop.notifier.enqueue(make_order(number=str(number)))
    await shop.notifier.worker.run_once()

    assert [3] == shop.sent()


async def test_no_more_are_handed_to_a_provider_at_once_than_allowed(clock, make_order) -> None:
    class Slow(FakeTransport):
        now = most = 0

        async def send(self, email: Email) -> Receipt:
            self.now += 1
            self.most = max(self.most, self.now)
            for _ in range(20):
                await asyncio.sleep(0)
            self.now -= 1
            return await super().send(email)

    slow = Slow("gmail")
    notifier = Notifier(
        slow,
        sender="bot@example.com",
        sales=["sales@example.com"],
        options=Options(limits=Limits(concurrency=3)),
    )
    orders = [make_order(number=str(number)) for number in range(12)]
    kept = await asyncio.gather(*(notifier.send(order) for order in orders))

    assert (12, 3) == (len(slow.sent), slow.most)
    assert {Status.SENT} == {one.status for one in kept}


async def test_whoever_waited_for_a_turn_does_not_touch_a_provider_that_is_held_by_now(
    clock, make_order
) -> None:
    shop = Shop(clock, {}, most=1)
    shop.fakes[0].fails_with.append(AuthenticationError("535", provider="gmail"))
    for number in range(4):
        await shop.notifier.enqueue(make_order(number=str(number)))
    shop.notifier.worker._width = 4
    await shop.notifier.worker.run_once()
    found = await shop.repository.recent()

    assert [Outcome.AUTHENTICATION] == [
        attempt.outcome for one in found for attempt in one.attempts
    ]


async def test_the_worker_wakes_when_the_next_one_may_go(make_order) -> None:
    class Telling(FakeTransport):
        full = asyncio.Event()

        async def send(self, email: Email) -> Receipt:
            receipt = await super().send(email)
            if len(self.sent) == 4:
                self.full.set()
            return receipt

    rate, fake = Rate(20, timedelta(seconds=1), burst=1), Telling("gmail")
    notifier = Notifier(
        fake,
        sender="bot@example.com",
        sales=["sales@example.com"],
        options=Options(limits=Limits(providers={"gmail": rate})),
    )
    notifier.worker._poll = timedelta(minutes=10)
    for number in range(4):
        await notifier.enqueue(make_order(number=str(number)))
    async with notifier, asyncio.timeout(10):
        await fake.full.wait()

    assert 4 == len(fake.sent)


async def test_what_was_sent_first_goes_out_first_once_it_is_its_turn(clock, make_order) -> None:
    shop = Shop(clock, {"gmail": SLOW})
    kept = []
    for number in range(5):
        kept.append(await shop.notifier.send(make_order(number=str(number))))
        clock.advance(milliseconds=1)
    for _ in range(50):
        await shop.notifier.worker.run_once()
        clock.advance(seconds=1)

    sent = [email.metadata["submission_id"] for email in shop.fakes[0].sent]
    assert [one.id for one in kept] == sent


async def test_whoever_counts_for_several_is_not_overtaken_and_not_taken_up_in_vain(
    clock, make_order, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(clock, {"gmail": replace(SLOW, count=8, burst=3, recipients=True)})
    many = await shop.notifier.send(
        make_order(number="1"), to=["one@example.com", "two@example.com"]
    )
    wide = await shop.notifier.send(
        make_order(number="2"), to=["one@example.com", "two@example.com"]
    )
    narrow = await shop.notifier.enqueue(make_order(number="3"))
    for _ in range(30):
        await shop.notifier.worker.run_once()
        clock.advance(seconds=1)

    sent = [email.metadata["submission_id"] for email in shop.fakes[0].sent]
    assert [many.id, wide.id, narrow.id] == sent
    assert 1 == sum(record.event == "limited" for record in caplog.records)
