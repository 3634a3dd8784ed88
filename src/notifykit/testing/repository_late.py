"""What a repository does with answers that come late: a part of `RepositoryContract`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit.errors import LeaseLostError
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Attempt, Outcome, Status, Submission
from notifykit.testing.repository_case import (
    LEASE,
    OTHER_LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)


class LateAnswers(RepositoryCase):
    """Somebody was asleep, others went on without them, and now their answer is there."""

    async def test_an_answer_that_comes_late_is_settled_after_all(self) -> None:
        """Nobody has to decide what a provider has said."""
        async with self.opened() as repository:
            slow, quick = await self._two_at_work(repository)
            unknown = replace(slow.attempts[0], outcome=Outcome.UNKNOWN)
            await repository.save(replace(quick, status=Status.UNCONFIRMED).with_attempt(unknown))
            nothing = await repository.claim(source="bot", lease=OTHER_LEASE)
            await self._answer_late(repository, slow, Outcome.ACCEPTED)
            (claimed,) = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert ([], Outcome.ACCEPTED) == (list(nothing), claimed.attempts[0].outcome)

    async def test_an_answer_that_came_just_before_the_verdict_is_settled_too(self) -> None:
        """Whoever settles has not heard of it yet."""
        async with self.opened() as repository:
            slow, quick = await self._two_at_work(repository)
            unknown = replace(slow.attempts[0], outcome=Outcome.UNKNOWN)
            quick = await repository.save(quick.with_attempt(unknown))
            await self._answer_late(repository, slow, Outcome.ACCEPTED)
            refused = replace(make_attempt(), outcome=Outcome.REJECTED)
            verdict = replace(quick, status=Status.UNCONFIRMED)
            saved = await repository.save(verdict.with_attempt(refused))
            claimed = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert saved.due_at is not None
        assert [slow.id] == [submission.id for submission in claimed]

    async def test_a_decision_that_comes_late_counts_after_all(self) -> None:
        """A person said that everybody has it, while somebody else asked again in vain."""
        async with self.opened() as repository:
            slow, quick = await self._two_at_work(repository)
            unknown = replace(slow.attempts[0], outcome=Outcome.UNKNOWN)
            await repository.save(replace(quick, status=Status.UNCONFIRMED).with_attempt(unknown))
            confirmed = replace(make_attempt(), outcome=Outcome.CONFIRMED, accepted=slow.recipients)
            with pytest.raises(LeaseLostError):
                await repository.save(slow.with_attempt(confirmed))
            claimed = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert [slow.id] == [submission.id for submission in claimed]

    async def test_an_answer_that_comes_late_settles_nothing_while_another_is_open(self) -> None:
        """Of two that were asked one answered; the other may have taken it too."""
        async with self.opened() as repository:
            slow, quick = await self._two_at_work(repository)
            for attempt in (slow.attempts[0], make_attempt()):
                unknown = replace(attempt, outcome=Outcome.UNKNOWN)
                quick = await repository.save(quick.with_attempt(unknown))
            await repository.save(replace(quick, status=Status.UNCONFIRMED))
            await self._answer_late(repository, slow, Outcome.UNAVAILABLE)
            claimed = await repository.claim(source="bot", lease=OTHER_LEASE)

        assert [] == list(claimed)

    async def test_what_is_known_is_not_forgotten_by_whoever_does_not_know_it(self) -> None:
        """The answer came while somebody else was about to write that it never will."""
        async with self.opened() as repository:
            slow, quick = await self._two_at_work(repository)
            await self._answer_late(repository, slow, Outcome.ACCEPTED)
            unknown = replace(quick.attempts[0], outcome=Outcome.UNKNOWN)
            saved = await repository.save(quick.with_attempt(unknown))

        assert [Outcome.ACCEPTED] == [attempt.outcome for attempt in saved.attempts]

    async def test_whoever_lost_the_lease_before_asking_a_provider_has_not_asked(self) -> None:
        """Else it would look as if that provider might have taken it."""
        async with self.opened() as repository:
            slow = await repository.add(make_submission(), lease=LEASE)
            await self.advance(LEASE.duration + SECOND)
            (quick,) = await repository.claim(source="bot", lease=OTHER_LEASE)
            with pytest.raises(LeaseLostError):
                await repository.save(slow.with_attempt(make_attempt("gmail")))
            found = await repository.get(slow.id)

        assert quick == found

    async def test_what_was_kept_before_the_first_claim_is_known_to_whoever_claims(self) -> None:
        """Somebody wrote down that it was taken, and nobody may send it again."""
        async with self.opened() as repository:
            added = await repository.add(make_submission())
            taken = replace(make_attempt(), outcome=Outcome.ACCEPTED)
            await repository.save(added.with_attempt(taken), again_in=timedelta(0))
            (claimed,) = await repository.claim(source="bot", lease=LEASE)

        assert [Outcome.ACCEPTED] == [attempt.outcome for attempt in claimed.attempts]

    async def _two_at_work(self, repository: SubmissionRepository) -> tuple[Submission, Submission]:
        added = await repository.add(make_submission(), lease=LEASE)
        slow = await repository.save(added.with_attempt(make_attempt()))
        await self.advance(LEASE.duration + SECOND)
        (quick,) = await repository.claim(source="bot", lease=OTHER_LEASE)
        return slow, quick

    async def _answer_late(
        self, repository: SubmissionRepository, slow: Submission, outcome: Outcome
    ) -> None:
        answered: Attempt = replace(slow.attempts[0], outcome=outcome)
        with pytest.raises(LeaseLostError):
            await repository.save(replace(slow, status=Status.SENT).with_attempt(answered))
