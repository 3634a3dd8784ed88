import asyncio
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Executable, event

from notifykit.storage import SqlRepository, statements
from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.storage.listing import plain
from notifykit.storage.retention import purge
from notifykit.submission import Lease, Status
from notifykit.testing.repositories import RepositoryContract
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission


class TestSqliteFile(RepositoryContract):
    @pytest.fixture(autouse=True)
    def _prepare(self, tmp_path: Path) -> None:
        self.now = datetime.now(UTC)
        self.url = f"sqlite:///{tmp_path / 'notifykit.db'}"

    async def make_repository(self) -> SubmissionRepository:
        return SqlRepository(self.url, clock=lambda: self.now)

    async def advance(self, by: timedelta) -> None:
        self.now += by


class TestSqliteMemory(TestSqliteFile):
    @pytest.fixture(autouse=True)
    def _prepare(self) -> None:
        self.now = datetime.now(UTC)
        self.url = "sqlite://"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notifykit.db"


@pytest.fixture
async def repository(file: Path):
    repository = SqlRepository(f"sqlite:///{file}")
    yield repository
    await repository.aclose()


async def test_every_connection_waits_for_the_disk(repository: SqlRepository) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "user_version")
    settings = (repository._read, repository._write)
    for run in settings:
        found = await run(
            lambda connection: {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names
            }
        )

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "user_version": 4,
    }


async def test_other_tools_read_words_times_and_json_with_plain_sql(
    repository: SqlRepository, file: Path
) -> None:
    kept = await repository.add(make_submission())
    await repository.aclose()
    connection = sqlite3.connect(file)
    row = connection.execute(
        "SELECT status, datetime(created_at), notification, recipients FROM order_submissions"
    ).fetchone()
    connection.close()

    assert row == (
        "QUEUED",
        f"{kept.created_at:%Y-%m-%d %H:%M:%S}",
        '{"number": "А-17", "lines": [{"code": "00-0123", "price": "512.50"}], "n": null}',
        '["sales@example.com", "second@example.com", "boss@example.com"]',
    )


async def test_what_was_kept_is_there_after_closing(repository: SqlRepository) -> None:
    kept = await repository.add(make_submission())
    await repository.aclose()

    assert kept == await repository.get(kept.id)


async def test_words_that_no_database_can_keep_do_not_lose_the_attempt(
    repository: SqlRepository,
) -> None:
    kept = await repository.add(
        replace(make_submission(), notification={"a\0": ["b\ud800", {"c": "d\0"}]})
    )
    saved = await repository.save(kept.with_attempt(replace(make_attempt(), error="4\0\udfff")))

    assert "4\ufffd\ufffd" == saved.attempts[0].error
    assert {"a\ufffd": ["b\ufffd", {"c": "d\ufffd"}]} == saved.notification


async def test_a_caller_that_gives_up_waiting_harms_nobody(repository: SqlRepository) -> None:
    calls = [asyncio.create_task(repository.add(make_submission())) for _ in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)

    kept = {one.id for one in done if not isinstance(one, BaseException)}
    assert 10 <= len(kept)
    assert kept <= {submission.id for submission in await repository.recent()}


_ADD = """
import asyncio, sys
from notifykit.storage import SqlRepository
from notifykit.testing.repository_case import LEASE, make_submission

async def main():
    repository = SqlRepository(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    kept = [await repository.add(make_submission(f"key-{n}")) for n in range(10)]
    await repository.aclose()
    print(sum(not submission.repeated for submission in kept))

asyncio.run(main())
"""


