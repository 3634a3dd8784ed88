"""What every repository must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifykit.diagnosis import Reply, diagnose
from notifykit.storage.base import Filter
from notifykit.submission import Hold, Status
from notifykit.testing.repository_case import (
    LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)
from notifykit.testing.repository_events import Recording
from notifykit.testing.repository_figures import Counting
from notifykit.testing.repository_late import LateAnswers
from notifykit.testing.repository_leases import Renewing, TakingOne, Waiting
from notifykit.testing.repository_limits import Limiting
from notifykit.testing.repository_lists import Deciding, Narrowing, Searching
from notifykit.testing.repository_probe import Probing
from notifykit.testing.repository_queue import Accepting, Claiming, Repeating
from notifykit.testing.repository_saving import Saving

HOUR = timedelta(hours=1)


class Listing(RepositoryCase):
    """Looking at what there is."""

    async def test_a_list_is_newest_first_and_has_pages(self) -> None:
        """The last id of a page leads to the next one."""
        submissions = sorted((make_submission() for _ in range(5)), key=lambda one: one.id)
        async with self.opened() as repository:
            for submission in submissions:
                await repository.add(submission)
            first = await repository.recent(limit=2)
            second = await repository.recent(Filter(before=first[-1].id), limit=10)

        newest_first = [submission.id for submission in reversed(submissions)]
        assert newest_first == [submission.id for submission in (*first, *second)]

    async def test_a_list_has_attempts_and_no_emails(self) -> None:
        """Fifty attachments are too much for a page."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            kept = await repository.save(kept.with_attempt(make_attempt()))
            listed = await repository.recent()

        assert [replace(kept, email=None)] == list(listed)

    async def test_a_list_is_of_what_was_asked_for(self) -> None:
        """Every part of the filter counts, alone and together."""
        order, call = make_submission(), make_submission(kind="manager_call")
        other = replace(make_submission(source="other"), reference="ABC-0001")
        async with self.opened() as repository:
            await repository.add(order, lease=LEASE)
            await repository.add(call)
            await repository.add(other)
            asked = {
                "bot": Filter(source="bot"),
                "queued": Filter(status=Status.QUEUED),
                "calls": Filter(kind="manager_call"),
                "reference": Filter(reference="ABC-0001"),
                "both": Filter(source="bot", status=Status.QUEUED),
                "nothing": Filter(source="other", kind="manager_call"),
            }
            found = {
                name: {submission.id for submission in await repository.recent(filter_)}
                for name, filter_ in asked.items()
            }

        assert found == {
            "bot": {order.id, call.id},
            "queued": {call.id, other.id},
            "calls": {call.id},
            "reference": {other.id},
            "both": {call.id},
            "nothing": set(),
        }

    async def test_saving_what_a_list_gave_does_not_lose_the_email(self) -> None:
        """A button beside a list must not make an order unsendable."""
        submission = make_submission()
        async with self.opened() as repository:
            await repository.add(submission)
            (listed,) = await repository.recent()
            await repository.save(replace(listed, status=Status.FAILED))
            found = await repository.get(submission.id)

        assert found is not None
        assert (Status.FAILED, submission.email) == (found.status, found.email)


class Holding(RepositoryCase):
    """Leaving a provider alone."""

    async def test_a_hold_is_in_force_until_its_time_is_over(self) -> None:
        """Every worker of the source knows it, and why."""
        hold = Hold(source="bot", provider="gmail", reason="535 пароль не подходит")
        async with self.opened() as repository:
            await repository.hold(hold, lasting=HOUR)
            (held,) = await repository.holds("bot")
            await self.advance(HOUR - SECOND)
            still = await repository.holds("bot")
            await self.advance(2 * SECOND)
            after = await repository.holds("bot")

        assert held.until is not None
        assert (hold, timedelta(0)) == (replace(held, until=None), held.until.utcoffset())
        assert ([held], []) == (list(still), list(after))

    async def test_a_diagnosis_comes_back_with_its_advice(self) -> None:
        """Whoever looks later reads what to do, beside the hold, the attempt and the submission."""
        known = diagnose(Reply(provider="gmail", stage="auth", code=535, text="5.7.8 not accepted"))
        hold = Hold(source="bot", provider="gmail", reason="535", diagnosis=known)
        async with self.opened() as repository:
            kept = await repository.add(make_submission(), lease=LEASE)
            attempt = replace(make_attempt(), diagnosis=known)
            await repository.save(replace(kept, diagnosis=known).with_attempt(attempt))
            await repository.hold(hold, lasting=HOUR)
            found = await repository.get(kept.id)
            (held,) = await repository.holds("bot")

        assert found is not None
        assert [known] * 3 == [found.diagnosis, found.attempts[0].diagnosis, held.diagnosis]

    async def test_a_new_hold_takes_the_place_of_the_old_one(self) -> None:
        """It may be longer or shorter, and for another reason."""
        hold = Hold(source="bot", provider="gmail", reason="quota")
        async with self.opened() as repository:
            await repository.hold(hold, lasting=timedelta(days=1))
            await repository.hold(replace(hold, reason="login"), lasting=HOUR)
            (held,) = await repository.holds("bot")
            await self.advance(HOUR + SECOND)
            after = await repository.holds("bot")

        assert "login" == held.reason
        assert [] == list(after)

    async def test_a_hold_is_lifted_by_hand(self) -> None:
        """The password was mended; lifting it twice does no harm."""
        async with self.opened() as repository:
            for provider in ("yandex", "gmail"):
                hold = Hold(source="bot", provider=provider, reason="login")
                await repository.hold(hold, lasting=HOUR)
            both = [hold.provider for hold in await repository.holds("bot")]
            await repository.release("bot", "gmail")
            await repository.release("bot", "gmail")
            left = [hold.provider for hold in await repository.holds("bot")]

        assert (["gmail", "yandex"], ["yandex"]) == (both, left)

    async def test_a_source_does_not_hold_anothers_provider(self) -> None:
        """Two bots have two accounts at one provider."""
        hold = Hold(source="bot", provider="gmail", reason="login")
        async with self.opened() as repository:
            await repository.hold(hold, lasting=HOUR)
            await repository.release("other", "gmail")

            assert [] == list(await repository.holds("other"))
            assert 1 == len(await repository.holds("bot"))

    async def test_closing_twice_is_harmless(self) -> None:
        """Shutting down must never be what breaks."""
        repository = await self.make_repository()
        await repository.aclose()
        await repository.aclose()


class RepositoryContract(
    Accepting,
    Repeating,
    Claiming,
    TakingOne,
    Renewing,
    Saving,
    LateAnswers,
    Waiting,
    Listing,
    Holding,
    Recording,
    Limiting,
    Probing,
    Searching,
    Narrowing,
    Deciding,
    Counting,
):
    """
    Inherit from it, say how to make your repository and move its clock, and pytest proves it.

    ::

        class TestMyRepository(RepositoryContract):
            def setup_method(self):
                self.now = datetime.now(UTC)

            async def make_repository(self) -> SubmissionRepository:
                return MyRepository(clock=lambda: self.now)

            async def advance(self, by: timedelta) -> None:
                self.now += by

    Every test makes one repository, which must be empty. The tests are coroutines: run them with
    pytest-asyncio (``asyncio_mode = auto``) or anyio.
    """
