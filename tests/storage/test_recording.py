"""What is told after acceptance is forgotten with the rest, and does not come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit.storage import SqlRepository, retention
from notifykit.submission import EventKind, Status
from notifykit.testing.repository_case import LEASE, make_submission
from notifykit.testing.repository_events import make_event

CLIENT, SALES = "ivan@example.com", "sales@example.com"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def repository(url, clock) -> AsyncIterator[SqlRepository]:
    repository = SqlRepository(url, clock=clock)
    yield repository
    await repository.aclose()


async def bounced(repository, recipient: str | None = CLIENT, *, recipients=(SALES, CLIENT)):
    kept = await repository.add(replace(make_submission(), recipients=recipients), lease=LEASE)
    kept = await repository.save(replace(kept, status=Status.SENT))
    event = make_event(kept.id, EventKind.BOUNCED)
    await repository.record(replace(event, recipient=recipient, text=f"550 no {recipient}"))
    return kept


async def left(repository, submission) -> list[tuple[str | None, str | None, int | None]]:
    events = await repository.events(submission.id)
    return [(event.recipient, event.text, event.code) for event in events]


async def test_what_is_purged_keeps_the_code_and_nothing_personal(repository, clock) -> None:
    kept = await bounced(repository)
    clock.advance(days=1)
    await retention.purge(repository, older_than=timedelta(hours=1))

    assert [(None, None, 550)] == await left(repository, kept)


async def test_an_erased_person_is_erased_from_what_was_told(repository) -> None:
    kept = await bounced(repository, "IVAN@Example.com")
    await repository.record(replace(make_event(kept.id), recipient=SALES, text=f"{CLIENT} ok"))
    await retention.erase(repository, CLIENT)

    assert {(None, None, 550), (SALES, None, 550)} == set(await left(repository, kept))


async def test_a_person_is_found_where_only_an_event_names_them(repository) -> None:
    kept = await bounced(repository, "forwarded@example.com", recipients=(SALES,))
    erased = await retention.erase(repository, "forwarded@example.com")

    assert 1 == erased.submissions
    assert [(None, None, 550)] == await left(repository, kept)


async def test_a_late_event_does_not_bring_back_who_was_erased(repository) -> None:
    kept = await bounced(repository)
    await retention.erase(repository, CLIENT)
    for recipient in (CLIENT, SALES):
        await repository.record(replace(make_event(kept.id), recipient=recipient))
    found = await repository.get(kept.id)

    told = await left(repository, kept)
    assert [(None, None, 550), (None, None, 550), (SALES, None, 550)] == told
    assert "bounced" == found.delivery


async def test_events_go_with_the_rows_they_are_about(repository, clock) -> None:
    kept = await bounced(repository)
    clock.advance(days=1)
    await retention.purge(repository, older_than=timedelta(hours=1), rows=True)

    assert [] == await left(repository, kept)


async def test_a_failure_of_one_event_costs_only_its_own_caller(repository) -> None:
    kept = await repository.add(make_submission())
    wrong = replace(make_event(kept.id), code=1 << 80)  # no database keeps it
    told = await asyncio.gather(
        *(repository.record(make_event(kept.id)) for _ in range(3)),
        repository.record(wrong),
        *(repository.record(make_event(kept.id)) for _ in range(3)),
        return_exceptions=True,
    )

    assert 6 == sum(not isinstance(one, BaseException) for one in told)
