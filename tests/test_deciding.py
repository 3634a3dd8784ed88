"""What people decide: cancelling, acknowledging, releasing, and the record of it all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from notifykit import Notifier, Order, Status
from notifykit.deciding import erase
from notifykit.errors import (
    AuthenticationError,
    ChangedError,
    OutcomeUnknownError,
    RejectedError,
    StorageError,
    UnavailableError,
)
from notifykit.notifications import ManagerCall
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.submission import Action, Hold, Lease, Outcome
from notifykit.testing.fake import FakeTransport


def notifier(fake: FakeTransport, **options) -> Notifier:
    return Notifier(
        fake, sender="bot@example.com", sales=["sales@example.com"], options=Options(**options)
    )


@pytest.fixture
def fake() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def made(fake: FakeTransport) -> Notifier:
    return notifier(fake)


async def test_what_waits_can_be_cancelled_and_is_never_sent(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    waiting = await made.enqueue(order)

    cancelled = await made.cancel(waiting.id, by="Анна\r\n")

    assert cancelled is not None
    assert (Status.FAILED, None) == (cancelled.status, cancelled.due_at)
    assert [(Outcome.CANCELLED, "Анна")] == [
        (attempt.outcome, attempt.decided_by) for attempt in cancelled.attempts
    ]
    assert "cancelled by Анна" == cancelled.last_error
    assert 0 == await made.worker.run_once()
    assert [] == fake.sent
    with pytest.raises(RejectedError, match="cancelled by Анна"):
        cancelled.raise_for_status()


async def test_what_was_refused_for_now_can_be_cancelled(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    fake.fails_with.append(UnavailableError("421 busy", provider="fake"))
    waiting = await made.send(order)

    cancelled = await made.cancel(waiting.id)

    assert cancelled is not None
    assert (Status.FAILED, "cancelled by somebody") == (cancelled.status, cancelled.last_error)


async def test_a_lost_answer_is_not_cancelled(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    fake.fails_with.append(OutcomeUnknownError("reset", provider="fake"))
    unconfirmed = await made.send(order)

    assert unconfirmed == await made.cancel(unconfirmed.id)
    assert [] == list(await made.repository.decisions())


async def test_what_somebody_works_on_or_is_done_with_is_not_cancelled(
    made: Notifier, order: Order, call: ManagerCall
) -> None:
    sent = await made.send(order)
    await made.enqueue(call)
    (taken,) = await made.repository.claim(source="default", lease=Lease(owner="another"))

    assert sent == await made.cancel(sent.id)
    assert taken == await made.cancel(taken.id)
    assert await made.cancel("unknown") is None


class _Hasty(MemoryRepository):
    """Lets a worker take what is about to be cancelled just after it was looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile = None

    async def get(self, id: str):  # noqa: A002 - the attribute has this name
        found = await super().get(id)
        if self.meanwhile is not None:
            work, self.meanwhile = self.meanwhile, None
            await work()
        return found


@pytest.mark.parametrize("error", [None, OutcomeUnknownError("reset", provider="fake")])
async def test_what_a_worker_takes_meanwhile_is_the_workers(
    fake: FakeTransport, order: Order, error
) -> None:
    repository = _Hasty()
    made = Notifier(
        fake, sender="bot@example.com", sales=["sales@example.com"], repository=repository
    )
    waiting = await made.enqueue(order)
    if error:
        fake.fails_with.append(error)
    repository.meanwhile = made.worker.run_once

    kept = await made.cancel(waiting.id, by="Анна")

    assert kept is not None
    assert (Status.UNCONFIRMED if error else Status.SENT) == kept.status
    assert Outcome.CANCELLED not in {attempt.outcome for attempt in kept.attempts}
    assert (kept.due_at is not None) == (error is not None)
    assert [] == list(await repository.decisions())


