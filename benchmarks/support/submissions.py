"""Submissions as a shop has them after a year."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.support.accepting import drafted
from notifykit.storage.columns import EMAIL
from notifykit.words import words_of

# A million in a year.
EVERY = timedelta(seconds=31)
_BATCH = 5_000
# The mails of the others were purged.
_WITH_MAIL = 20_000
# How often something is: so many in all, one of so many, and shares.
_HANDFUL, _SELDOM, _SECOND = 5, 1_000, 30
_CALLS, _COMMON = 0.1, 0.2

RARE, MIDDLE, COMMON = "Черномырдина", "Кузнецов", "Иван"
_FIRST = ("Анна", "Ольга", "Пётр", "Мария", "Сергей", "Елена", "Юрий", "Дарья")
_SYLLABLES = ("Бо", "ва", "ги", "до", "же", "зу", "ко", "ла", "ми", "но", "пе", "ру", "са", "ти")

_SUBMISSION = (
    *("id", "source", "kind", "reference", "status", "delivery", "recipients", "subject"),
    *("notification", "email", "message_id", "idempotency_key", "due_at", "fence"),
    *("created_at", "updated_at", "sent_at", "search"),
)
_ATTEMPT = (
    *("id", "submission_id", "provider", "outcome", "code", "error", "accepted", "refused"),
    *("sha256", "started_at", "finished_at"),
)

Row = tuple[Any, ...]


@cache
def newest() -> datetime:
    """Say when the newest one was accepted."""
    return datetime.now(UTC).replace(microsecond=0)


def fill(url: str, rows: int) -> None:
    """Make so many, each with an attempt, in a database that has the tables."""
    made = ((_submission(number, rows), number) for number in reversed(range(rows)))
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            for batch in _batches(made, rows):
                for table, names, values in batch:
                    marks = ", ".join("?" * len(names))
                    connection.executemany(
                        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values
                    )
                connection.commit()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for batch in _batches(made, rows):
            for table, names, values in batch:
                copy = f"COPY {table} ({', '.join(names)}) FROM STDIN"
                with connection.cursor().copy(copy) as copying:
                    for value in values:
                        copying.write_row(value)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _batches(made: Iterator[tuple[Row, int]], rows: int) -> Iterator[Any]:
    while some := list(islice(made, _BATCH)):
        yield (
            ("order_submissions", _SUBMISSION, [row for row, _ in some]),
            ("delivery_attempts", _ATTEMPT, [_attempt(row, number) for row, number in some]),
        )


def _submission(number: int, rows: int) -> Row:
    chance = random.Random(number)
    at = newest() - number * EVERY
    id_ = f"{int(at.timestamp() * 1_000):012x}7{chance.getrandbits(76):019x}"
    id_ = "-".join((id_[:8], id_[8:12], id_[12:16], f"a{id_[17:20]}", id_[20:]))
    reference = f"KMT-{chance.randrange(10_000):04}"
    is_call, status = chance.random() < _CALLS, _status(number, chance)
    told = {
        "customer": {"name": _name(number, rows, chance), "phone": f"+7900{number:07}"},
        "lines": [
            {"code": f"00-{chance.randrange(20_000):05}", "title": "Цемент М500", "quantity": "10"}
            for _ in range(0 if is_call else 5)
        ],
    }
    moment = at.isoformat(" ", "microseconds")
    sent = (at + timedelta(seconds=chance.expovariate(0.5))).isoformat(" ", "microseconds")
    return (
        id_,
        "rare"
        if _is_one_of_a_handful(number, rows, 1)
        else "second"
        if number % 30 == 0
        else "bot",
        "refund"
        if _is_one_of_a_handful(number, rows, 2)
        else "manager_call"
        if is_call
        else "order",
        reference,
        status,
        chance.choices((None, "delivered", "bounced"), (140, 60, 1))[0],
        '["sales@example.com"]',
        "Заказ",
        json.dumps(told, ensure_ascii=False),
        _mail() if number < _WITH_MAIL else None,
        f"<{id_}@example.com>",
        f"order:{id_}",
        moment if status == "QUEUED" else None,
        1,
        moment,
        moment,
        sent if status == "SENT" else None,
        words_of(reference, told),
    )


def _attempt(row: Row, number: int) -> Row:
    chance = random.Random(-number)
    provider = "mailgun" if number % _SELDOM == 1 else chance.choice(("gmail",) * 6 + ("yandex",))
    refused = row[4] == "FAILED"
    outcome = {"SENT": "ACCEPTED", "FAILED": "REJECTED", "QUEUED": "UNAVAILABLE"}
    return (
        f"{row[0]}-1",
        row[0],
        provider,
        outcome.get(row[4], "UNKNOWN"),
        550 if refused else None,
        "550 5.1.1 no such mailbox" if refused else None,
        "[]" if refused else row[6],
        "[]",
        "a" * 64,
        row[14],
        row[16] or row[14],
    )


def _source(number: int, rows: int) -> str:
    if _is_one_of_a_handful(number, rows, 1):
        return "rare"
    return "bot" if number % _SECOND else "second"


def _kind(number: int, rows: int, *, is_call: bool) -> str:
    if _is_one_of_a_handful(number, rows, 2):
        return "refund"
    return "manager_call" if is_call else "order"


def _status(number: int, chance: random.Random) -> str:
    if number < _HANDFUL:
        return "QUEUED"
    return chance.choices(("SENT", "FAILED", "UNCONFIRMED"), (985, 13, 2))[0]


def _name(number: int, rows: int, chance: random.Random) -> str:
    if _is_one_of_a_handful(number, rows, 0):
        return f"Анна {RARE}"
    first = COMMON if chance.random() < _COMMON else chance.choice(_FIRST)
    if number % _SELDOM == 0:
        return f"{first} {MIDDLE}"
    return f"{first} {''.join(chance.choices(_SYLLABLES, k=3)).capitalize()}ев"


def _is_one_of_a_handful(number: int, rows: int, which: int) -> bool:
    return number % max(rows // _HANDFUL, 1) == which


@cache
def _mail() -> str:
    email = asyncio.run(drafted()).next().email
    return str(EMAIL.dump(email))
