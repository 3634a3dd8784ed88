"""Concurrent calls share a commit, and nobody pays for a neighbour."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from notifykit.errors import ConfigurationError, StorageError
from notifykit.storage import SqlRepository
from notifykit.storage.batching import Batches
from notifykit.submission import Lease, Outcome, Status
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission

CALLERS = 50


class Bus:
    """Carries batches, each only when it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.errors: dict[int, Exception] = {}
        self.go = asyncio.Event()
        self.left = asyncio.Event()
        self.second = asyncio.Event()
        self.cancelled = 0

    async def __call__(self, items):
        self.batches.append(list(items))
        (self.second if len(self.batches) > 1 else self.left).set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        for item in items:
            if item in self.errors:
                raise self.errors[item]
        return [item * 10 for item in items]


@pytest.fixture
def bus() -> Bus:
    return Bus()


async def called(batches, *items) -> list[asyncio.Task]:
    calls = [asyncio.create_task(batches.call(item)) for item in items]
    await asyncio.sleep(0)
    return calls


async def test_calls_that_come_during_a_batch_go_together_in_the_next(bus) -> None:
    batches = Batches(bus)
    first = await called(batches, 1)
    await bus.left.wait()
    others = await called(batches, 2, 3, 4)
    bus.go.set()

    assert [10, 20, 30, 40] == await asyncio.gather(*first, *others)
    assert [[1], [2, 3, 4]] == bus.batches


async def test_a_batch_has_its_limits(bus) -> None:
    batches = Batches(bus, weight=lambda item: item, most=3, heaviest=10)
    bus.go.set()

    assert [90, 10, 20, 30, 10, 990, 10] == await asyncio.gather(
        *(batches.call(item) for item in (9, 1, 2, 3, 1, 99, 1))
    )
    assert [[9, 1], [2, 3, 1], [99], [1]] == bus.batches