async def test_what_was_cancelled_can_be_sent_after_all(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    waiting = await made.enqueue(order)
    await made.cancel(waiting.id)

    resent = await made.resend(waiting.id, by="Анна")

    assert resent is not None
    assert (Status.SENT, 1) == (resent.status, len(fake.sent))


async def test_what_was_cancelled_may_be_asked_for_again(made: Notifier, order: Order) -> None:
    waiting = await made.enqueue(order)
    await made.cancel(waiting.id)

    again = await made.enqueue(order)

    assert (False, True) == (again.repeated, again.id != waiting.id)


@pytest.mark.parametrize("decide", ["resend", "mark_sent", "cancel"])
async def test_who_saw_an_older_state_is_told_so_and_nothing_is_done(
    made: Notifier, fake: FakeTransport, order: Order, decide: str
) -> None:
    fake.fails_with += [OutcomeUnknownError("reset", provider="fake")] * 2
    seen = await made.send(order)
    before = await made.resend(seen.id, by="Анна", fence=seen.fence)

    with pytest.raises(ChangedError):
        await getattr(made, decide)(seen.id, by="Иван", fence=seen.fence)

    assert before == await made.repository.get(seen.id)


@pytest.mark.parametrize("decide", ["resend", "mark_sent"])
async def test_who_saw_it_before_it_was_sent_is_told_so(
    made: Notifier, fake: FakeTransport, order: Order, decide: str
) -> None:
    fake.fails_with.append(OutcomeUnknownError("reset", provider="fake"))
    seen = await made.send(order)
    await made.resend(seen.id, by="Анна")

    with pytest.raises(ChangedError):
        await getattr(made, decide)(seen.id, by="Иван", fence=seen.fence)

    assert 1 == len(fake.sent)


async def test_of_many_who_resend_at_once_one_is_heard_and_the_others_are_told(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    fake.fails_with += [OutcomeUnknownError("reset", provider="fake")] * 10
    seen = await made.send(order)

    answers = await asyncio.gather(
        *(made.resend(seen.id, by=f"{number}", fence=seen.fence) for number in range(9)),
        return_exceptions=True,
    )

    kept = await made.repository.get(seen.id)
    assert kept is not None
    assert 8 == sum(isinstance(answer, ChangedError) for answer in answers)
    assert [Outcome.UNKNOWN, Outcome.REOPENED, Outcome.UNKNOWN] == [
        attempt.outcome for attempt in kept.attempts
    ]


async def test_a_job_leaves_alone_what_another_one_has_just_tried(
    fake: FakeTransport, order: Order
) -> None:
    repository = _Hasty()
    made = Notifier(
        fake, sender="bot@example.com", sales=["sales@example.com"], repository=repository
    )
    fake.fails_with += [OutcomeUnknownError("reset", provider="fake")] * 2
    waiting = await made.enqueue(order)
    repository.meanwhile = made.worker.run_once

    kept = await made.deliver(waiting.id)

    assert kept is not None
    assert (1, Status.UNCONFIRMED) == (len(kept.attempts), kept.status)


async def test_a_person_is_erased_and_the_key_is_given_although_it_cannot_be_noted(
    tmp_path, order: Order
) -> None:
    class Mute(SqlRepository):
        async def note(self, decision):
            raise StorageError("the database went away")

    repository = Mute(f"sqlite:///{tmp_path}/shop.db")
    made = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=repository,
    )
    sent = await made.send(order)

    erased = await erase(repository, "+7 900 000-00-00", source=None, noted_for="default")

    kept = await repository.get(sent.id)
    await made.aclose()
    assert (1, 64) == (erased.submissions, len(erased.key or ""))
    assert kept is not None
    assert {} == kept.notification


async def test_a_call_is_acknowledged_once(made: Notifier, call: ManagerCall) -> None:
    sent = await made.send(call)
    before = await made.repository.backlog()

    first = await made.acknowledge(sent.id, by="Анна")
    second = await made.acknowledge(sent.id, by="Иван")

    assert first is not None
    assert (Action.ACKNOWLEDGED, "Анна", sent.id) == (
        first.action,
        first.decided_by,
        first.submission_id,
    )
    assert first == second
    assert (1, 0) == (before.calls, (await made.repository.backlog()).calls)
    assert await made.acknowledge("unknown") is None


async def test_of_many_who_want_to_be_the_first_one_is_and_the_others_are_told(
    made: Notifier, call: ManagerCall
) -> None:
    sent = await made.send(call)

    answers = await asyncio.gather(
        *(made.acknowledge(sent.id, by=f"{number}", first=True) for number in range(9)),
        return_exceptions=True,
    )

    (kept,) = await made.repository.decisions(submission_id=sent.id)
    assert [kept] == [answer for answer in answers if not isinstance(answer, ChangedError)]


async def test_a_provider_is_released_by_hand(
    made: Notifier, fake: FakeTransport, order: Order
) -> None:
    fake.fails_with.append(AuthenticationError("535", provider="fake"))
    held = await made.send(order)

    lifted = await made.release("fake", by="Анна")
    nothing = await made.release("fake", by="Анна")
    await made.worker.run_once()

    assert isinstance(lifted, Hold)
    assert ("fake", None) == (lifted.provider, nothing)
    found = await made.repository.get(held.id)
    assert found is not None
    assert Status.SENT == found.status
    (noted,) = await made.repository.decisions()
    assert (Action.RELEASED, "fake", "Анна") == (noted.action, noted.subject, noted.decided_by)


async def test_every_decision_about_a_submission_is_on_record(
    fake: FakeTransport, order: Order, clock
) -> None:
    made = notifier(fake, clock=clock)
    fake.fails_with += [
        OutcomeUnknownError("reset", provider="fake"),
        OutcomeUnknownError("reset", provider="fake"),
    ]
    sent = await made.send(order)
    await made.resend(sent.id, by="Анна")
    clock.advance(minutes=1)
    settled = await made.mark_sent(sent.id, by="Иван")

    decided = await made.repository.decisions(submission_id=sent.id)

    assert settled is not None
    assert {(Action.RESENT, "Анна"), (Action.MARKED_SENT, "Иван")} == {
        (each.action, each.decided_by) for each in decided
    }
    assert {each.id for each in decided} < {attempt.id for attempt in settled.attempts}
    assert timedelta(minutes=1) == max(
        each.decided_at for each in decided if each.decided_at
    ) - min(each.decided_at for each in decided if each.decided_at)
