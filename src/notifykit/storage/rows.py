"""Rows become submissions, with their attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from notifykit.message import Email
from notifykit.storage import statements
from notifykit.storage.tables import submissions
from notifykit.submission import Attempt, Submission


async def found(connection: AsyncConnection, statement: Any) -> list[Submission]:
    """Run a statement that gives submissions, and find their attempts."""
    rows = (await connection.execute(statement)).mappings().all()
    return await with_attempts(connection, rows)


async def with_attempts(
    connection: AsyncConnection, rows: Sequence[RowMapping], email: Email | None = None
) -> list[Submission]:
    """Find the attempts of all the rows at once."""
    if not rows:
        return []
    known = defaultdict(list)
    ids = [row["id"] for row in rows]
    for row in (await connection.execute(statements.attempts_of(ids))).mappings():
        known[row["submission_id"]].append(_attempt(row))
    return [submission_of(row, email, tuple(known[row["id"]])) for row in rows]


def submission_of(
    row: RowMapping, email: Email | None, attempts: tuple[Attempt, ...] = ()
) -> Submission:
    """Make a submission of a row, with this email where the row comes without."""
    given = {name: row[name] for name in row if name in submissions.c}
    return Submission(**{"email": email, **given, "attempts": attempts})


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{name: row[name] for name in row if name not in ("number", "submission_id")})
