"""Statements that are made once run as the driver would run them, and fail as SQLAlchemy's do."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import JSON, bindparam, exists, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from notifykit.errors import StorageError
from notifykit.storage import SqlRepository, statements
from notifykit.storage.claiming import _claiming
from notifykit.storage.columns import MOMENT
from notifykit.storage.direct import Direct, Prepared
from notifykit.storage.tables import submissions
from notifykit.submission import Outcome, Status
from notifykit.testing.repository_case import LEASE, OTHER_LEASE, make_attempt, make_submission

SLEEPING = (
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
)
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@pytest.fixture(params=["sqlite", "postgresql", "postgresql+psycopg"])
def url(request: pytest.FixtureRequest, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    found: str = request.getfixturevalue("postgres_url")
    return found.replace("postgresql", request.param, 1)


@pytest.fixture
async def repository(url: str) -> AsyncIterator[SqlRepository]:
    repository = SqlRepository(url)
    yield repository
    await repository.aclose()


@pytest.fixture
async def on_postgres(postgres_url: str) -> AsyncIterator[SqlRepository]:
    repository = SqlRepository(postgres_url)
    yield repository
    await repository.aclose()


async def test_values_come_back_as_ours(repository: SqlRepository) -> None:
    moment = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    prepared = Prepared(
        lambda _: select(
            bindparam("when", type_=MOMENT).label("when"),
            bindparam("what", type_=JSON).label("what"),
        )
    )
    given = {"when": moment, "what": {"код": ["00-0123"]}}
    twice = await repository._at_once(
        lambda direct: [direct.run(prepared, given) for _ in range(2)]
    )

    assert [[given], [given]] == twice


async def test_a_wrong_statement_fails_as_it_would_elsewhere(repository: SqlRepository) -> None:
    wrong = Prepared(lambda _: select(literal_column("nowhere")))
    with pytest.raises(DBAPIError) as failed:
        await (await repository._opened()).at_once(lambda direct: direct.run(wrong, {}))

    assert (False, True) == (
        failed.value.connection_invalidated,
        "nowhere" in (failed.value.statement or ""),
    )


async def test_a_transaction_that_comes_later_is_one(repository: SqlRepository) -> None:
    kept = await repository.add(make_submission())
    await repository.holds("bot")

    def broken(connection) -> None:
        connection.execute(submissions.update().values(subject="half done"))
        raise StorageError("no")

    with pytest.raises(StorageError, match="no"):
        await repository._write(broken)

    assert kept.subject == (await repository.get(kept.id)).subject


async def test_a_claim_is_made_on_a_new_connection_where_the_old_one_broke(
    on_postgres: SqlRepository, postgres_url: str
) -> None:
    await on_postgres.add(make_submission())
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(CUT + " AND datname = current_database()")

    assert 1 == len(await on_postgres.claim(source="bot", lease=LEASE, limit=5))


async def test_what_was_claimed_comes_although_the_connection_broke_before_its_attempts_were_read(
    on_postgres: SqlRepository, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed for nobody, it would wait for its lease to run out."""
    run = Direct.run

    def cut_after_the_claim(direct: Direct, prepared: Prepared, values: dict) -> list:
        rows = run(direct, prepared, values)
        if "most" in values:
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(CUT + " AND datname = current_database()")
        return rows

    mine = await on_postgres.add(make_submission(), lease=LEASE)
    mine = mine.with_attempt(make_attempt())
    await on_postgres.save(replace(mine, status=Status.QUEUED), again_in=timedelta(0))
    monkeypatch.setattr(Direct, "run", cut_after_the_claim)
    claimed = await on_postgres.claim(source="bot", lease=OTHER_LEASE)

    assert [mine.attempts] == [one.attempts for one in claimed]


async def test_a_result_is_kept_on_a_new_connection_where_the_old_one_broke(
    on_postgres: SqlRepository, postgres_url: str
) -> None:
    mine = await on_postgres.add(make_submission(), lease=LEASE)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(CUT + " AND datname = current_database()")
    kept = await on_postgres.save(mine.with_attempt(make_attempt()))

    assert [Outcome.STARTED] == [attempt.outcome for attempt in kept.attempts]


async def test_after_a_restart_of_the_server_nothing_fails_although_many_connections_broke(
    on_postgres: SqlRepository, postgres_url: str
) -> None:
    nap = Prepared(lambda _: select(func.pg_sleep(0.2)))
    runner = await on_postgres._opened()
    mine = await on_postgres.add(make_submission(), lease=LEASE)
    await asyncio.gather(*(runner.at_once(lambda direct: direct.run(nap, {})) for _ in range(5)))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(CUT + " AND datname = current_database()")

    assert mine.id == (await on_postgres.save(mine.with_attempt(make_attempt()))).id
    assert [] == await on_postgres.holds("bot")
    assert [] == await on_postgres.claim(source="bot", lease=OTHER_LEASE)


