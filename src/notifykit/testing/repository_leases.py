"""What a repository promises to workers who share it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit.errors import LeaseLostError
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Lease, Status, Submission
from notifykit.testing.repository_case import (
    LEASE,
    OTHER_LEASE,
    SECOND,
    RepositoryCase,
    make_submission,
)

HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=50)


async def add_as(
    repository: SubmissionRepository, status: Status, again_in: timedelta | None = None
) -> Submission:
    """Add one, and let it become this."""
    added = await repository.add(make_submission(), lease=LEASE)
    return await repository.save(replace(added, status=status), again_in=again_in)


class TakingOne(RepositoryCase):
    """Claiming by id: a button, or a job of the host application."""

    async def test_one_that_waits_can_be_taken_before_it_is_due(self) -> None:
        """Whoever asks for it does not want to wait; it comes complete and leased."""
        async with self.opened() as repository:
            added = await add_as(repository, Status.QUEUED, HOUR)
            (taken,) = await repository.claim(source="bot", lease=OTHER_LEASE, id=added.id)

        assert (Status.SENDING, "worker-2", added.fence + 1) == (
            taken.status,
            taken.lease_owner,
            taken.fence,
        )
        assert taken.updated_at + OTHER_LEASE.duration == taken.due_at
        assert added.email == taken.email

    async def test_one_that_is_never_due_again_can_be_taken(self) -> None:
        """A person decides to send what failed, or may have failed, again."""
        async with self.opened() as repository:
            for status in (Status.FAILED, Status.UNCONFIRMED):
                added = await add_as(repository, status)
                taken = await repository.claim(source="bot", lease=LEASE, id=added.id)

                assert [added.id] == [submission.id for submission in taken]

    async def test_one_that_is_sent_is_not_taken(self) -> None:
        """Not even by somebody who names it."""
        async with self.opened() as repository:
            added = await add_as(repository, Status.SENT)

            assert [] == list(await repository.claim(source="bot", lease=LEASE, id=added.id))
            assert added == await repository.get(added.id)

    async def test_one_that_somebody_works_on_is_taken_only_after_the_lease(self) -> None:
        """Two at once would send it twice."""
        async with self.opened() as repository:
            added = await repository.add(make_submission(), lease=LEASE)
            early = await repository.claim(source="bot", lease=OTHER_LEASE, id=added.id)
            await self.advance(LEASE.duration + SECOND)
            late = await repository.claim(source="bot", lease=OTHER_LEASE, id=added.id)

        assert [] == list(early)
        assert [added.id] == [submission.id for submission in late]

    async def test_only_the_one_that_was_asked_for_is_taken(self) -> None:
        """What else is due stays for the next worker; nobody gets another bot's."""
        async with self.opened() as repository:
            first = await repository.add(make_submission())
            second = await repository.add(make_submission())
            taken = await repository.claim(source="bot", lease=LEASE, limit=9, id=second.id)
            others = await repository.claim(source="other", lease=LEASE, id=first.id)
            nobodys = await repository.claim(source="bot", lease=LEASE, id="no such id")
            rest = await repository.claim(source="bot", lease=LEASE, limit=9)

        assert [second.id] == [submission.id for submission in taken]
        assert ([], []) == (list(others), list(nobodys))
        assert [first.id] == [submission.id for submission in rest]

    async def test_one_that_many_ask_for_goes_to_exactly_one(self) -> None:
        """A button pressed twice, while a worker comes along."""
        async with self.opened() as repository:
            added = await repository.add(make_submission())
            leases = [Lease(owner=f"worker-{number}") for number in range(10)]
            named = [repository.claim(source="bot", lease=one, id=added.id) for one in leases]
            unnamed = [repository.claim(source="bot", lease=one) for one in leases]
            claimed = await asyncio.gather(*named, *unnamed)

        assert [added.id] == [submission.id for many in claimed for submission in many]

    async def test_one_is_taken_by_whoever_has_seen_it_as_it_is(self) -> None:
        """Nothing has happened to it since; a worker's rounds before that do not matter."""
        async with self.opened() as repository:
            seen = await add_as(repository, Status.UNCONFIRMED)
            old = await repository.claim(
                source="bot", lease=LEASE, id=seen.id, fence=seen.fence - 1
            )
            (taken,) = await repository.claim(
                source="bot", lease=LEASE, id=seen.id, fence=seen.fence
            )

        assert ([], seen.fence + 1) == (list(old), taken.fence)

    async def test_of_many_who_have_seen_the_same_one_takes_it_however_soon_it_is_done(
        self,
    ) -> None:
        """Two pages show it, both people press the button, and one copy goes out."""
        async with self.opened() as repository:
            seen = await add_as(repository, Status.UNCONFIRMED)

            async def press(number: int) -> int:
                lease = Lease(owner=f"page-{number}")
                taken = await repository.claim(
                    source="bot", lease=lease, id=seen.id, fence=seen.fence
                )
                for mine in taken:  # free again at once: no lease keeps the others away
                    await repository.save(replace(mine, status=Status.UNCONFIRMED))
                return len(taken)

            at_once = await asyncio.gather(*(press(number) for number in range(10)))
            afterwards = await press(10)

        assert (1, 0) == (sum(at_once), afterwards)