def test_processes_that_start_together_make_the_tables_once_and_share_the_keys(file: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _ADD, f"sqlite:///{file}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert ["ready\n"] * 4 == [process.stdout.readline() for process in processes]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    added = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert [0] * 4 == [process.returncode for process in processes]
    assert 10 == sum(added)


def test_a_process_that_forgets_to_close_still_ends(file: Path) -> None:
    forgetful = _ADD.replace("await repository.aclose()", "").replace("sys.stdin.readline()", "")
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", forgetful, f"sqlite:///{file}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (0, "ready\n10\n") == (ended.returncode, ended.stdout)


async def _plan(repository: SqlRepository, statement: Executable) -> str:
    def explain(connection: Connection) -> str:
        said = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")
        return "\n".join(row[3] for row in rows)

    return await repository._read(explain)


async def test_a_claim_and_a_list_read_only_what_they_give(repository: SqlRepository) -> None:
    first = await repository.add(make_submission())
    await repository.save(replace(first, status=Status.SENT))
    for work in (_MANY, "ANALYZE"):
        await repository._write(partial(Connection.exec_driver_sql, statement=work))
    claimed = await _plan(repository, statements.claiming("bot", LEASE, 10, datetime.now(UTC)))
    one = statements.claiming_one("bot", "id", LEASE, datetime.now(UTC))

    assert (
        "SEARCH order_submissions USING INDEX ix_order_submissions_source_due_at "
        "(source=? AND due_at>? AND due_at<?)"
    ) in claimed
    assert "SCAN order_submissions" not in claimed
    assert "SEARCH order_submissions" in await _plan(repository, one)
    assert await _plan(repository, plain(Filter(source="bot"), 50)) == (
        "SEARCH order_submissions USING INDEX ix_order_submissions_source_id (source=?)"
    )


_MANY = """
    INSERT INTO order_submissions
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
    SELECT id || n, source, kind, reference, status, delivery, recipients, subject, notification,
        email, message_id, idempotency_key || n, CASE WHEN n % 100 = 0 THEN created_at END,
        lease_owner, fence, last_error, diagnosis, created_at, updated_at, sent_at, sha256, search
    FROM order_submissions, numbers
"""


async def test_who_waits_longer_for_others_still_does_after_purging(file: Path) -> None:
    repository = SqlRepository(f"sqlite:///{file}?timeout=60")
    try:
        await purge(repository, older_than=timedelta(0))
        patience = await repository._write(
            lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        )
    finally:
        await repository.aclose()

    assert 60_000 == patience


async def test_a_long_list_keeps_no_second_try_waiting(repository: SqlRepository) -> None:
    """The lease runs already while the attempts are read."""
    begun, ended = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def read_for_long(connection: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        ended.wait(10)

    kept = await repository.add(make_submission(), lease=LEASE)
    tried = replace(kept, status=Status.QUEUED, attempts=(make_attempt(),))
    await repository.save(tried, again_in=timedelta(0))
    long_list = asyncio.create_task(repository._read(read_for_long))
    await begun.wait()
    try:
        async with asyncio.timeout(1):
            (claimed,) = await repository.claim(source=kept.source, lease=LEASE)
    finally:
        ended.set()
        await long_list

    assert 1 == len(claimed.attempts)


async def test_a_list_is_two_statements_however_long_it_is(repository: SqlRepository) -> None:
    for _ in range(5):
        kept = await repository.add(make_submission(), lease=LEASE)
        await repository.save(kept.with_attempt(make_attempt()))
    said: list[str] = []
    runner = await repository._opened()
    event.listen(
        runner._engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2])
    )
    listed = await repository.recent()

    assert 5 == sum(len(submission.attempts) for submission in listed)
    assert ["BEGIN", "SELECT", "SELECT"] == [statement.split()[0] for statement in said]
    assert not any("order_submissions.email" in statement for statement in said)


async def test_two_repositories_over_one_file_share_the_work(
    repository: SqlRepository, file: Path
) -> None:
    other = SqlRepository(f"sqlite:///{file}")
    added = {(await repository.add(make_submission())).id for _ in range(10)}
    claims = [
        one.claim(source="bot", lease=Lease(owner="worker"), limit=1)
        for one in (repository, other)
        for _ in range(5)
    ]
    claimed = [submission.id for many in await asyncio.gather(*claims) for submission in many]
    await other.aclose()

    assert sorted(added) == sorted(claimed)


@pytest.mark.parametrize("moment", range(40))
async def test_a_caller_that_gives_up_at_any_moment_leaves_the_file_unlocked(
    tmp_path: Path, moment: int
) -> None:
    repository = SqlRepository(f"sqlite:///{tmp_path}/notifykit.db")
    await repository.recent()
    caller = asyncio.create_task(repository.add(make_submission()))
    for _ in range(moment):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)

    async with asyncio.timeout(5):
        kept = await repository.add(make_submission())
        await repository.save(replace(kept, status=Status.SENT))
    await repository.aclose()


async def test_a_mail_that_cannot_be_read_any_more_does_not_keep_the_others_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "notifykit.db"
    repository = SqlRepository(f"sqlite:///{path}")
    spoilt, sound = [await repository.add(make_submission()) for _ in range(2)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE order_submissions SET email = '{}' WHERE id = ?", [spoilt.id])

    claimed = await repository.claim(source=spoilt.source, lease=LEASE, limit=5)

    assert {spoilt.id: None, sound.id: sound.email} == {s.id: s.email for s in claimed}
    await repository.aclose()


@pytest.mark.parametrize("letters", [1, 20])
async def test_a_beginning_that_very_many_have_finds_them_too(
    repository: SqlRepository, letters: int
) -> None:
    names = ("Петров", "Петрова", "Петровский")
    kept = [
        await repository.add(replace(make_submission(), notification={"name": name}))
        for name in names
    ]
    await repository.add(replace(make_submission(), notification={"name": "Павлов"}))
    many = f"""
        INSERT INTO word_index
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 6000)
        SELECT 'петр' || char(1072 + n % {letters}) || char(1072 + n / 20 % {letters}), '0' || n
        FROM numbers
    """
    await repository._write(partial(Connection.exec_driver_sql, statement=many))

    searched = await repository.recent(Filter(search="петр"))
    both = await repository.recent(Filter(search="петрова петр"))

    assert [one.id for one in reversed(kept)] == [one.id for one in searched]
    assert [kept[1].id] == [one.id for one in both]
