"""The two databases as the harness sees them: from outside, in plain SQL."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

import postgres_server

Row = dict[str, Any]

SUBMISSIONS = (
    "SELECT id, idempotency_key, message_id, status, recipients, notification, due_at"
    " FROM order_submissions"
)
ATTEMPTS = (
    "SELECT number, submission_id, provider, outcome, accepted, refused, sha256,"
    " started_at, finished_at, (SELECT count(*) FROM said WHERE said.id = delivery_attempts.id"
    " AND said.outcome = 'UNKNOWN') AS cut_off FROM delivery_attempts ORDER BY number"
)
_WAITING = "SELECT count(*) AS waiting FROM order_submissions WHERE due_at IS NOT NULL"
_NO_HOLDS = "DELETE FROM provider_holds"

_JSON = ("recipients", "notification", "accepted", "refused")
_TIMES = ("due_at", "started_at", "finished_at")

# Every word that the database ever had for an attempt: a process that was paused for too long may
# tell what became of it after others had to take it for cut off.
_SAID = "CREATE TABLE said (id TEXT NOT NULL, outcome TEXT NOT NULL)"
_SAID_BY_ID = "CREATE INDEX said_by_id ON said (id)"
_POSTGRES_SAID = """
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO said VALUES (NEW.id, NEW.outcome); RETURN NEW; END$$;
CREATE TRIGGER say AFTER INSERT OR UPDATE ON delivery_attempts FOR EACH ROW EXECUTE FUNCTION say()
"""
_SQLITE_SAID = """
CREATE TRIGGER say_first AFTER INSERT ON delivery_attempts BEGIN
    INSERT INTO said VALUES (NEW.id, NEW.outcome); END;
CREATE TRIGGER say_next AFTER UPDATE ON delivery_attempts BEGIN
    INSERT INTO said VALUES (NEW.id, NEW.outcome); END;
"""

# The stored fence never moves: the half of `WithoutFence` that its wrapper cannot reach.
_POSTGRES_UNFENCED = """
CREATE FUNCTION unfenced() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN NEW.fence := 0; RETURN NEW; END$$;
CREATE TRIGGER unfenced BEFORE INSERT OR UPDATE ON order_submissions
    FOR EACH ROW EXECUTE FUNCTION unfenced()
"""
_SQLITE_UNFENCED = """
CREATE TRIGGER unfenced_update AFTER UPDATE OF fence ON order_submissions BEGIN
    UPDATE order_submissions SET fence = 0 WHERE id = NEW.id; END;
CREATE TRIGGER unfenced_insert AFTER INSERT ON order_submissions BEGIN
    UPDATE order_submissions SET fence = 0 WHERE id = NEW.id; END;
"""


class Database(Protocol):
    """
    What the harness does to a database.

    Attributes:
        url: As the library gets it.
        version: Of the server or the library.
    """

    url: str
    version: str

    def rows(self, statement: str) -> list[Row]:
        """Read."""
        ...

    def disturb(self, draw: Random) -> None:
        """Cut some connections; or where there are none, keep everybody from writing."""
        ...

    def lift_holds(self) -> None:
        """Lift all holds, as an operator would who mended the account."""
        ...

    def remember(self, *, fenced: bool) -> None:
        """Keep every outcome that an attempt ever had; and take the fence away where asked to."""
        ...


def waiting(database: Database) -> int:
    """Count what is not finished by itself yet."""
    return int(database.rows(_WAITING)[0]["waiting"])


class Postgres:
    """A database of a real PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.version = str(self.rows("SHOW server_version")[0]["server_version"])

    def rows(self, statement: str) -> list[Row]:
        """Read."""
        return self._connection.execute(statement).fetchall()

    def disturb(self, draw: Random) -> None:
        """End up to three sessions at whatever they are doing."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " ORDER BY random() LIMIT %s",
            [draw.randint(1, 3)],
        )

    def lift_holds(self) -> None:
        """Lift all holds."""
        self._connection.execute(_NO_HOLDS)

    def remember(self, *, fenced: bool) -> None:
        """Keep every outcome that an attempt ever had."""
        for statement in (
            _SAID,
            _SAID_BY_ID,
            _POSTGRES_SAID,
            *([] if fenced else [_POSTGRES_UNFENCED]),
        ):
            self._connection.execute(statement)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


class Sqlite:
    """
    A file of SQLite.

    No connection stays open: a process that is forked must not inherit one
    (sqlite.org/howtocorrupt.html, section 2.6).
    """

    version = sqlite3.sqlite_version

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path

    def rows(self, statement: str) -> list[Row]:
        """Read."""
        with self._opened() as connection:
            return [_values(row) for row in connection.execute(statement)]

    def disturb(self, draw: Random) -> None:
        """Keep everybody from writing for a while."""
        with self._unless_barred() as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(draw.uniform(0, 0.3))
            connection.execute("ROLLBACK")

    def lift_holds(self) -> None:
        """Lift all holds."""
        with self._unless_barred() as connection:
            connection.execute(_NO_HOLDS)

    def remember(self, *, fenced: bool) -> None:
        """Keep every outcome that an attempt ever had."""
        script = f"{_SAID};{_SAID_BY_ID};{_SQLITE_SAID}" + ("" if fenced else _SQLITE_UNFENCED)
        with self._opened() as connection:
            connection.executescript(script)

    @contextmanager
    def _unless_barred(self) -> Iterator[sqlite3.Connection]:
        # A process that is paused may be the one that writes, and only we can wake it.
        with suppress(sqlite3.OperationalError), self._opened() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        connecting = sqlite3.connect(self._path, timeout=0.1, isolation_level=None)
        with closing(connecting) as connection:
            connection.row_factory = sqlite3.Row
            yield connection


def _values(row: sqlite3.Row) -> Row:
    values = dict(row)
    values |= {name: json.loads(values[name]) for name in _JSON if name in values}
    for name in _TIMES:
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    return values


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Database]:
    """Give a database without tables: ``postgres`` or ``sqlite``."""
    if kind == "sqlite":
        yield Sqlite(folder / "notifykit.db")
        return
    with (
        postgres_server.running() as server,
        server.database() as url,
        closing(Postgres(url)) as database,
    ):
        yield database
