"""What is told after acceptance has consequences, and only these."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit import Notifier, Order, Status, Submission
from notifykit.alarms import Alarm
from notifykit.errors import LeaseLostError, OutcomeUnknownError
from notifykit.intake import Intake
from notifykit.notifier import Options
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.submission import OPERATOR, Attempt, Event, EventKind, Lease, Outcome
from notifykit.testing import FakeTransport

OTHER = Lease(owner="another process", duration=timedelta(minutes=5))


class Station:
    """A notifier whose provider may lose its answers, and what is told about it."""

    def __init__(self, clock, *, hook=None, repository=None) -> None:
        self.clock = clock
        self.alarms: list[Alarm] = []
        self.repository = repository or MemoryRepository(clock=clock)
        self.sendgrid, self.spare = FakeTransport(), FakeTransport()
        self.sendgrid.name, self.spare.name = "sendgrid", "spare"
        self.notifier = Notifier(
            self.sendgrid,
            self.spare,
            sender="bot@example.com",
            sales=["sales@example.com", "second@example.com"],
            repository=self.repository,
            options=Options(
                clock=clock,
                locale="en",
                on_alarm=hook or self.alarms.append,
                retry=RetryPolicy(jitter=0, on_unknown=OnUnknown.HOLD),
            ),
        )
        self.intake = Intake(self.notifier)

    async def lost(self, order: Order) -> Submission:
        lost = OutcomeUnknownError("connection reset", provider="sendgrid", stage="http")
        self.sendgrid.fails_with.append(lost)
        submission = await self.notifier.send(order)
        assert Status.UNCONFIRMED == submission.status
        return submission

    def event(self, submission: Submission, kind: EventKind, **fields) -> Event:
        values = {
            "id": f"{kind}-1",
            "submission_id": submission.id,
            "provider": "sendgrid",
            "kind": kind,
            "recipient": "sales@example.com",
            "occurred_at": self.clock(),
        }
        return Event(**values | fields)


@pytest.fixture
def station(clock) -> Station:
    return Station(clock)


async def test_a_lost_answer_is_settled_by_what_its_provider_tells(
    station: Station, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "notifykit")
    lost = await station.lost(order)
    settled = await station.intake.take(station.event(lost, EventKind.DELIVERED))

    assert settled is not None
    assert (Status.SENT, "delivered", None) == (settled.status, settled.delivery, settled.due_at)
    decision = settled.attempts[-1]
    assert (Outcome.CONFIRMED, OPERATOR, "sendgrid") == (
        decision.outcome,
        decision.provider,
        decision.decided_by,
    )
    assert lost.recipients == decision.accepted
    assert ([], []) == (station.sendgrid.sent, station.spare.sent)
    assert "confirmed" == caplog.records[-1].event


async def test_a_bounce_settles_a_lost_answer_and_raises_an_alarm(
    station: Station, order: Order
) -> None:
    lost = await station.lost(order)
    settled = await station.intake.take(station.event(lost, EventKind.BOUNCED))

    assert settled is not None
    assert (Status.SENT, "bounced") == (settled.status, settled.delivery)
    assert [EventKind.BOUNCED] == [alarm.event and alarm.event.kind for alarm in station.alarms]


async def test_what_another_provider_tells_does_not_settle_it(
    station: Station, order: Order
) -> None:
    lost = await station.lost(order)
    told = await station.intake.take(station.event(lost, EventKind.BOUNCED, provider="imap"))

    assert told is not None
    assert (Status.UNCONFIRMED, "bounced") == (told.status, told.delivery)
    assert lost.attempts == told.attempts


async def test_a_repeated_event_settles_what_the_first_one_could_not(
    station: Station, order: Order
) -> None:
    lost = await station.lost(order)
    event = station.event(lost, EventKind.DELIVERED)
    (theirs,) = await station.repository.claim(source="default", lease=OTHER, id=lost.id)
    busy = await station.intake.take(event)
    await station.repository.save(replace(theirs, status=Status.UNCONFIRMED))
    settled = await station.intake.take(event)

    assert busy is not None
    assert Status.SENDING == busy.status
    assert settled is not None
    assert (Status.SENT, True) == (settled.status, settled.repeated)


class Contested(MemoryRepository):
    """Somebody else claims a submission in the moment between reading and claiming, or after."""

    meanwhile = None

    async def claim(self, **wanted):
        if self.meanwhile:
            await self.meanwhile()
        return await super().claim(**wanted)

    async def save(self, submission, *, again_in=None):
        if submission.attempts and submission.attempts[-1].outcome is Outcome.CONFIRMED:
            self._submissions[submission.id] = replace(
                self._submissions[submission.id], fence=submission.fence + 1
            )
        return await super().save(submission, again_in=again_in)


async def test_it_obeys_the_fence(clock, order: Order) -> None:
    station = Station(clock, repository=Contested(clock=clock))
    lost = await station.lost(order)
    told = await station.intake.take(station.event(lost, EventKind.DELIVERED))
    with pytest.raises(LeaseLostError):
        await station.repository.renew(replace(lost, fence=2), OTHER)

    assert told is not None
    assert Status.SENT != told.status
    assert "delivered" == told.delivery


async def test_it_leaves_alone_what_somebody_took_up_meanwhile(clock, order: Order) -> None:
    repository = Contested(clock=clock)
    station = Station(clock, repository=repository)
    lost = await station.lost(order)

    async def taken() -> None:
        repository.meanwhile = None
        await repository.claim(source="default", lease=OTHER, id=lost.id)

    repository.meanwhile = taken
    await station.intake.take(station.event(lost, EventKind.DELIVERED))
    found = await repository.get(lost.id)

    assert found is not None
    assert (Status.SENDING, OTHER.owner) == (found.status, found.lease_owner)


async def test_what_was_decided_meanwhile_is_given_back_as_it_stands(clock, order: Order) -> None:
    repository = Contested(clock=clock)
    station = Station(clock, repository=repository)
    lost = await station.lost(order)

    async def refused_for_good() -> None:
        repository.meanwhile = None
        kept = repository._submissions[lost.id]
        attempts = [replace(one, outcome=Outcome.REJECTED) for one in kept.attempts]
        repository._submissions[lost.id] = replace(kept, attempts=tuple(attempts))

    repository.meanwhile = refused_for_good
    told = await station.intake.take(station.event(lost, EventKind.DELIVERED))

    assert told is not None
    assert (Status.FAILED, None) == (told.status, told.due_at)
    assert Outcome.CONFIRMED not in {attempt.outcome for attempt in told.attempts}


async def test_another_bots_lost_answer_is_settled_too_and_nothing_is_sent(
    clock, order: Order
) -> None:
    station = Station(clock)
    lost = await station.lost(order)
    other = Notifier(
        FakeTransport(),
        sender="other@example.com",
        sales=["other@example.com"],
        repository=station.repository,
        options=Options(source="other", clock=clock),
    )
    settled = await Intake(other).take(station.event(lost, EventKind.DELIVERED))

    assert settled is not None
    assert (Status.SENT, "default") == (settled.status, settled.source)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (EventKind.BOUNCED, logging.CRITICAL),
        (EventKind.REJECTED, logging.CRITICAL),
        (EventKind.COMPLAINED, logging.ERROR),
    ],
)
async def test_what_did_not_arrive_is_told_once_with_whom_and_why(
    station: Station, order: Order, caplog: pytest.LogCaptureFixture, kind, level
) -> None:
    sent = await station.notifier.send(order)
    event = station.event(sent, kind, code=550, text="550 5.1.1 no such user")
    told = await station.intake.take(event)
    await station.intake.take(event)

    (line,) = [record for record in caplog.records if record.event == kind]
    assert level == line.levelno
    said = line.getMessage()
    assert all(word in said for word in (sent.reference, "sales@example.com", "no such user"))
    assert told is not None
    assert [Alarm(submission=told, event=event)] == station.alarms


@pytest.mark.parametrize(
    "kind",
    [
        EventKind.ACCEPTED,
        EventKind.DEFERRED,
        EventKind.DELIVERED,
        EventKind.OPENED,
        EventKind.CLICKED,
    ],
)
async def test_what_goes_well_raises_no_alarm(station: Station, order: Order, kind) -> None:
    sent = await station.notifier.send(order)
    await station.intake.take(station.event(sent, kind))

    assert [] == station.alarms


async def test_an_alarm_hook_that_breaks_breaks_nothing_else(clock, order: Order) -> None:
    def hook(alarm: Alarm) -> None:
        raise RuntimeError("the pager is away")

    station = Station(clock, hook=hook)
    lost = await station.lost(order)
    settled = await station.intake.take(station.event(lost, EventKind.BOUNCED))

    assert settled is not None
    assert Status.SENT == settled.status


async def test_an_event_about_an_unknown_submission_has_no_consequences(
    station: Station, order: Order
) -> None:
    sent = await station.notifier.send(order)
    event = station.event(sent, EventKind.BOUNCED, submission_id="unknown")

    assert await station.intake.take(event) is None
    assert [] == station.alarms


async def test_what_was_told_while_a_process_died_keeps_the_next_one_from_sending_again(
    station: Station, order: Order
) -> None:
    kept = await station.notifier.enqueue(order)
    (theirs,) = await station.repository.claim(source="default", lease=OTHER, id=kept.id)
    cut_off = Attempt(id="cut off", provider="sendgrid", started_at=station.clock())
    await station.repository.save(theirs.with_attempt(cut_off))
    for recipient in kept.recipients:
        event = station.event(kept, EventKind.DELIVERED, id=recipient, recipient=recipient)
        told = await station.intake.take(event)
        assert told is not None
        assert Status.SENDING == told.status
    station.clock.advance(minutes=6)
    settled = await station.notifier.deliver(kept.id)

    assert settled is not None
    assert Status.SENT == settled.status
    assert ([], []) == (station.sendgrid.sent, station.spare.sent)
    assert [Outcome.UNKNOWN, Outcome.CONFIRMED] == [one.outcome for one in settled.attempts]


async def test_a_lost_answer_without_a_word_goes_to_the_same_provider_again(
    station: Station, order: Order
) -> None:
    lost = await station.lost(order)
    settled = await station.notifier.resend(lost.id)

    assert settled is not None
    assert Status.SENT == settled.status
    assert (1, 0) == (len(station.sendgrid.sent), len(station.spare.sent))
