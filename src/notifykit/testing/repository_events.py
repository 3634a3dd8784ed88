"""What a repository promises about what is told after acceptance."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifykit.diagnosis import Reply, diagnose
from notifykit.ids import uuid7
from notifykit.storage.base import Filter
from notifykit.submission import Event, EventKind, Status
from notifykit.testing.repository_case import (
    LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)

CALLERS = 20


def make_event(submission_id: str, kind: EventKind = EventKind.DELIVERED) -> Event:
    """Make an event with everything that is hard to keep."""
    return Event(
        id=f"{uuid7()}=Ы",
        submission_id=submission_id,
        provider="sendgrid",
        kind=kind,
        recipient="sales@example.com",
        code=550,
        enhanced_code="5.1.1",
        text="550 5.1.1 нет такого ящика 🤷 '\"\\ %s :name {}",
        diagnosis=diagnose(Reply(provider="gmail", stage="rcpt", code=550, text="5.1.1 unknown")),
        occurred_at=datetime(2026, 11, 22, 12, 0, 0, 125_000, tzinfo=UTC),
    )


class Recording(RepositoryCase):
    """Keeping events."""

    async def test_an_event_comes_back_as_it_was_told(self) -> None:
        """With when it was kept, by the repository's clock."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            event = make_event(kept.id)
            await repository.record(event)
            (found,) = await repository.events(kept.id)

        assert found.received_at is not None
        assert event == replace(found, received_at=None)
        assert timedelta(0) <= found.received_at - kept.created_at < timedelta(minutes=1)

    async def test_an_event_sets_the_delivery_and_nothing_else(self) -> None:
        """Whoever works on the submission goes on undisturbed, and cannot undo it."""
        async with self.opened() as repository:
            mine = await repository.add(make_submission(), lease=LEASE)
            mine = await repository.save(mine.with_attempt(make_attempt()))
            await self.advance(SECOND)
            told = await repository.record(make_event(mine.id))
            saved = await repository.save(replace(mine, status=Status.SENT))

        assert replace(mine, email=None, delivery="delivered") == told
        assert (Status.SENT, "delivered") == (saved.status, saved.delivery)

    async def test_the_same_event_again_changes_nothing_and_is_seen_to_be_a_repeat(self) -> None:
        """Providers tell things twice."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            event = make_event(kept.id)
            first = await repository.record(event)
            again = await repository.record(replace(event, kind=EventKind.COMPLAINED))
            events = await repository.events(kept.id)

        assert first is not None
        assert replace(first, repeated=True) == again
        assert [EventKind.DELIVERED] == [event.kind for event in events]

    async def test_two_providers_may_use_the_same_id(self) -> None:
        """Each names its own events only."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            event = make_event(kept.id)
            await repository.record(event)
            other = await repository.record(replace(event, provider="mailgun"))
            events = await repository.events(kept.id)

        assert other is not None
        assert (False, 2) == (other.repeated, len(events))

    async def test_of_many_concurrent_calls_with_one_event_exactly_one_keeps_it(self) -> None:
        """Whoever raises an alarm for it raises one."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            event = make_event(kept.id, EventKind.BOUNCED)
            calls = [repository.record(event) for _ in range(CALLERS)]
            told = await asyncio.gather(*calls)
            events = await repository.events(kept.id)

        assert [False] + [True] * (CALLERS - 1) == sorted(one.repeated for one in told if one)
        assert 1 == len(events)

    async def test_events_are_listed_as_they_happened_and_not_as_they_came(self) -> None:
        """Of two at the same moment the one that came first is first."""
        moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            for minutes, kind in ((5, "opened"), (1, "delivered"), (0, "accepted"), (1, "clicked")):
                event = make_event(kept.id, EventKind(kind))
                happened = moment + timedelta(minutes=minutes)
                await repository.record(replace(event, occurred_at=happened))
            events = await repository.events(kept.id)

        kinds = [event.kind.value for event in events]
        assert ["accepted", "delivered", "clicked", "opened"] == kinds

    async def test_in_whichever_order_events_come_they_come_to_the_same(self) -> None:
        """A bounce is not hidden by another recipient's delivery."""
        kinds = (EventKind.BOUNCED, EventKind.DELIVERED, EventKind.DEFERRED)
        words = set()
        async with self.opened() as repository:
            for turn in range(len(kinds)):
                kept = await repository.add(make_submission())
                events = [make_event(kept.id, kind) for kind in (*kinds[turn:], *kinds[:turn])]
                await asyncio.gather(*(repository.record(event) for event in events))
                found = await repository.get(kept.id)
                words.add(found and found.delivery)

        assert {"bounced"} == words

    async def test_an_event_about_an_unknown_submission_is_not_kept(self) -> None:
        """Other programs send through the same account."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            stranger = make_event("no such id")
            known = make_event(kept.id)
            told = await asyncio.gather(repository.record(stranger), repository.record(known))
            again = await repository.record(stranger)
            events = await repository.events("no such id")

        assert told[1] is not None
        assert (None, None, []) == (told[0], again, list(events))

    async def test_what_a_database_cannot_keep_costs_no_event(self) -> None:
        """An answer of a receiving server may hold anything."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            event = replace(make_event(kept.id, EventKind.BOUNCED), id="a\x00\ud800", text="\x00")
            told = await repository.record(event)
            again = await repository.record(event)

        assert told is not None
        assert again is not None
        assert (False, True, "bounced") == (told.repeated, again.repeated, told.delivery)

    async def test_a_submission_is_found_by_its_message_id(self) -> None:
        """All that a bounce in a mailbox knows."""
        submission, other = make_submission(), make_submission()
        async with self.opened() as repository:
            await repository.add(submission)
            await repository.add(other)
            found = await repository.recent(Filter(message_id=submission.message_id))
            nothing = await repository.recent(Filter(message_id="<unknown@example.com>"))

        assert [submission.id] == [one.id for one in found]
        assert [] == list(nothing)
