"""What is stuck, held or failed, as the store knows it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifykit.diagnosis import find
from notifykit.doctor.queue import Queue
from notifykit.storage import MemoryRepository
from notifykit.submission import Hold, Lease, Status
from notifykit.testing.repository_case import make_submission

LEASE = Lease(owner="test", duration=timedelta(minutes=5))
REFUSED = find("gmail.credentials-refused")


@pytest.fixture
def repository(clock):
    return MemoryRepository(clock=clock)


@pytest.fixture
def found(repository, clock):
    async def looked():
        return [finding async for finding in Queue(repository, "bot", clock()).findings()]

    return looked


async def ended(repository, status, diagnosis=REFUSED):
    kept = await repository.add(make_submission(), lease=LEASE)
    return await repository.save(
        replace(kept, status=status, diagnosis=diagnosis, last_error="535 no")
    )


def ids(findings):
    return [finding.id for finding in findings]


async def test_a_queue_that_moves_is_fine(repository, found, clock):
    await repository.add(make_submission())
    clock.advance(minutes=5)

    assert ["fine.queue"] == ids(await found())


async def test_the_age_of_the_oldest_is_told(repository, found, clock):
    await repository.add(make_submission())
    clock.advance(hours=2)
    await repository.add(make_submission())
    clock.advance(minutes=30)

    (stuck,) = await found()
    assert "NK511" == stuck.id
    assert "2, самое старое KMT-4827 ждёт 2 ч 30 мин" in stuck.evidence("ru")


async def test_another_bots_submissions_are_not_ours(repository, found, clock):
    await repository.add(make_submission(source="other"))
    clock.advance(hours=2)

    assert ["fine.queue"] == ids(await found())


async def test_a_hold_is_told_with_its_cause(repository, found, clock):
    hold = Hold(source="bot", provider="gmail", reason="535", until=clock(), diagnosis=REFUSED)
    await repository.hold(hold, lasting=timedelta(hours=1))

    (held,) = await found()
    assert "NK512" == held.id
    assert f"gmail until 2026-11-22 13:00 UTC: {REFUSED.cause('en')}" == held.evidence("en")


async def test_failures_are_grouped_by_cause(repository, found, clock):
    limit = find("gmail.daily-limit")
    for diagnosis in (REFUSED, REFUSED, limit, None):
        await ended(repository, Status.FAILED, diagnosis)

    (failed,) = await found()
    assert "NK513" == failed.id
    first, *others = failed.evidence("ru").split("\n")
    assert f"2 × {REFUSED.cause('ru')}" == first
    assert {f"1 × {limit.cause('ru')}", "1 × причина не записана"} == set(others)


async def test_old_failures_are_history(repository, found, clock):
    await ended(repository, Status.FAILED)
    clock.advance(days=8)

    assert ["fine.queue"] == ids(await found())


async def test_what_only_a_person_can_decide_is_told(repository, found):
    await ended(repository, Status.UNCONFIRMED, None)

    (unsure,) = await found()
    assert "NK514" == unsure.id
    assert "1: KMT-4827" == unsure.evidence("ru")
