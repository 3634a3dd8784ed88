"""What a repository promises to whoever accepts, and to whoever looks for work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from notifykit.submission import Lease, Status
from notifykit.testing.repository_case import (
    LEASE,
    OTHER_LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)

WINDOW = timedelta(minutes=10)
CALLERS = 50


class Accepting(RepositoryCase):
    """Adding and finding again."""

    async def test_what_was_added_comes_back_as_it_was(self) -> None:
        """Nothing of a submission is lost or changed on its way through the store."""
        submission = make_submission()
        async with self.opened() as repository:
            kept = await repository.add(submission)
            found = await repository.get(submission.id)

        now = kept.created_at
        assert replace(submission, created_at=now, updated_at=now, due_at=now) == kept
        assert kept == found

    async def test_times_come_back_aware_and_in_utc(self) -> None:
        """A naive time is an hour or three wrong somewhere."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())

        times = (kept.created_at, kept.updated_at, kept.due_at)
        assert [timedelta(0)] * 3 == [moment and moment.utcoffset() for moment in times]

    async def test_an_unknown_id_finds_nothing(self) -> None:
        """Whatever somebody typed is not an error."""
        async with self.opened() as repository:
            assert await repository.get("no such id") is None

    async def test_a_new_submission_waits_in_the_queue_and_is_due_at_once(self) -> None:
        """The next worker takes it."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())

        assert (Status.QUEUED, None, 0) == (kept.status, kept.lease_owner, kept.fence)
        assert kept.created_at == kept.due_at

    async def test_a_submission_added_with_a_lease_is_ours_until_it_runs_out(self) -> None:
        """Sending at once must not race with the workers."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)

        assert (Status.SENDING, LEASE.owner, 1) == (kept.status, kept.lease_owner, kept.fence)
        assert kept.created_at + LEASE.duration == kept.due_at

    async def test_the_same_key_is_the_same_submission(self) -> None:
        """A repeat gets the first one, with all that happened to it."""
        first, again = make_submission("key"), make_submission("key")
        async with self.opened() as repository:
            kept = await repository.add(first, lease=LEASE)
            kept = await repository.save(kept.with_attempt(make_attempt()))
            found = await repository.add(again, lease=OTHER_LEASE)
            assert await repository.get(again.id) is None

        assert replace(kept, repeated=True) == found

    async def test_a_repeat_is_not_remembered_as_one(self) -> None:
        """``repeated`` is about a call, not about the submission."""
        submission = make_submission("key")
        async with self.opened() as repository:
            await repository.add(submission)
            await repository.add(make_submission("key"))
            found = await repository.get(submission.id)

        assert found is not None
        assert found.repeated is False

    async def test_sources_do_not_share_keys(self) -> None:
        """Two bots in one database may say the same thing."""
        async with self.opened() as repository:
            await repository.add(make_submission("key", source="bot"))
            other = await repository.add(make_submission("key", source="other"))

        assert other.repeated is False

    async def test_of_fifty_concurrent_calls_with_one_key_exactly_one_adds(self) -> None:
        """The store decides the race."""
        async with self.opened() as repository:
            calls = [repository.add(make_submission("key"), window=WINDOW) for _ in range(CALLERS)]
            kept = await asyncio.gather(*calls)

        assert 1 == len({submission.id for submission in kept})
        assert CALLERS - 1 == sum(submission.repeated for submission in kept)


