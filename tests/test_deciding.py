"""What people decide: cancelling, acknowledging, releasing, and the record of it all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifykit import Notifier, Order, Status
from notifykit.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from notifykit.notifications import ManagerCall
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository
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