async def test_what_cannot_be_weighed_fails_alone(bus) -> None:
    batches = Batches(bus, weight=lambda item: 10 // item, heaviest=10)
    bus.go.set()
    async with asyncio.timeout(5):
        light, nothing, heavy = await asyncio.gather(
            *(batches.call(item) for item in (10, 0, 1)), return_exceptions=True
        )

    assert (100, 10) == (light, heavy)
    assert isinstance(nothing, ZeroDivisionError)


async def test_only_the_culprit_fails(bus) -> None:
    batches = Batches(bus)
    bus.errors[3] = ValueError("3")
    calls = await called(batches, 1, 2, 3, 4)
    bus.go.set()
    done = await asyncio.gather(*calls, return_exceptions=True)

    assert [10, 20, bus.errors[3], 40] == done
    assert [[1, 2, 3, 4], [1], [2], [3], [4]] == bus.batches


async def test_what_no_item_is_to_blame_for_is_not_tried_again(bus) -> None:
    batches = Batches(bus, divisible=lambda error: not isinstance(error, StorageError))
    bus.errors[3] = StorageError("the disk is full")
    calls = await called(batches, 1, 2, 3)
    bus.go.set()
    done = await asyncio.gather(*calls, return_exceptions=True)

    assert [bus.errors[3]] * 3 == done
    assert [[1, 2, 3]] == bus.batches


async def test_who_gives_up_before_the_batch_leaves_is_not_in_it(bus) -> None:
    batches = Batches(bus)
    (first,) = await called(batches, 1)
    await bus.left.wait()
    second, third = await called(batches, 2, 3)
    second.cancel()
    await asyncio.wait({second})
    bus.go.set()

    assert [10, 30] == await asyncio.gather(first, third)
    assert [[1], [3]] == bus.batches


async def test_a_batch_that_everybody_left_is_not_run(bus) -> None:
    batches = Batches(bus)
    (first,) = await called(batches, 1)
    await bus.left.wait()
    (second,) = await called(batches, 2)
    bus.go.set()
    await asyncio.sleep(0)  # the next batch is about to leave
    second.cancel()
    await asyncio.wait({first, second})

    assert 30 == await batches.call(3)
    assert [[1], [3]] == bus.batches


async def test_who_was_just_served_goes_along_again(bus) -> None:
    batches = Batches(bus)
    bus.go.set()

    async def caller(number: int) -> None:
        for _ in range(3):
            await batches.call(number)

    await asyncio.gather(*map(caller, range(4)))

    assert [[0, 1, 2, 3]] * 3 == bus.batches


async def test_who_gives_up_under_way_stops_nothing(bus) -> None:
    batches = Batches(bus)
    (first,) = await called(batches, 1)
    await bus.left.wait()
    second, third = await called(batches, 2, 3)
    first.cancel()
    await asyncio.wait({first})
    await asyncio.wait_for(bus.second.wait(), 5)
    second.cancel()
    await asyncio.wait({second})
    bus.go.set()

    assert 30 == await third

    while batches.under_way:
        await asyncio.wait(batches.under_way)

    assert ([[1], [2, 3]], 0) == (bus.batches, bus.cancelled)


async def test_a_batch_that_hangs_does_not_keep_the_next_one_waiting(bus) -> None:
    batches = Batches(bus)
    hanging = await called(batches, 1)
    await bus.left.wait()
    others = await called(batches, 2, 3)
    await asyncio.wait_for(bus.second.wait(), 5)

    assert [[1], [2, 3]] == bus.batches

    bus.go.set()

    assert [10, 20, 30] == await asyncio.gather(*hanging, *others)


@pytest.fixture(params=["sqlite", "postgresql", "postgresql+psycopg"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return request.getfixturevalue("postgres_url").replace("postgresql", request.param, 1)


@pytest.fixture
async def repository(url):
    repository = SqlRepository(url)
    yield repository
    await repository.aclose()


async def test_fifty_callers_need_one_commit(repository) -> None:
    await repository.add(make_submission())
    commits = []
    engine = (await repository._opened())._engine
    event.listen(getattr(engine, "sync_engine", engine), "commit", commits.append)
    kept = await asyncio.gather(*(repository.add(make_submission()) for _ in range(CALLERS)))

    assert 1 == len(commits)
    assert {one.id for one in kept} <= {one.id for one in await repository.recent(limit=100)}
    assert [await repository.get(one.id) for one in kept] == kept


async def test_fifty_results_are_kept_in_one_commit(repository) -> None:
    mine = await asyncio.gather(
        *(repository.add(make_submission(), lease=LEASE) for _ in range(CALLERS))
    )
    commits: list[object] = []
    engine = (await repository._opened())._engine
    if not isinstance(engine, AsyncEngine):
        event.listen(engine, "commit", commits.append)
    begun = await asyncio.gather(
        *(repository.save(one.with_attempt(make_attempt())) for one in mine)
    )
    commits += await transactions(engine)
    done = [
        replace(one, status=Status.SENT).with_attempt(
            replace(one.attempts[0], outcome=Outcome.ACCEPTED)
        )
        for one in begun
    ]
    kept = await asyncio.gather(*(repository.save(one) for one in done))
    commits += await transactions(engine)

    assert 2 == len(commits)
    assert [await repository.get(one.id) for one in kept] == kept
    assert {(Status.SENT, Outcome.ACCEPTED)} == {
        (one.status, one.attempts[0].outcome) for one in kept
    }


async def transactions(engine) -> list[object]:
    """Name those that wrote the submissions last, where the database knows it."""
    if not isinstance(engine, AsyncEngine):
        return []
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT DISTINCT xmin::text FROM order_submissions"))
        return list(found.scalars())


async def test_everybody_in_a_batch_gets_the_lease_they_asked_for(repository) -> None:
    leases = [None, LEASE, Lease(owner="worker-9", duration=timedelta(hours=1)), None, LEASE]
    kept = await asyncio.gather(
        *(repository.add(make_submission(), lease=lease) for lease in leases)
    )

    assert [lease and lease.owner for lease in leases] == [one.lease_owner for one in kept]
    assert [0, 1, 1, 0, 1] == [one.fence for one in kept]
    for lease, one in zip(leases, kept, strict=True):
        assert (lease.duration if lease else timedelta(0)) == one.due_at - one.created_at
        assert (Status.SENDING if lease else Status.QUEUED) == one.status


async def test_repeats_in_a_batch_do_not_fail_their_neighbours(repository) -> None:
    old = await repository.add(make_submission("old"))
    keys = ["old", "a", "b", "a", "c", "old", "a"]
    first, *kept = await asyncio.gather(
        repository.add(make_submission()), *(repository.add(make_submission(key)) for key in keys)
    )

    assert first.repeated is False
    assert [True, False, False, True, False, True, True] == [one.repeated for one in kept]
    assert [old.id] * 2 == [kept[0].id, kept[5].id]
    assert 1 == len({kept[1].id, kept[3].id, kept[6].id})


async def test_in_a_batch_a_window_counts_for_its_own_key(url) -> None:
    now = datetime.now(UTC)
    repository = SqlRepository(url, clock=lambda: now)
    a, b = [await repository.add(make_submission(key)) for key in "ab"]
    now += timedelta(hours=1)
    windows = [("a", None), ("a", timedelta(minutes=10)), ("b", timedelta(hours=2)), ("b", None)]
    _, *kept = await asyncio.gather(
        repository.add(make_submission()),
        *(repository.add(make_submission(key), window=window) for key, window in windows),
    )
    retired = await repository.get(a.id)
    await repository.aclose()

    assert [True, False, True, True] == [one.repeated for one in kept]
    assert kept[0].id == kept[1].id != a.id
    assert [b.id] * 2 == [kept[2].id, kept[3].id]
    assert f"a:{a.id}" == retired.idempotency_key


async def test_a_submission_that_cannot_be_kept_fails_alone(repository) -> None:
    wrong = replace(make_submission(), notification={"what": object()})
    wanted = [make_submission(), make_submission(), wrong, make_submission()]
    done = await asyncio.gather(
        *(repository.add(submission) for submission in wanted), return_exceptions=True
    )

    assert [wanted[0].id, wanted[1].id, wanted[3].id] == [
        one.id for one in done if not isinstance(one, Exception)
    ]
    assert isinstance(done[2], StorageError | TypeError)  # psycopg's own words for it
    assert 3 == len(await repository.recent())


async def test_a_row_that_is_too_large_fails_alone(tmp_path) -> None:
    repository = SqlRepository(f"sqlite:///{tmp_path}/notifykit.db")
    await repository._write(
        lambda connection: connection.connection.driver_connection.setlimit(
            sqlite3.SQLITE_LIMIT_LENGTH, 100_000
        )
    )
    huge = replace(make_submission(), subject="ц" * 100_000)
    wanted = [make_submission(), make_submission(), huge, make_submission()]
    done = await asyncio.gather(
        *(repository.add(submission) for submission in wanted), return_exceptions=True
    )
    await repository.aclose()

    assert "more than SQLite keeps in one row" in str(done[2])
    assert [False] * 3 == [one.repeated for one in done if not isinstance(one, Exception)]


async def test_a_key_that_another_transaction_holds_delays_its_own_caller_only(
    postgres_url: str,
) -> None:
    repository = SqlRepository(postgres_url)
    theirs = await repository.add(make_submission("theirs"))
    move = "UPDATE order_submissions SET idempotency_key = 'moved' WHERE id = %s"
    with psycopg.connect(postgres_url) as connection:
        connection.execute(move, [theirs.id])
        held = asyncio.create_task(repository.add(make_submission("theirs")))
        wanted = [make_submission("theirs"), make_submission(), make_submission()]
        more = [asyncio.create_task(repository.add(submission)) for submission in wanted]
        kept = await asyncio.wait_for(asyncio.gather(*more[1:]), 30)

        assert [False, False] == [one.repeated for one in kept]
        assert (False, False) == (held.done(), more[0].done())

        connection.commit()
    last = await asyncio.gather(held, more[0])
    await repository.aclose()

    assert [False, True] == sorted(one.repeated for one in last)


async def test_a_database_that_is_gone_is_said_to_everybody_once(empty_postgres_url: str) -> None:
    repository = SqlRepository(empty_postgres_url)
    calls = (repository.add(make_submission()) for _ in range(10))
    done = await asyncio.gather(*calls, return_exceptions=True)
    await repository.aclose()

    assert {ConfigurationError} == {type(one) for one in done}
