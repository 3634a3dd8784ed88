import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import NullPool, func, select, text, update

from notifykit.errors import LeaseLostError
from notifykit.message import Attachment
from notifykit.storage import SqlRepository, statements
from notifykit.storage.accepting import Wanted, add_all
from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.storage.direct import Prepared
from notifykit.storage.engines import async_engine
from notifykit.storage.listing import plain
from notifykit.storage.notifying import durably
from notifykit.storage.tables import submissions
from notifykit.submission import Hold, Lease, Outcome, Status
from notifykit.testing.repositories import RepositoryContract
from notifykit.testing.repository_case import LEASE, OTHER_LEASE, make_attempt, make_submission


class TestAsyncpg(RepositoryContract):
    driver = "postgresql"

    @pytest.fixture(autouse=True)
    def _prepare(self, postgres_url: str) -> None:
        self.now = datetime.now(UTC)
        self.url = postgres_url.replace("postgresql", self.driver, 1)

    async def make_repository(self) -> SubmissionRepository:
        return SqlRepository(self.url, clock=lambda: self.now)

    async def advance(self, by: timedelta) -> None:
        self.now += by


class TestPsycopg(TestAsyncpg):
    driver = "postgresql+psycopg"


@pytest.fixture(params=["postgresql", "postgresql+psycopg"])
def url(request, postgres_url: str) -> str:
    return postgres_url.replace("postgresql", request.param, 1)


@pytest.fixture
async def repository(url: str):
    repository = SqlRepository(url)
    yield repository
    await repository.aclose()