class Repeating(RepositoryCase):
    """Keys that expire."""

    async def test_within_the_window_the_first_one_counts(self) -> None:
        """A client who asks twice gets one call."""
        async with self.opened() as repository:
            first = await repository.add(make_submission("key"), window=WINDOW)
            await self.advance(WINDOW - SECOND)
            again = await repository.add(make_submission("key"), window=WINDOW)

        assert (first.id, True) == (again.id, again.repeated)

    async def test_after_the_window_the_key_is_free_again(self) -> None:
        """A client who asks again tomorrow is heard."""
        async with self.opened() as repository:
            first = await repository.add(make_submission("key"), window=WINDOW)
            await self.advance(WINDOW + SECOND)
            second = await repository.add(make_submission("key"), window=WINDOW)
            third = await repository.add(make_submission("key"), window=WINDOW)
            retired = await repository.get(first.id)

        assert (False, True) == (second.repeated, third.repeated)
        assert second.id == third.id
        assert retired is not None
        assert ("key", f"key:{first.id}") == (second.idempotency_key, retired.idempotency_key)

    async def test_without_a_window_a_key_never_expires(self) -> None:
        """The same order stays the same order."""
        async with self.opened() as repository:
            await repository.add(make_submission("key"))
            await self.advance(timedelta(days=400))
            again = await repository.add(make_submission("key"))

        assert again.repeated

    async def test_what_failed_gives_its_key_up(self) -> None:
        """Nobody took it, so whoever asks again asks for something new."""
        async with self.opened() as repository:
            first = await repository.add(make_submission("key"), lease=LEASE)
            await repository.save(replace(first, status=Status.FAILED))
            second = await repository.add(make_submission("key"))
            third = await repository.add(make_submission("key"))

        assert (False, True) == (second.repeated, third.repeated)
        assert first.id != second.id == third.id

    async def test_of_fifty_calls_after_the_window_exactly_one_adds(self) -> None:
        """Giving up the old key and taking the new one is one step."""
        async with self.opened() as repository:
            old = await repository.add(make_submission("key"), window=WINDOW)
            await self.advance(WINDOW + SECOND)
            calls = [repository.add(make_submission("key"), window=WINDOW) for _ in range(CALLERS)]
            kept = await asyncio.gather(*calls)

        assert 1 == len({submission.id for submission in kept} - {old.id})
        assert CALLERS - 1 == sum(submission.repeated for submission in kept)

    async def test_a_submission_that_gave_its_key_up_can_still_be_saved(self) -> None:
        """Whoever still delivers it does not know that its key went to another one."""
        async with self.opened() as repository:
            first = await repository.add(make_submission("key"), lease=LEASE, window=WINDOW)
            await self.advance(WINDOW + SECOND)
            await repository.add(make_submission("key"), window=WINDOW)
            saved = await repository.save(replace(first, status=Status.SENT))

        assert f"key:{first.id}" == saved.idempotency_key


class Claiming(RepositoryCase):
    """Sharing the work."""

    async def test_a_claim_takes_the_longest_waiting_first(self) -> None:
        """Nobody is left behind."""
        async with self.opened() as repository:
            ids = []
            for _ in range(3):
                ids.append((await repository.add(make_submission())).id)
                await self.advance(SECOND)
            two = await repository.claim(source="bot", lease=LEASE, limit=2)
            rest = await repository.claim(source="bot", lease=LEASE, limit=2)

        assert ids == [submission.id for submission in (*two, *rest)]

    async def test_a_claimed_submission_is_complete_and_leased(self) -> None:
        """A worker needs the email and every attempt so far."""
        async with self.opened() as repository:
            added = await repository.add(make_submission(), lease=LEASE)
            added = await repository.save(added.with_attempt(make_attempt()))
            await self.advance(LEASE.duration + SECOND)
            (claimed,) = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert (added.email, added.attempts) == (claimed.email, claimed.attempts)
        assert (Status.SENDING, "worker-2", 2) == (
            claimed.status,
            claimed.lease_owner,
            claimed.fence,
        )
        assert claimed.updated_at + OTHER_LEASE.duration == claimed.due_at

    async def test_nothing_due_is_nothing_claimed(self) -> None:
        """An empty queue is no error."""
        async with self.opened() as repository:
            assert [] == list(await repository.claim(source="bot", lease=LEASE))

    async def test_a_leased_submission_is_claimed_only_after_its_lease(self) -> None:
        """A worker that died gives its work back by time alone."""
        async with self.opened() as repository:
            added = await repository.add(make_submission(), lease=LEASE)
            early = await repository.claim(source="bot", lease=OTHER_LEASE)
            await self.advance(LEASE.duration + SECOND)
            late = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert [] == list(early)
        assert [added.id] == [submission.id for submission in late]

    async def test_sources_do_not_see_each_others_work(self) -> None:
        """No worker sends another bot's mail through its own account."""
        async with self.opened() as repository:
            await repository.add(make_submission(source="other"))

            assert [] == list(await repository.claim(source="bot", lease=LEASE))

    async def test_no_submission_is_given_to_two_callers(self) -> None:
        """Twenty workers over ten submissions take each one once."""
        async with self.opened() as repository:
            added = {(await repository.add(make_submission())).id for _ in range(10)}
            leases = [Lease(owner=f"worker-{number}") for number in range(20)]
            claims = [repository.claim(source="bot", lease=lease, limit=2) for lease in leases]
            claimed = [one.id for many in await asyncio.gather(*claims) for one in many]

        assert len(claimed) == len(set(claimed))
        assert added >= set(claimed)
        assert claimed
