"""What a repository promises to whoever keeps what became of a submission."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifykit.errors import GoneError, LeaseLostError
from notifykit.submission import Outcome, Refusal, Status, Submission
from notifykit.testing.repository_case import (
    LEASE,
    OTHER_LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)


class Saving(RepositoryCase):
    """Keeping what happened."""

    async def test_an_attempt_comes_back_as_it_was(self) -> None:
        """Started, then finished: the same attempt, every field of it."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            started = make_attempt()
            saved = await repository.save(kept.with_attempt(started))
            assert (started,) == saved.attempts
            refusal = Refusal(
                recipient="a@example.com", text="нет ящика", code=550, permanent=False
            )
            finished = replace(
                started,
                outcome=Outcome.UNAVAILABLE,
                stage="rcpt",
                code=451,
                enhanced_code="4.7.1",
                error="451 попробуйте позже",
                provider_message_id="id-1",
                accepted=("sales@example.com",),
                refused=(refusal,),
                finished_at=datetime.now(UTC),
            )
            await repository.save(saved.with_attempt(finished))
            found = await repository.get(kept.id)

        assert found is not None
        assert (finished,) == found.attempts

    async def test_attempts_come_back_oldest_first(self) -> None:
        """In the order they were begun, whenever they were finished."""
        first, second = make_attempt("gmail"), make_attempt("yandex")
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            for attempt in (first, second, replace(first, outcome=Outcome.UNKNOWN)):
                kept = await repository.save(kept.with_attempt(attempt))

        assert ["gmail", "yandex"] == [attempt.provider for attempt in kept.attempts]
        assert Outcome.UNKNOWN == kept.attempts[0].outcome

    async def test_while_sending_the_lease_stays(self) -> None:
        """An attempt between two others does not free the submission."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            saved = await repository.save(kept.with_attempt(make_attempt()))

        assert (kept.lease_owner, kept.due_at) == (saved.lease_owner, saved.due_at)

    async def test_a_submission_to_be_tried_again_is_due_then(self) -> None:
        """Queued again, without a lease, and claimed no sooner."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            waiting = replace(kept, status=Status.QUEUED, last_error="421 later")
            saved = await repository.save(waiting, again_in=timedelta(minutes=1))
            await self.advance(timedelta(seconds=59))
            early = await repository.claim(source="bot", lease=LEASE)
            await self.advance(timedelta(seconds=2))
            late = await repository.claim(source="bot", lease=LEASE)

        assert (None, "421 later") == (saved.lease_owner, saved.last_error)
        assert saved.updated_at + timedelta(minutes=1) == saved.due_at
        assert [] == list(early)
        assert [kept.id] == [submission.id for submission in late]

    async def test_a_submission_that_is_over_is_never_due_again(self) -> None:
        """Sent is sent: since when is known, and nobody claims it."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            await self.advance(SECOND)
            saved = await repository.save(replace(kept, status=Status.SENT))
            await self.advance(timedelta(days=1))
            told = await repository.save(replace(saved, last_error="read by a person"))
            claimed = await repository.claim(source="bot", lease=LEASE)

        assert (Status.SENT, None, None) == (saved.status, saved.due_at, saved.lease_owner)
        assert kept.created_at < saved.updated_at == saved.sent_at == told.sent_at
        assert "read by a person" == told.last_error
        assert [] == list(claimed)

    async def test_whoever_lost_the_lease_keeps_the_attempt_and_nothing_else(self) -> None:
        """What was done at a provider is never forgotten, and never overrules the new owner."""
        async with self.opened() as repository:
            slow = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration + SECOND)
            (quick,) = await repository.claim(source="bot", lease=OTHER_LEASE)
            attempt = replace(make_attempt(), outcome=Outcome.ACCEPTED)
            with pytest.raises(LeaseLostError):
                await repository.save(replace(slow, status=Status.SENT).with_attempt(attempt))
            found = await repository.get(slow.id)

        assert replace(quick, attempts=(attempt,)) == found

    async def test_the_new_owner_learns_what_the_one_before_did_meanwhile(self) -> None:
        """It may have been taken by a provider after the lease was lost: no second copy then."""
        async with self.opened() as repository:
            slow = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration + SECOND)
            (quick,) = await repository.claim(source="bot", lease=OTHER_LEASE)
            late = replace(make_attempt("gmail"), outcome=Outcome.ACCEPTED)
            with pytest.raises(LeaseLostError):
                await repository.save(slow.with_attempt(late))
            own = make_attempt("yandex")
            saved = await repository.save(quick.with_attempt(own))

        assert (late, own) == saved.attempts

    async def test_a_lease_that_ran_out_still_counts_while_nobody_else_claimed(self) -> None:
        """Being slow alone loses nothing."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration + SECOND)
            saved = await repository.save(replace(kept, status=Status.SENT))

        assert Status.SENT == saved.status

    async def test_what_was_never_added_cannot_be_saved(self) -> None:
        """Saving does not invent a submission."""
        async with self.opened() as repository:
            with pytest.raises(GoneError):
                await repository.save(make_submission().with_attempt(make_attempt()))

            assert [] == list(await repository.recent())

    async def test_what_is_not_there_keeps_nothing_else_from_being_saved(self) -> None:
        """Many results may share one commit, and one of them may be of what was removed."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            saved = await asyncio.gather(
                repository.save(make_submission().with_attempt(make_attempt())),
                repository.save(kept.with_attempt(make_attempt())),
                repository.save(make_submission().with_attempt(make_attempt())),
                return_exceptions=True,
            )

        assert [GoneError, Submission, GoneError] == [type(one) for one in saved]