async def test_what_was_prepared_before_a_table_was_changed_is_prepared_again(
    on_postgres: SqlRepository, postgres_url: str
) -> None:
    await on_postgres.add(make_submission())
    assert [] == await on_postgres.claim(source="nobody's", lease=LEASE)

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE order_submissions ALTER COLUMN subject TYPE varchar(999)")

    assert 1 == len(await on_postgres.claim(source="bot", lease=LEASE))


async def test_what_was_begun_while_somebody_claims_is_known_to_whoever_claimed(
    on_postgres: SqlRepository, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement does not see what was committed after it began; the lock does."""
    slow = select(func.pg_sleep(1).label("slept")).cte("slow").prefix_with("MATERIALIZED")
    claiming = statements.claiming

    def slowly(*args, **options):
        return claiming(*args, **options).where(exists(select(slow.c.slept)))

    mine = await on_postgres.add(
        make_submission(), lease=replace(LEASE, duration=timedelta(seconds=0.1))
    )
    monkeypatch.setattr(statements, "claiming", slowly)
    _claiming.cache_clear()
    await asyncio.sleep(0.2)  # the lease runs out
    claim = asyncio.create_task(on_postgres.claim(source="bot", lease=OTHER_LEASE))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        while not connection.execute(SLEEPING).fetchall():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
    await on_postgres.save(mine.with_attempt(make_attempt()))
    (taken,) = await claim
    _claiming.cache_clear()

    assert [Outcome.STARTED] == [attempt.outcome for attempt in taken.attempts]


async def test_what_was_compiled_goes_with_its_engine(tmp_path: Path) -> None:
    dialects = []
    for number in range(3):
        repository = SqlRepository(f"sqlite:///{tmp_path}/{number}.db")
        await repository.add(make_submission())
        runner = await repository._opened()
        dialects.append(weakref.ref(runner._engine.dialect))
        await repository.aclose()
        del repository, runner
    gc.collect()

    # What ran last may still be in somebody's hands.
    assert [None, None] == [dialect() for dialect in dialects[:2]]


async def test_a_connection_that_was_left_in_the_middle_is_not_used_again(
    on_postgres: SqlRepository,
) -> None:
    pid = Prepared(lambda _: select(func.pg_backend_pid().label("pid")))
    long = Prepared(lambda _: select(func.pg_sleep(30)))
    runner = await on_postgres._opened()
    before = await runner.at_once(lambda direct: direct.run(pid, {}))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await runner.at_once(lambda direct: direct.run(long, {}))
    after = await runner.at_once(lambda direct: direct.run(pid, {}))

    assert before != after


async def test_a_row_that_somebody_has_locked_keeps_only_its_own_result_waiting(
    on_postgres: SqlRepository, postgres_url: str
) -> None:
    mine = [await on_postgres.add(make_submission(), lease=LEASE) for _ in range(3)]
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SELECT FROM order_submissions WHERE id = %s FOR UPDATE", [mine[0].id])
        saving = [
            asyncio.create_task(on_postgres.save(one.with_attempt(make_attempt()))) for one in mine
        ]
        kept = await asyncio.wait_for(asyncio.gather(*saving[1:]), 10)

        assert (False, [1, 1]) == (saving[0].done(), [len(one.attempts) for one in kept])

        connection.commit()

    assert 1 == len((await saving[0]).attempts)


async def test_two_results_of_one_submission_are_both_kept(repository: SqlRepository) -> None:
    mine = await repository.add(make_submission(), lease=LEASE)
    first, second = make_attempt(), make_attempt()
    await asyncio.gather(
        repository.save(mine.with_attempt(first)), repository.save(mine.with_attempt(second))
    )
    kept = await repository.get(mine.id)

    assert {first.id, second.id} == {attempt.id for attempt in kept.attempts}


async def test_whoever_lost_the_lease_learns_it_beside_those_who_have_theirs(
    repository: SqlRepository,
) -> None:
    mine = [await repository.add(make_submission(), lease=LEASE) for _ in range(2)]
    expired = "UPDATE order_submissions SET due_at = created_at WHERE id = :id"
    await repository._write(lambda one: one.execute(text(expired), {"id": mine[0].id}))
    (taken,) = await repository.claim(source="bot", lease=OTHER_LEASE, limit=5)
    sent = [
        replace(one, status=Status.SENT).with_attempt(
            replace(make_attempt(), outcome=Outcome.ACCEPTED)
        )
        for one in mine
    ]
    lost, kept = await asyncio.gather(*map(repository.save, sent), return_exceptions=True)

    assert (mine[0].id, "LeaseLostError") == (taken.id, type(lost).__name__)
    assert Status.SENT == kept.status
