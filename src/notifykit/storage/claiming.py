"""Takes what is due, in one statement that is made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Interval, bindparam, literal_column

from notifykit.storage import statements
from notifykit.storage.columns import MOMENT, storable
from notifykit.storage.direct import Direct, Prepared, Row
from notifykit.storage.notifying import durably
from notifykit.storage.statements import SERVER_TIME, Time
from notifykit.submission import Lease


def claim_due(
    connection: Direct, *, source: str, lease: Lease, limit: int, now: Time, heaviest: int | None
) -> list[Row]:
    """Claim, and give the rows; see `SubmissionRepository.claim` and `statements.claiming`."""
    values = {"source_": storable(source), "owner": storable(lease.owner), "most": limit}
    if told := isinstance(now, datetime):
        values |= {"now": now, "until": now + lease.duration}
    else:
        values |= {"duration": lease.duration}
    if heaviest is not None:
        values["heaviest"] = heaviest
    return connection.run(_claiming(told=told, weighed=heaviest is not None), values)


def tried(rows: Sequence[Row]) -> list[str]:
    """Name those of the claimed whose attempts have to be read."""
    # Not by what the statement saw alone: whoever had the lease before may have begun an attempt
    # after it began and before the row was ours.
    return [row["id"] for row in rows if row["tried"] or row["fence"] > 1]


# In words, because SQLAlchemy names the columns of what SQLite returns without their tables.
_TRIED: Any = literal_column(
    "EXISTS (SELECT 1 FROM delivery_attempts"
    " WHERE delivery_attempts.submission_id = order_submissions.id)"
)


@lru_cache(maxsize=4)
def _claiming(*, told: bool, weighed: bool) -> Prepared:
    duration = cast("timedelta", bindparam("duration", type_=Interval()))
    claiming = statements.claiming(
        cast("str", bindparam("source_")),
        Lease(owner=cast("str", bindparam("owner")), duration=duration),
        cast("int", bindparam("most")),
        bindparam("now", type_=MOMENT) if told else SERVER_TIME,
        until=bindparam("until", type_=MOMENT) if told else None,
        heaviest=cast("int", bindparam("heaviest")) if weighed else None,
    )
    claiming = claiming.returning(_TRIED.label("tried"), durably())
    return Prepared(lambda _: claiming)
