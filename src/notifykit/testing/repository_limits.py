"""What a repository promises about limits that are shared."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from notifykit.rates import Rate
from notifykit.submission import Status
from notifykit.testing.repository_case import LEASE, SECOND, RepositoryCase, make_submission

MINUTE = timedelta(minutes=1)
NOW = timedelta(0)
# Ten at once and then one every second of ten, so that nothing has to be rounded.
RATE = Rate(19, timedelta(seconds=10), burst=10)


class Limiting(RepositoryCase):
    """Taking from buckets."""

    async def test_no_more_is_let_through_than_the_rate_allows_however_many_ask(self) -> None:
        """Fifty callers at one moment, and fifty more when one may go again."""
        async with self.opened() as repository:
            first = await asyncio.gather(*(repository.take("bot", "a", RATE) for _ in range(50)))
            await self.advance(SECOND)
            then = await asyncio.gather(*(repository.take("bot", "a", RATE) for _ in range(50)))

        assert (10, 1) == (first.count(NOW), then.count(NOW))
        assert {SECOND} == {*first, *then} - {NOW}

    async def test_whoever_waits_as_long_as_was_said_gets_it(self) -> None:
        """And not a moment earlier."""
        async with self.opened() as repository:
            while not (wait := await repository.take("bot", "a", RATE)):
                pass
            await self.advance(wait - timedelta(milliseconds=1))
            early = await repository.take("bot", "a", RATE)
            await self.advance(timedelta(milliseconds=1))
            due = await repository.take("bot", "a", RATE)

        assert (timedelta(milliseconds=1), NOW) == (early, due)

    async def test_an_email_may_cost_more_than_one(self) -> None:
        """Where recipients are counted; what is refused costs nothing."""
        async with self.opened() as repository:
            waits = [await repository.take("bot", "a", RATE, cost=cost) for cost in (7, 4, 3, 1)]

        assert [NOW, SECOND, NOW, SECOND] == waits

    async def test_what_costs_more_than_may_go_at_once_waits_and_goes(self) -> None:
        """It cannot be split: it goes as soon as nothing else has gone for long enough."""
        async with self.opened() as repository:
            await repository.take("bot", "a", RATE)
            wait = await repository.take("bot", "a", RATE, cost=12)
            await self.advance(wait)
            taken = await repository.take("bot", "a", RATE, cost=12)
            after = await repository.take("bot", "a", RATE)

        assert (3 * SECOND, NOW, 3 * SECOND) == (wait, taken, after)

    async def test_what_is_given_back_may_be_taken_again(self) -> None:
        """It was for something that turned out to be a repeat."""
        async with self.opened() as repository:
            for _ in range(10):
                await repository.take("bot", "a", RATE)
            given = await repository.take("bot", "a", RATE, cost=-2)
            waits = [await repository.take("bot", "a", RATE) for _ in range(3)]

        assert NOW == given
        assert [NOW, NOW, SECOND] == waits

    async def test_giving_back_makes_no_bucket_more_than_full(self) -> None:
        """Not even one that nothing was taken from."""
        async with self.opened() as repository:
            for _ in range(5):
                await repository.take("bot", "a", RATE, cost=-1)
            waits = [await repository.take("bot", "a", RATE) for _ in range(11)]

        assert [*[NOW] * 10, SECOND] == waits

    async def test_buckets_and_sources_have_nothing_to_do_with_each_other(self) -> None:
        """Two bots have two accounts at one provider."""
        async with self.opened() as repository:
            await repository.take("bot", "a", RATE, cost=10)
            waits = [
                await repository.take("bot", "a", RATE),
                await repository.take("bot", "b", RATE),
                await repository.take("other", "a", RATE),
            ]

        assert [SECOND, NOW, NOW] == waits

    async def test_another_rate_counts_at_once(self) -> None:
        """Whoever raised a limit does not wait for the old one's bucket."""
        slow = Rate(2, timedelta(days=1), burst=2)
        async with self.opened() as repository:
            await repository.take("bot", "a", slow, cost=2)
            refused = await repository.take("bot", "a", slow)
            taken = await repository.take("bot", "a", RATE)

        assert (timedelta(days=1), NOW) == (refused, taken)

    async def test_how_full_a_bucket_is_can_be_asked_without_taking(self) -> None:
        """One that nobody knows, and one that has filled up again, is full."""
        async with self.opened() as repository:
            unknown = await repository.filling("bot", "a")
            await repository.take("bot", "a", RATE, cost=3)
            fillings = [await repository.filling("bot", "a") for _ in range(2)]
            await self.advance(MINUTE)
            full = await repository.filling("bot", "a")

        assert [3 * SECOND] * 2 == fillings
        assert (NOW, NOW) == (unknown, full)

    async def test_a_repeat_is_known_before_it_is_added(self) -> None:
        """It is what adding it would give, and nothing is added."""
        first, again = make_submission("key"), make_submission("key")
        async with self.opened() as repository:
            new = await repository.known(first)
            await repository.add(first, lease=LEASE)
            known = await repository.known(again)
            added = await repository.add(again)
            elsewhere = await repository.known(make_submission("key", source="other"))
            listed = await repository.recent()

        assert (None, None) == (new, elsewhere)
        assert known is not None
        assert (first.id, True, 1) == (known.id, known.repeated, len(listed))
        assert replace(known, email=None) == replace(added, email=None)

    async def test_what_failed_or_is_older_than_the_window_is_not_a_repeat(self) -> None:
        """Adding would not find it either."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission("failed"), lease=LEASE)
            await repository.save(replace(kept, status=Status.FAILED))
            await repository.add(make_submission("old"))
            await self.advance(MINUTE)
            failed = await repository.known(make_submission("failed"))
            old = await repository.known(make_submission("old"), window=MINUTE - SECOND)
            younger = await repository.known(make_submission("old"), window=MINUTE + SECOND)

        assert (None, None) == (failed, old)
        assert younger is not None