class Renewing(RepositoryCase):
    """Staying the one who works on it."""

    async def test_a_renewed_lease_runs_from_now_on(self) -> None:
        """A slow send is not taken away; nothing else of the submission changes."""
        async with self.opened() as repository:
            added = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration - SECOND)
            await repository.renew(added, LEASE)
            renewed = await repository.get(added.id)
            await self.advance(LEASE.duration - SECOND)
            early = await repository.claim(source="bot", lease=OTHER_LEASE)
            await self.advance(2 * SECOND)
            late = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert added.due_at is not None
        assert replace(added, due_at=added.due_at + LEASE.duration - SECOND) == renewed
        assert [] == list(early)
        assert [added.id] == [submission.id for submission in late]

    async def test_a_lease_that_ran_out_is_renewed_while_nobody_else_claimed(self) -> None:
        """Having been asleep alone loses nothing."""
        async with self.opened() as repository:
            added = await repository.add(make_submission(), lease=LEASE)
            await self.advance(2 * LEASE.duration)
            await repository.renew(added, LEASE)

            assert [] == list(await repository.claim(source="bot", lease=OTHER_LEASE))

    async def test_whoever_was_asleep_learns_that_somebody_else_claimed_it(self) -> None:
        """And does not disturb the new owner."""
        async with self.opened() as repository:
            slow = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration + SECOND)
            (quick,) = await repository.claim(source="bot", lease=OTHER_LEASE)
            with pytest.raises(LeaseLostError):
                await repository.renew(slow, LEASE)

            assert quick == await repository.get(slow.id)

    async def test_what_nobody_works_on_has_no_lease_to_renew(self) -> None:
        """It would become due again, and be sent a second time."""
        async with self.opened() as repository:
            for status in (Status.SENT, Status.FAILED, Status.UNCONFIRMED, Status.QUEUED):
                added = await add_as(repository, status)
                with pytest.raises(LeaseLostError):
                    await repository.renew(added, LEASE)

                assert added == await repository.get(added.id)

    async def test_what_was_never_added_has_no_lease_to_renew(self) -> None:
        """There is nothing to hold on to."""
        async with self.opened() as repository:
            with pytest.raises(LeaseLostError):
                await repository.renew(make_submission(), LEASE)


class Waiting(RepositoryCase):
    """Hearing that there may be work."""

    async def test_waiting_for_a_change_comes_to_an_end(self) -> None:
        """Nothing ever happens, and the worker looks all the same."""
        async with self.opened() as repository, asyncio.timeout(60):
            for _ in range(3):
                await repository.changed("bot", within=MOMENT)

    async def test_whoever_gives_up_waiting_harms_nobody(self) -> None:
        """A worker that is told to stop stops, and what was added is there."""
        async with self.opened() as repository, asyncio.timeout(60):
            waits = [asyncio.create_task(repository.changed("bot", within=HOUR)) for _ in range(3)]
            await repository.changed("other", within=MOMENT)
            for wait in waits:
                wait.cancel()
            await asyncio.wait(waits)
            added = await repository.add(make_submission())
            claimed = await repository.claim(source="bot", lease=LEASE)

        assert [added.id] == [submission.id for submission in claimed]
