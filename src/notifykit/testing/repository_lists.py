"""What a repository promises to the people who look through it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.submission import Action, Decision, Event, EventKind, Outcome, Status, Submission
from notifykit.testing.repository_case import (
    LEASE,
    SECOND,
    RepositoryCase,
    make_attempt,
    make_submission,
)

HOUR = timedelta(hours=1)

ORDER: dict[str, Any] = {
    "number": "А-17/2",
    "conversation": "tg:4242",
    "customer": {
        "name": "Алёна Кузнецова-Ли",
        "phone": "8 (900) 123-45-67 доб. 12",
        "email": "Alena@Example.com",
        "telegram": "https://t.me/alena_k",
    },
    "lines": [{"code": "00-0123", "title": "Цемент"}, {"code": "ЖБИ 12.5", "title": "Плита"}],
    "comment": "позвонить Сергею",
}
FOUND = (
    *("KMT-4827", "kmt 4827", "кмт4827", "4827"),
    *("Алёна", "АЛЕНА", "кузнецова-ли алена", "кузнец"),
    *("+7 900 123-45-67", "89001234567", "8 900 123 45 67", "900 123", "+7 (900) 1234567"),
    *("alena@example.com", "ALENA@", "@alena_k", "t.me/alena_k", "tg:4242"),
    *("00-0123", "000123", "жби", "а-17/2", "A-17/2", "алена 00-0123"),
)
NOT_FOUND = ("Сергею", "Плита", "лена", "алена иван", "00-0124", "900 124", "—", "  ! ", "%", "_")


def make_told(told: dict[str, Any], *, source: str = "bot", kind: str = "order") -> Submission:
    """Make a submission that tells this."""
    return replace(make_submission(source=source, kind=kind), notification=told)


class Searching(RepositoryCase):
    """Finding a submission by what somebody remembers of it."""

    @pytest.mark.parametrize("search", FOUND)
    async def test_it_is_found_as_people_type_it(self, search: str) -> None:
        """Any keyboard, any case, any grouping of a phone's digits; the last word unfinished."""
        async with self.opened() as repository:
            kept = await repository.add(make_told(ORDER))
            await repository.add(replace(make_told({"number": "B-1"}), reference="XYZ-0001"))
            found = await repository.recent(Filter(search=search))

        assert [kept.id] == [one.id for one in found]

    @pytest.mark.parametrize("search", NOT_FOUND)
    async def test_what_it_does_not_say_does_not_find_it(self, search: str) -> None:
        """Nor does half a word from its middle, nor what is no word at all."""
        async with self.opened() as repository:
            await repository.add(make_told(ORDER))

            assert [] == list(await repository.recent(Filter(search=search)))

    async def test_a_message_id_finds_the_one_mail(self) -> None:
        """With its angle brackets or without, as logs have it."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            await repository.add(make_submission())
            searches = [kept.message_id, kept.message_id.strip("<>")]
            found = [await repository.recent(Filter(search=one)) for one in searches]

        assert [[kept.id]] * 2 == [[one.id for one in each] for each in found]

    async def test_what_is_found_comes_newest_first_and_in_pages(self) -> None:
        """However many there are, and however they are kept."""
        made = sorted((make_told({"name": "Иван"}) for _ in range(620)), key=lambda one: one.id)
        others = [make_told({"name": "Пётр"}) for _ in range(20)]
        async with self.opened() as repository:
            for some in (made[:500], others, made[500:]):
                await asyncio.gather(*map(repository.add, some))
            pages, last = [], None
            for size in (50, 400, 1_000):
                page = await repository.recent(Filter(search="иван", before=last), limit=size)
                pages.append([one.id for one in page])
                last = page[-1].id
            rest = await repository.recent(Filter(search="пет"), limit=50)

        newest_first = [one.id for one in reversed(made)]
        assert [newest_first[:50], newest_first[50:450], newest_first[450:]] == pages
        assert {one.id for one in others} == {one.id for one in rest}

    async def test_a_search_goes_with_every_other_condition(self) -> None:
        """The list narrows what the search found."""
        async with self.opened() as repository:
            sent = await repository.add(make_told(ORDER), lease=LEASE)
            await repository.save(replace(sent, status=Status.SENT))
            call = await repository.add(make_told(ORDER, kind="manager_call"))
            other = await repository.add(make_told(ORDER, source="other"))
            asked = {
                "sent": Filter(search="алена", status=Status.SENT),
                "calls": Filter(search="алена", kind="manager_call"),
                "other": Filter(search="алена", source="other"),
                "open": Filter(search="алена", status=(Status.QUEUED, Status.FAILED)),
                "none": Filter(search="алена", kind="refund"),
            }
            found = {name: await repository.recent(filter_) for name, filter_ in asked.items()}

        ids = {name: {one.id for one in each} for name, each in found.items()}
        assert ids == {
            "sent": {sent.id},
            "calls": {call.id},
            "other": {other.id},
            "open": {call.id, other.id},
            "none": set(),
        }


class Narrowing(RepositoryCase):
    """Lists of some, by where they stand, who was asked and when they came."""

    async def test_a_list_may_be_of_several_statuses(self) -> None:
        """All that needs somebody, on one page."""
        async with self.opened() as repository:
            kept = {status: await _with_status(repository, status) for status in Status}
            wanted = (Status.FAILED, Status.UNCONFIRMED)
            found = await repository.recent(Filter(status=wanted))
            pages = [
                (await repository.recent(Filter(status=wanted), limit=1))[0].id,
                (await repository.recent(Filter(status=wanted, before=found[0].id)))[0].id,
            ]
            nothing = await repository.recent(Filter(status=()))

        ids = sorted((kept[status].id for status in wanted), reverse=True)
        assert [ids, ids] == [[one.id for one in found], pages]
        assert len(kept) == len(nothing)

    async def test_a_list_may_be_of_those_that_a_provider_was_asked_to_take(self) -> None:
        """Once is enough, and twice is not two lines."""
        async with self.opened() as repository:
            first = await repository.add(make_submission(), lease=LEASE)
            for provider in ("gmail", "yandex", "gmail"):
                first = await repository.save(first.with_attempt(make_attempt(provider)))
            second = await repository.add(make_submission(), lease=LEASE)
            await repository.save(second.with_attempt(make_attempt("gmail")))
            found = {
                name: [one.id for one in await repository.recent(Filter(provider=name))]
                for name in ("gmail", "yandex", "mailgun")
            }

        assert found == {
            "gmail": sorted([first.id, second.id], reverse=True),
            "yandex": [first.id],
            "mailgun": [],
        }

    async def test_a_list_may_be_of_what_became_of_them_later(self) -> None:
        """What bounced is found among all that was sent."""
        async with self.opened() as repository:
            bounced = await repository.add(make_submission(), lease=LEASE)
            await repository.add(make_submission())
            event = Event(
                id="1",
                submission_id=bounced.id,
                provider="mailgun",
                kind=EventKind.BOUNCED,
                occurred_at=bounced.created_at,
            )
            await repository.record(event)
            found = await repository.recent(Filter(delivery="bounced"))

        assert [bounced.id] == [one.id for one in found]

    async def test_a_list_may_be_of_a_period(self) -> None:
        """From its first moment on, and up to but not with its last."""
        async with self.opened() as repository:
            old = await repository.add(make_submission())
            await self.advance(HOUR)
            middle = await repository.add(make_submission())
            await self.advance(HOUR)
            new = await repository.add(make_submission())
            periods = [
                Filter(created_after=middle.created_at),
                Filter(created_before=middle.created_at),
                Filter(created_after=old.created_at, created_before=new.created_at),
                Filter(created_after=new.created_at + SECOND),
            ]
            found = [{one.id for one in await repository.recent(each)} for each in periods]

        assert [{middle.id, new.id}, {old.id}, {old.id, middle.id}, set()] == found

    async def test_conditions_that_few_answer_to_together_fill_a_page(self) -> None:
        """However many answer to each of them."""
        async with self.opened() as repository:
            wanted = []
            for number in range(120):
                kept = await repository.add(make_submission(), lease=LEASE)
                provider = "yandex" if number % 2 else "gmail"
                status = Status.FAILED if number % 3 else Status.UNCONFIRMED
                tried = kept.with_attempt(make_attempt(provider))
                await repository.save(replace(tried, status=status))
                if (provider, status) == ("yandex", Status.FAILED):
                    wanted.append(kept.id)
            both = Filter(provider="yandex", status=Status.FAILED, kind="order", source="bot")
            found = await repository.recent(both, limit=30)
            rest = await repository.recent(replace(both, before=found[-1].id), limit=30)

        wanted.sort(reverse=True)
        assert [wanted[:30], wanted[30:]] == [[one.id for one in page] for page in (found, rest)]


class Deciding(RepositoryCase):
    """What people decided."""

    async def test_a_decision_is_kept_with_its_time(self) -> None:
        """Noting it again changes nothing."""
        decision = make_decision(Action.RELEASED, subject="gmail", decided_by="Анна")
        async with self.opened() as repository:
            noted = await repository.note(decision)
            await self.advance(HOUR)
            again = await repository.note(replace(decision, decided_by="Иван"))
            listed = await repository.decisions()

        assert noted.decided_at is not None
        assert decision == replace(noted, decided_at=None)
        assert ([noted], noted) == (list(listed), again)

    async def test_decisions_are_listed_newest_first(self) -> None:
        """Of one bot, about one submission, of one kind, and no more than wanted."""
        async with self.opened() as repository:
            made = [
                make_decision(Action.RESENT, submission_id="1"),
                make_decision(Action.ACKNOWLEDGED, submission_id="1"),
                make_decision(Action.ACKNOWLEDGED, submission_id="2", source="other"),
            ]
            made.sort(key=lambda one: one.id, reverse=True)
            for decision in made:
                await repository.note(decision)
            found = [
                await repository.decisions(),
                await repository.decisions(submission_id="1"),
                await repository.decisions(source="other"),
                await repository.decisions(action=Action.ACKNOWLEDGED, submission_id="1"),
                await repository.decisions(limit=1),
            ]

        ids = [[one.id for one in each] for each in found]
        assert ids == [
            [one.id for one in made],
            [one.id for one in made if one.submission_id == "1"],
            [one.id for one in made if one.source == "other"],
            [
                one.id
                for one in made
                if one.action is Action.ACKNOWLEDGED and one.submission_id == "1"
            ],
            [made[0].id],
        ]

    async def test_of_many_who_acknowledge_at_once_one_is_kept_and_all_are_told_whose(self) -> None:
        """Two people who both believe that they took the call both call the client."""
        async with self.opened() as repository:
            call = await repository.add(make_submission(kind="manager_call"))
            other = await repository.add(make_submission(kind="manager_call"))
            makes = [
                make_decision(Action.ACKNOWLEDGED, submission_id=call.id, decided_by=f"{number}")
                for number in range(9)
            ]
            # Connections are open now, so that nobody waits for one while the others are done.
            await asyncio.gather(*(repository.decisions() for _ in makes))
            told = await asyncio.gather(*map(repository.note, makes))
            late = make_decision(Action.ACKNOWLEDGED, submission_id=call.id, decided_by="late")
            told.append(await repository.note(late))
            await repository.note(make_decision(Action.RESENT, submission_id=call.id))
            theirs = make_decision(Action.ACKNOWLEDGED, submission_id=other.id)
            apart = await repository.note(theirs)
            kept = await repository.decisions(action=Action.ACKNOWLEDGED, submission_id=call.id)
            both = await repository.decisions(submission_id=call.id)

        assert [kept[0]] * 10 == told
        assert (1, 2, theirs.id) == (len(kept), len(both), apart.id)

    async def test_what_was_acknowledged_is_told_from_what_was_not(self) -> None:
        """Another decision about it is not an acknowledgement."""
        async with self.opened() as repository:
            taken = await repository.add(make_submission(kind="manager_call"))
            waiting = await repository.add(make_submission(kind="manager_call"))
            await repository.note(make_decision(Action.ACKNOWLEDGED, submission_id=taken.id))
            await repository.note(make_decision(Action.RESENT, submission_id=waiting.id))
            found = {
                known: [one.id for one in await repository.recent(Filter(acknowledged=known))]
                for known in (True, False)
            }

        assert {True: [taken.id], False: [waiting.id]} == found


def make_decision(action: Action, *, source: str = "bot", **about: Any) -> Decision:
    """Make a decision."""
    return Decision(id=make_attempt().id, source=source, action=action, **about)


async def _with_status(repository: SubmissionRepository, status: Status) -> Submission:
    kept = await repository.add(make_submission(), lease=LEASE)
    tried = replace(make_attempt(), outcome=Outcome.UNAVAILABLE)
    return await repository.save(replace(kept.with_attempt(tried), status=status))
