"""What people and jobs may decide about a submission that is still open."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from notifykit import Notifier, Order, Status
from notifykit.delivery import Delivery
from notifykit.errors import OutcomeUnknownError, RejectedError, UnavailableError
from notifykit.message import Email
from notifykit.notifier import Options
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.submission import Hold, Outcome, Receipt, Submission
from notifykit.testing.fake import FakeTransport
from notifykit.transports.base import before_content

SENDER, SALES = "bot@example.com", ["sales@example.com"]


def notifier(*fakes: FakeTransport, clock=None, **options) -> Notifier:
    if clock is not None:
        options["clock"] = clock
    return Notifier(
        *fakes,
        sender=SENDER,
        sales=SALES,
        repository=MemoryRepository(**({"clock": clock} if clock else {})),
        options=Options(**options),
    )


async def unconfirmed(order: Order, **options) -> tuple[Notifier, FakeTransport, Submission]:
    fake = FakeTransport()
    fake.fails_with.append(OutcomeUnknownError("reset", provider="fake"))
    policy = RetryPolicy(on_unknown=OnUnknown.HOLD)
    made = notifier(fake, FakeTransport("spare"), retry=policy, **options)
    return made, fake, await made.send(order)


async def test_what_is_on_hold_waits_for_a_person(order: Order) -> None:
    made, fake, submission = await unconfirmed(order)

    assert submission.due_at is None
    assert 0 == await made.worker.run_once()
    assert [] == fake.sent


async def test_a_lost_answer_does_not_wait_for_the_end_of_a_hold_that_is_lifted(
    order: Order, clock
) -> None:
    fake, delays = FakeTransport(), (timedelta(seconds=5), timedelta(minutes=1))
    fake.fails_with.append(OutcomeUnknownError("reset", provider="fake"))
    made = notifier(fake, FakeTransport("spare"), clock=clock, retry=RetryPolicy(delays=delays))
    submission = await made.send(order)
    hold = Hold(source="default", provider="fake", reason="quota")
    await made.repository.hold(hold, lasting=timedelta(days=1))
    clock.advance(seconds=10)
    await made.worker.run_once()

    await made.repository.release("default", "fake")
    clock.advance(minutes=2)
    await made.worker.run_once()

    assert [submission.message_id] == [email.message_id for email in fake.sent]


async def test_a_resend_goes_to_the_same_provider_with_the_same_bytes(order: Order) -> None:
    made, fake, submission = await unconfirmed(order)

    resent = await made.resend(submission.id, by="Анна\r\n")

    assert resent is not None
    assert Status.SENT == resent.status
    assert [Outcome.UNKNOWN, Outcome.REOPENED, Outcome.ACCEPTED] == [
        attempt.outcome for attempt in resent.attempts
    ]
    assert ("operator", "Анна") == (resent.attempts[1].provider, resent.attempts[1].decided_by)
    assert resent.attempts[0].sha256 == resent.attempts[2].sha256
    assert 1 == len(fake.sent)
    assert [] == made.transports[1].sent


async def test_somebody_who_knows_is_believed_also_where_it_was_refused_since(
    order: Order, clock
) -> None:
    fake = FakeTransport()
    fake.fails_with += [
        OutcomeUnknownError("reset", provider="fake"),
        RejectedError("550 seen before", provider="fake"),
    ]
    made = notifier(fake, clock=clock)
    submission = await made.send(order)
    clock.advance(minutes=1)
    await made.worker.run_once()

    settled = await made.mark_sent(submission.id, by="Анна")

    assert settled is not None
    assert (Status.SENT, ("sales@example.com",)) == (
        settled.status,
        settled.attempts[-1].accepted,
    )


async def test_somebody_who_knows_settles_it_without_a_second_copy(order: Order) -> None:
    made, fake, submission = await unconfirmed(order)

    settled = await made.mark_sent(submission.id, by="Анна")

    assert settled is not None
    assert Status.SENT == settled.status
    assert settled.sent_at is not None
    assert [] == fake.sent
    assert Outcome.CONFIRMED == settled.attempts[-1].outcome


async def test_what_failed_can_be_tried_again_when_the_address_was_mended(order: Order) -> None:
    fake = FakeTransport()
    fake.fails_with.append(RejectedError("550 no such mailbox", provider="fake"))
    made = notifier(fake)
    failed = await made.send(order)

    resent = await made.resend(failed.id)

    assert resent is not None
    assert [Status.FAILED, Status.SENT] == [failed.status, resent.status]


async def test_what_was_sent_is_left_alone(order: Order) -> None:
    fake = FakeTransport()
    made = notifier(fake)
    sent = await made.send(order)

    assert sent == await made.resend(sent.id)
    assert sent == await made.mark_sent(sent.id)
    assert sent == await made.deliver(sent.id)
    assert 1 == len(fake.sent)


async def test_what_somebody_works_on_is_left_alone(order: Order) -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    class Slow(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            asked.set()
            await let_go.wait()
            return await super().send(email)

    slow = Slow()
    made = notifier(slow)
    caller = asyncio.create_task(made.send(order))
    await asked.wait()
    (submission,) = await made.repository.recent()

    resent = await made.resend(submission.id)
    let_go.set()
    await caller

    assert resent is not None
    assert Status.SENDING == resent.status
    assert 1 == len(slow.sent)


async def test_an_unknown_id_is_answered_with_none() -> None:
    made = notifier(FakeTransport())

    assert [None, None, None] == [
        await made.resend("x"),
        await made.mark_sent("x"),
        await made.deliver("x"),
    ]


async def test_a_job_delivers_what_is_due_and_any_number_of_jobs_send_once(order: Order) -> None:
    fake = FakeTransport()
    made = notifier(fake)
    queued = await made.enqueue(order)

    results = await asyncio.gather(*(made.deliver(queued.id) for _ in range(10)))

    assert 1 == len(fake.sent)
    assert Status.SENT in {result.status for result in results if result}


async def test_a_job_leaves_alone_what_is_not_due_or_waits_for_a_person(
    order: Order, clock
) -> None:
    fake = FakeTransport()
    fake.fails_with.append(UnavailableError("421", provider="fake"))
    made = notifier(fake, clock=clock)
    waiting = await made.send(order)
    held, held_fake, on_hold = await unconfirmed(order)

    early = await made.deliver(waiting.id)
    clock.advance(seconds=10)
    due = await made.deliver(waiting.id)

    assert early is not None
    assert due is not None
    assert [Status.QUEUED, Status.SENT] == [early.status, due.status]
    assert on_hold == await held.deliver(on_hold.id)
    assert [] == held_fake.sent


async def test_a_slow_send_keeps_its_lease(order: Order) -> None:
    let_go = asyncio.Event()

    class Slow(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            await let_go.wait()
            return await super().send(email)

    class Counting(MemoryRepository):
        renewals = 0

        async def renew(self, submission, lease) -> None:
            await super().renew(submission, lease)
            self.renewals += 1
            if self.renewals == 3:
                let_go.set()

    repository = Counting()
    options = Options(lease=timedelta(milliseconds=30))
    made = Notifier(Slow(), sender=SENDER, sales=SALES, repository=repository, options=options)

    async with asyncio.timeout(10):
        submission = await made.send(order)

    assert Status.SENT == submission.status
    assert 1 == submission.fence


async def test_a_process_that_was_paused_beyond_its_lease_sends_nothing(
    order: Order, clock
) -> None:
    """The pause is between the stored attempt and the content, where a dialogue takes its time."""
    repository = MemoryRepository(clock=clock)
    other = FakeTransport()
    options = Options(clock=clock)

    class Paused(FakeTransport):
        async def send(self, email: Email) -> Receipt:
            clock.advance(minutes=6)
            heir = Notifier(
                other, sender=SENDER, sales=SALES, repository=repository, options=options
            )
            await heir.worker.run_once()
            await before_content()
            return await super().send(email)

    paused = Paused()
    made = Notifier(paused, sender=SENDER, sales=SALES, repository=repository, options=options)

    await made.send(order)

    (submission,) = await repository.recent()
    assert ([], 1) == (paused.sent, len(other.sent))
    assert Status.SENT == submission.status
    assert {Outcome.UNAVAILABLE, Outcome.ACCEPTED} == {
        attempt.outcome for attempt in submission.attempts
    }


def test_a_delivery_names_its_process_in_the_lease() -> None:
    delivery = Delivery([FakeTransport()], MemoryRepository())

    assert ":" in delivery.lease.owner
