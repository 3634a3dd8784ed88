"""`Notifier.deliver` as a job calls it, where processes die and bots share a database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifykit import Notifier, Order, Status
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository
from notifykit.submission import Lease
from notifykit.testing.fake import FakeTransport


@pytest.fixture
def repository(clock) -> MemoryRepository:
    return MemoryRepository(clock=clock)


@pytest.fixture
def bot(repository, clock):
    """A bot with an account of its own, on the one database."""

    def make(source: str) -> tuple[Notifier, FakeTransport]:
        fake = FakeTransport()
        made = Notifier(
            fake,
            sender="bot@example.com",
            sales=["sales@example.com"],
            repository=repository,
            options=Options(source=source, clock=clock),
        )
        return made, fake

    return make


async def test_a_job_takes_up_what_a_dead_process_had_once_its_lease_is_over(
    bot, repository, clock, order: Order
) -> None:
    made, fake = bot("default")
    queued = await made.enqueue(order)
    lease = Lease(owner="dead:1", duration=timedelta(minutes=5))
    await repository.claim(source="default", lease=lease, id=queued.id)

    early = await made.deliver(queued.id)
    clock.advance(minutes=6)
    late = await made.deliver(queued.id)

    assert [Status.SENDING, Status.SENT] == [early.status, late.status]
    assert 1 == len(fake.sent)


@pytest.mark.parametrize("command", ["deliver", "resend", "mark_sent"])
async def test_no_bot_touches_what_is_anothers(bot, order: Order, command: str) -> None:
    owner, _ = bot("sales-bot")
    stranger, fake = bot("other-bot")
    queued = await owner.enqueue(order)

    left = await getattr(stranger, command)(queued.id)

    assert queued == left
    assert [] == fake.sent