async def test_the_servers_clock_counts(repository: SqlRepository, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        before = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        kept = await repository.add(make_submission(), lease=LEASE)
        await repository.hold(
            Hold(source="bot", provider="gmail", reason=""), lasting=LEASE.duration
        )
        after = connection.execute("SELECT clock_timestamp()").fetchone()[0]
    (held,) = await repository.holds("bot")
    waiting = replace(kept, status=Status.QUEUED)
    saved = await repository.save(waiting, again_in=timedelta(hours=1))

    assert before < kept.created_at == kept.updated_at < after
    assert kept.created_at + LEASE.duration == kept.due_at
    assert before < held.until - LEASE.duration < after
    assert saved.updated_at + timedelta(hours=1) == saved.due_at
    assert [] == list(await repository.claim(source="bot", lease=OTHER_LEASE))


async def test_without_a_clock_a_lease_runs_out_and_a_window_closes(
    repository: SqlRepository,
) -> None:
    brief, window = Lease(owner="worker-1", duration=timedelta(0)), timedelta(0)
    first = await repository.add(make_submission("key"), lease=brief, window=window)
    second = await repository.add(make_submission("key"), lease=LEASE, window=window)
    claimed = await repository.claim(source="bot", lease=OTHER_LEASE, limit=5)

    assert second.repeated is False
    assert [first.id] == [submission.id for submission in claimed]


@pytest.mark.parametrize("off", ["off", "local"])
async def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(
    empty_postgres_url: str, off: str
) -> None:
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit TO {off}')
    repository = SqlRepository(empty_postgres_url)
    asked = text("SHOW synchronous_commit")
    setting = await repository._write(lambda connection: connection.execute(asked).scalar_one())
    now_ = func.current_setting("synchronous_commit").label("now")
    alone = Prepared(lambda _: select(now_))
    durable = Prepared(lambda _: select(durably(), now_))
    before, made, after = await repository._at_once(
        lambda direct: [direct.run(each, {}) for each in (alone, durable, alone)]
    )
    await repository.aclose()

    assert "on" == setting
    assert [{"now": off}] == before == after
    assert [{"durably": "on", "now": "on"}] == made


async def test_whoever_shares_a_commit_waits_for_it_as_long_as_it_takes(
    repository: SqlRepository,
) -> None:
    wanted = [Wanted(make_submission()) for _ in range(2)]
    async with begun(repository) as connection:
        before = await connection.scalar(text("SHOW lock_timeout"))
        await connection.run_sync(add_all, wanted, repository._now())
        after = await connection.scalar(text("SHOW lock_timeout"))

    assert before == after


async def test_the_loser_of_a_race_waits_for_the_winner_to_commit(
    repository: SqlRepository, url: str
) -> None:
    other = SqlRepository(url)
    winner = make_submission("key")
    async with begun(repository) as connection:
        await connection.run_sync(add_all, [Wanted(winner)], repository._now())
        loser = asyncio.create_task(other.add(make_submission("key")))
        await _until_somebody_waits(repository)
        assert not loser.done()
    kept = await loser
    await other.aclose()

    assert (winner.id, True) == (kept.id, kept.repeated)


async def test_a_claim_passes_over_what_another_is_taking(
    repository: SqlRepository, url: str
) -> None:
    other = SqlRepository(url)
    ids = [(await repository.add(make_submission())).id for _ in range(2)]
    async with begun(repository) as connection:
        claiming = statements.claiming("bot", OTHER_LEASE, 1, repository._now())
        (taken,) = (await connection.execute(claiming)).scalars()
        claimed = await other.claim(source="bot", lease=LEASE, limit=2)
    await other.aclose()

    assert ids[0] == taken
    assert [ids[1]] == [submission.id for submission in claimed]


async def test_a_claim_brings_no_more_heavy_emails_than_fit_into_memory(
    repository: SqlRepository, url: str
) -> None:
    kept = [await repository.add(heavy(size)) for size in (0, 15_000_000, 15_000_000, 0, 0)]
    without = update(submissions).where(submissions.c.id == kept[0].id).values(email=None)
    await repository._write(lambda connection: connection.execute(without).close())
    first = await repository.claim(source="bot", lease=LEASE, limit=10)
    second = await repository.claim(source="bot", lease=LEASE, limit=10)

    assert [None, *(one.email for one in kept[1:3])] == [one.email for one in first]
    assert [one.id for one in kept[3:]] == [one.id for one in second]


async def test_a_heavy_email_comes_back_as_it_was(
    repository: SqlRepository,
) -> None:
    kept = [await repository.add(heavy(1_000_000))]
    kept += await asyncio.gather(*(repository.add(heavy(1_000_000)) for _ in range(3)))
    claimed = await repository.claim(source="bot", lease=LEASE, limit=4)

    assert {one.id: one.email for one in kept} == {one.id: one.email for one in claimed}


def heavy(size: int):
    submission = make_submission()
    file = Attachment(filename="drawing.pdf", content=bytes(range(250)) * (size // 250))
    return replace(submission, email=replace(submission.email, attachments=(file,)))


async def test_a_save_that_waited_for_a_claim_has_lost_its_lease(
    repository: SqlRepository, url: str
) -> None:
    other = SqlRepository(url)
    slow = await repository.add(make_submission(), lease=LEASE)
    attempt = replace(make_attempt(), outcome=Outcome.ACCEPTED)
    async with begun(repository) as connection:
        taking = update(submissions).values(fence=2, lease_owner="worker-2")
        await connection.execute(taking.where(submissions.c.id == slow.id))
        saved = asyncio.create_task(
            other.save(replace(slow, status=Status.SENT).with_attempt(attempt))
        )
        await _until_somebody_waits(repository)
    with pytest.raises(LeaseLostError):
        await saved
    await other.aclose()
    found = await repository.get(slow.id)

    assert found is not None
    assert (Status.SENDING, (attempt,)) == (found.status, found.attempts)


@asynccontextmanager
async def begun(repository: SqlRepository):
    engine = async_engine(repository._database, poolclass=NullPool)
    async with engine.begin() as connection:
        yield connection


async def _until_somebody_waits(repository: SqlRepository) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(30):
        while True:
            if await repository._read(lambda reader: reader.execute(waiting).scalar_one()):
                return


async def test_words_that_postgresql_cannot_keep_do_not_lose_the_attempt(
    repository: SqlRepository,
) -> None:
    kept = await repository.add(
        replace(make_submission(), notification={"a\0": ["b\ud800", {"c": "d\0"}]})
    )
    saved = await repository.save(kept.with_attempt(replace(make_attempt(), error="4\0\udfff")))

    assert "4\ufffd\ufffd" == saved.attempts[0].error
    assert {"a\ufffd": ["b\ufffd", {"c": "d\ufffd"}]} == saved.notification


async def test_a_restarted_server_is_connected_to_again(
    repository: SqlRepository, postgres_url: str
) -> None:
    kept = await repository.add(make_submission())
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert kept == await repository.get(kept.id)


async def test_behind_a_pooler_nothing_is_left_on_a_connection(url: str) -> None:
    repository = SqlRepository(f"{url}?pgbouncer=true&application_name=bot&sslmode=prefer")
    kept = await repository.add(make_submission(), lease=LEASE)
    for _ in range(10):  # psycopg prepares what it is told often
        await repository.renew(kept, LEASE)
    await repository.save(replace(kept, status=Status.SENT))
    await repository.changed("bot", within=timedelta(milliseconds=20))
    asked = text(
        "SELECT current_setting('application_name'),"
        " (SELECT count(*) FROM pg_prepared_statements WHERE name <> ''),"
        " (SELECT count(*) FROM pg_stat_activity"
        "  WHERE datname = current_database() AND application_name = 'bot')"
    )
    left = await repository._read(lambda connection: connection.execute(asked).one())
    await repository.aclose()

    assert ("bot", 0, 1) == tuple(left)


_MANY = """
    INSERT INTO order_submissions
    SELECT id || n, source, kind, reference, status, delivery, recipients, subject, notification,
        email, message_id, idempotency_key || n, CASE WHEN n % 100 = 0 THEN created_at END,
        lease_owner, fence, last_error, diagnosis, created_at, updated_at, sent_at, sha256
    FROM order_submissions, generate_series(1, 5000) AS numbers(n)
"""


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            lambda now: statements.claiming("bot", LEASE, 10, now),
            "ix_order_submissions_source_due_at",
        ),
        (
            lambda now: statements.claiming("bot", LEASE, 10, now, heaviest=1000),
            "ix_order_submissions_source_due_at",
        ),
        (
            lambda now: statements.claiming_one("bot", "id", LEASE, now),
            "ix_order_submissions_source_id",
        ),
        (lambda _: plain(Filter(source="bot"), 50), "ix_order_submissions_source_id"),
        (lambda _: plain(Filter(reference="ABC-0001"), 50), "ix_order_submissions_reference"),
    ],
)
async def test_a_claim_and_a_list_read_only_what_they_give(
    repository: SqlRepository, statement, index: str
) -> None:
    first = await repository.add(make_submission())
    await repository.save(replace(first, status=Status.SENT))
    for source in ("other", "third"):
        await repository.add(make_submission(source=source))
    for work in (_MANY, "ANALYZE order_submissions"):
        async with begun(repository) as connection:
            await connection.execute(text(work))
    async with begun(repository) as connection:
        said = statement(repository._now()).compile(
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        rows = await connection.exec_driver_sql(f"EXPLAIN {said}")
        plan = "\n".join(row[0] for row in rows)

    assert index in plan
    assert "Seq Scan" not in plan
