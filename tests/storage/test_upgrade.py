"""A database of the first version is brought to this one, with everything in it."""

import sqlite3
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from notifykit.storage import SqlRepository, migrate, retention
from notifykit.storage.base import Filter
from notifykit.storage.migrate import VERSION_TABLE
from notifykit.submission import Outcome, Status

# The tables as the first version made them, by that version itself.
FIRST = """
CREATE TABLE order_submissions (
    id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
    status TEXT NOT NULL, delivery TEXT, recipients JSON NOT NULL, subject TEXT NOT NULL,
    notification JSON NOT NULL, email TEXT, message_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL, due_at TEXT, lease_owner TEXT, fence INTEGER NOT NULL,
    last_error TEXT, diagnosis TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    sent_at TEXT,
    CONSTRAINT pk_order_submissions PRIMARY KEY (id),
    CONSTRAINT uq_order_submissions_source_idempotency_key UNIQUE (source, idempotency_key)
);
CREATE INDEX ix_order_submissions_source_due_at ON order_submissions (source, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX ix_order_submissions_source_id ON order_submissions (source, id);
CREATE INDEX ix_order_submissions_source_status_id ON order_submissions (source, status, id);
CREATE INDEX ix_order_submissions_reference ON order_submissions (reference);
CREATE TABLE delivery_attempts (
    number INTEGER NOT NULL, id TEXT NOT NULL, submission_id TEXT NOT NULL,
    provider TEXT NOT NULL, outcome TEXT NOT NULL, stage TEXT, code INTEGER,
    enhanced_code TEXT, error TEXT, diagnosis TEXT, provider_message_id TEXT,
    accepted JSON NOT NULL, refused JSON NOT NULL, sha256 TEXT, started_at TEXT NOT NULL,
    finished_at TEXT,
    CONSTRAINT pk_delivery_attempts PRIMARY KEY (number),
    CONSTRAINT uq_delivery_attempts_id UNIQUE (id),
    CONSTRAINT fk_delivery_attempts_submission_id FOREIGN KEY(submission_id)
        REFERENCES order_submissions (id) ON DELETE CASCADE
);
CREATE INDEX ix_delivery_attempts_submission_id ON delivery_attempts (submission_id);
CREATE TABLE provider_holds (
    source TEXT NOT NULL, provider TEXT NOT NULL, reason TEXT NOT NULL, diagnosis TEXT,
    until TEXT NOT NULL, CONSTRAINT pk_provider_holds PRIMARY KEY (source, provider)
);
PRAGMA user_version = 1;
"""
SUBMISSION = """
INSERT INTO order_submissions (id, source, kind, reference, status, recipients, subject,
    notification, message_id, idempotency_key, fence, created_at, updated_at, sent_at)
VALUES ('1', 'bot', 'order', 'KMT-4827', 'SENT', '["sales@example.com"]', 'Заказ',
    '{"phone": "+7 900 000-00-00"}', '<1@example.com>', 'key', 1,
    '2026-01-31 09:00:00.000000+00:00', '2026-01-31 09:00:00.000000+00:00',
    '2026-01-31 09:00:00.000000+00:00')
"""
ATTEMPT = """
INSERT INTO delivery_attempts (id, submission_id, provider, outcome, accepted, refused, started_at)
VALUES ('2', '1', 'gmail', 'ACCEPTED', '["sales@example.com"]', '[]',
    '2026-01-31 09:00:00.000000+00:00')
"""


async def test_a_file_of_the_first_version_is_upgraded_at_first_use(tmp_path: Path) -> None:
    file = tmp_path / "notifykit.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(FIRST)
        for statement in (SUBMISSION, ATTEMPT):
            connection.execute(statement)
    connection.close()

    await works_with(f"sqlite:///{file}")

    with sqlite3.connect(file) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    assert (4,) == version


async def test_a_server_of_the_first_version_is_upgraded_by_migrating(
    empty_postgres_url: str,
) -> None:
    to_the_first_version(empty_postgres_url)
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        for statement in (SUBMISSION, ATTEMPT):
            connection.execute(statement)

    taken = list(await migrate.migrate(empty_postgres_url))

    assert "0002 Who decided, and erasures." == taken[0]

    await works_with(empty_postgres_url)


async def works_with(url: str) -> None:
    repository = SqlRepository(url)
    before = await repository.get("1")
    found = await repository.recent(Filter(search="8 900 000", kind="order", provider="gmail"))
    erased = await retention.erase(repository, "8 900 000 00 00")
    after = await repository.get("1")
    gone = await repository.recent(Filter(search="8 900 000"))
    left = await repository.recent(Filter(search="kmt-4827", kind="order"))
    await repository.aclose()

    assert (Status.SENT, {"phone": "+7 900 000-00-00"}) == (before.status, before.notification)
    assert (Outcome.ACCEPTED, None) == (before.attempts[0].outcome, before.attempts[0].decided_by)
    assert (1, {}) == (erased.submissions, after.notification)
    assert [["1"], [], ["1"]] == [[one.id for one in each] for each in (found, gone, left)]


def to_the_first_version(url: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate._MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0001")
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one()
    engine.dispose()

    assert "0001" == found
