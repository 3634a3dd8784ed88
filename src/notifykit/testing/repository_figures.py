"""What a repository promises to whoever counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from notifykit.storage.overview import Accepted, Backlog, Pace, Period, Tally, Tried
from notifykit.submission import OPERATOR, Action, Outcome, Status
from notifykit.testing.repository_case import (
    LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)
from notifykit.testing.repository_lists import make_decision

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Counting(RepositoryCase):
    """Figures of a period, and of what is open."""

    async def test_what_was_accepted_is_counted_by_hour_source_and_status(self) -> None:
        """Where it stands now counts; the period's end is not a part of it."""
        async with self.opened() as repository:
            first = await repository.add(make_submission(), lease=LEASE)
            await repository.save(replace(first, status=Status.SENT))
            await repository.add(make_submission())
            await repository.add(make_submission())
            await repository.add(make_submission(source="other"))
            await self.advance(2 * HOUR)
            last = await repository.add(make_submission())
            since = first.created_at
            whole = await repository.tally(Period(since=since, until=last.created_at + SECOND))
            ours = await repository.tally(
                Period(since=since, until=last.created_at, source="other")
            )

        hours = [hour_of(one.created_at) for one in (first, last)]
        assert whole.accepted == (
            Accepted(at=hours[0], source="bot", status=Status.QUEUED, count=2),
            Accepted(at=hours[0], source="bot", status=Status.SENT, count=1),
            Accepted(at=hours[0], source="other", status=Status.QUEUED, count=1),
            Accepted(at=hours[1], source="bot", status=Status.QUEUED, count=1),
        )
        assert whole.accepted[2:3] == ours.accepted

    async def test_tries_are_counted_by_hour_provider_and_outcome(self) -> None:
        """People are no providers."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            start = kept.created_at
            hour = hour_of(start)
            tries = [
                ("gmail", Outcome.UNAVAILABLE, hour),
                ("gmail", Outcome.UNAVAILABLE, hour + timedelta(minutes=59)),
                ("yandex", Outcome.ACCEPTED, hour),
                ("gmail", Outcome.ACCEPTED, hour + HOUR),
                (OPERATOR, Outcome.REOPENED, hour),
                ("gmail", Outcome.ACCEPTED, hour + DAY),
            ]
            for provider, outcome, at in tries:
                tried = replace(make_attempt(provider), outcome=outcome, started_at=at)
                kept = await repository.save(kept.with_attempt(tried))
            period = Period(since=hour, until=hour + DAY)
            everybodys = await repository.tally(period)
            others = await repository.tally(replace(period, source="other"))
            bots = await repository.tally(replace(period, source="bot"))

        assert everybodys.tried == (
            Tried(at=hour, provider="gmail", outcome=Outcome.UNAVAILABLE, count=2),
            Tried(at=hour, provider="yandex", outcome=Outcome.ACCEPTED, count=1),
            Tried(at=hour + HOUR, provider="gmail", outcome=Outcome.ACCEPTED, count=1),
        )
        assert ((), everybodys.tried) == (others.tried, bots.tried)

    async def test_the_pace_is_what_half_and_what_95_percent_did_not_exceed(self) -> None:
        """From accepting to a provider's word; what is not sent has no pace."""
        async with self.opened() as repository:
            start = (await repository.add(make_submission())).created_at
            for seconds in (40, 10, 20, 30):
                kept = await repository.add(make_submission(), lease=LEASE)
                await self.advance(seconds * SECOND)
                await repository.save(replace(kept, status=Status.SENT))
            tally = await repository.tally(Period(since=start, until=start + HOUR))

        assert Pace(count=4, p50=20 * SECOND, p95=40 * SECOND) == tally.pace

    async def test_where_nothing_happened_there_is_nothing_to_count(self) -> None:
        """An empty period is no error."""
        async with self.opened() as repository:
            start = (await repository.add(make_submission())).created_at
            period = Period(since=start - 2 * DAY, until=start - DAY)
            tally = await repository.tally(period)

        assert Tally(since=period.since, until=period.until) == tally

    async def test_what_is_open_is_counted(self) -> None:
        """And since when the oldest waits, for a provider and for somebody to deliver it."""
        async with self.opened() as repository:
            oldest = await repository.add(make_submission(source="other"))
            await self.advance(HOUR)
            queued = await repository.add(make_submission())
            later = await repository.add(make_submission(), lease=LEASE)
            await repository.save(replace(later, status=Status.QUEUED), again_in=HOUR)
            await repository.add(make_submission(), lease=LEASE)
            for status in (Status.UNCONFIRMED, Status.SENT, Status.FAILED):
                kept = await repository.add(make_submission(), lease=LEASE)
                await repository.save(replace(kept, status=status))
            ours = await repository.backlog("bot")
            everybodys = await repository.backlog()
            nobodys = await repository.backlog("nobody")

        assert ours == Backlog(
            queued=2,
            sending=1,
            unconfirmed=1,
            queued_since=queued.created_at,
            due_since=queued.due_at,
        )
        assert everybodys == replace(
            ours, queued=3, queued_since=oldest.created_at, due_since=oldest.due_at
        )
        assert Backlog() == nobodys

    async def test_calls_that_nobody_acknowledged_are_counted(self) -> None:
        """Those of the last days; an order is no call."""
        async with self.opened() as repository:
            await repository.add(make_submission(kind="manager_call"))
            await self.advance(8 * DAY)
            calls = [await repository.add(make_submission(kind="manager_call")) for _ in range(3)]
            await repository.add(make_submission())
            decision = make_decision(Action.ACKNOWLEDGED, submission_id=calls[0].id)
            await repository.note(decision)
            week = await repository.backlog()
            month = await repository.backlog("bot", calls_within=30 * DAY)

        assert (2, 3) == (week.calls, month.calls)

    async def test_a_filter_can_be_set_to_what_there_is(self) -> None:
        """Nobody has to know the names of the bots and providers by heart."""
        async with self.opened() as repository:
            nothing = await repository.choices()
            for source, kind in (("b", "refund"), ("a", "order"), ("b", "order")):
                kept = await repository.add(make_submission(source=source, kind=kind), lease=LEASE)
                for provider in ("yandex", "gmail", OPERATOR):
                    kept = await repository.save(kept.with_attempt(make_attempt(provider)))
            found = await repository.choices()

        assert ((), (), ()) == (nothing.sources, nothing.kinds, nothing.providers)
        assert ("a", "b") == found.sources
        assert ("order", "refund") == found.kinds
        assert ("gmail", "yandex") == found.providers


def hour_of(moment: datetime) -> datetime:
    """Give the beginning of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)
