"""Lists of submissions, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from notifykit.storage.base import Filter
from notifykit.storage.bounds import within
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.rows import found
from notifykit.storage.searching import Search, search_in
from notifykit.storage.statements import LIGHT
from notifykit.storage.tables import TOLD, UNSENT, attempts, decisions, submissions
from notifykit.submission import Action, Status, Submission

# Where so few answer to one condition, they are looked through for all the others.
_FEW = 1_000
_MANY = 20_000
# The next ids that are looked at, where the ones before did not fill the page.
_WIDER, _WIDEST = 4, 1_000

_SAME = ("source", "kind", "reference", "message_id", "delivery")


class SqlLists(SqlConnections):
    """Lists submissions."""

    @unbroken
    async def recent(self, filter: Filter = Filter(), *, limit: int = 50) -> Sequence[Submission]:  # noqa: A002, B008 - frozen value; the word of the field
        """
        List submissions, newest first.

        The condition that fewest answer to leads: an index gives the ids that answer to it, newest
        first, and the others are checked on those. So it costs about the same with many rows as
        with few; only conditions that many answer to each and hardly any together cost more.
        """
        return await self._read(partial(_listed, wanted=filter, limit=limit))


def plain(wanted: Filter, limit: int) -> Select[Any]:
    """List without emails, newest first, whatever index may help."""
    listed = select(*LIGHT).where(*_conditions(wanted), *within(submissions.c.id, wanted))
    return listed.order_by(submissions.c.id.desc()).limit(limit)


def acknowledged() -> ColumnElement[bool]:
    """Make the condition that somebody has acknowledged it."""
    return exists().where(
        decisions.c.submission_id == submissions.c.id, decisions.c.action == Action.ACKNOWLEDGED
    )


def stands(status: Status) -> ColumnElement[bool]:
    """Make the condition on the status; the planner matches a partial index only by the word."""
    return submissions.c.status == literal_column(f"'{status.value}'")


@dataclass(frozen=True, slots=True)
class _Lead:
    """
    Ids that answer to one condition, newest first.

    Attributes:
        ids: Of so many at most, under the bounds of a filter.
    """

    ids: Callable[[Filter, int], Select[Any]]

    def count(self, connection: Connection, wanted: Filter) -> int:
        """Count them, up to many."""
        some = self.ids(wanted, _MANY).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def next(self, connection: Connection, wanted: Filter, limit: int) -> list[str]:
        """Give the next ones."""
        return list(connection.execute(self.ids(wanted, limit)).scalars())


def _listed(connection: Connection, *, wanted: Filter, limit: int) -> list[Submission]:
    search = search_in(connection, wanted)
    lead = _lead(connection, wanted, search)
    if lead is None:
        return found(connection, plain(wanted, limit))
    listed: list[Submission] = []
    conditions = [*_conditions(wanted), *(search.conditions() if search is not None else ())]
    place, size = wanted, limit if len(conditions) == 1 else _WIDER * limit
    while len(listed) < limit:
        ids = lead.next(connection, place, size)
        chosen = select(*LIGHT).where(submissions.c.id.in_(ids), *conditions)
        ordered = chosen.order_by(submissions.c.id.desc()).limit(limit - len(listed))
        listed += found(connection, ordered)
        if len(ids) < size:
            break
        place, size = _after(place, ids[-1]), min(_WIDER * size, max(_WIDEST, limit))
    return listed


def _after(wanted: Filter, last: str) -> Filter:
    names = ("source", "created_before", "created_after")
    return Filter(before=last, **{name: getattr(wanted, name) for name in names})


def _lead(connection: Connection, wanted: Filter, search: Search | None) -> _Lead | Search | None:
    """Choose the condition that is likely to leave the fewest."""
    counted = [(lead.count(connection, wanted), lead) for lead in _leads(wanted)]
    fewest, lead = min(counted, key=lambda pair: pair[0], default=(_MANY, None))
    if search is None or fewest <= _FEW:
        return lead
    return lead if lead and fewest < _MANY and search.is_common(connection) else search


def _leads(wanted: Filter) -> list[_Lead]:
    leads = []
    if wanted.statuses and Status.SENT not in wanted.statuses:
        leads.append(_Lead(partial(_with_status, wanted.statuses)))
    if wanted.delivery is not None:
        leads.append(_Lead(partial(_with_delivery, wanted.delivery)))
    if wanted.provider is not None:
        leads.append(_Lead(partial(_asked_of, wanted.provider)))
    return leads


def _with_status(statuses: Sequence[Status], wanted: Filter, limit: int) -> Select[Any]:
    of_source = [] if wanted.source is None else [submissions.c.source == wanted.source]
    each = [
        select(submissions.c.id)
        .where(UNSENT, stands(status), *of_source)
        .where(*within(submissions.c.id, wanted))
        .order_by(submissions.c.id.desc())
        .limit(limit)
        .subquery()
        for status in dict.fromkeys(statuses)
    ]
    ids = union_all(*(select(one.c.id) for one in each)).subquery()
    return select(ids.c.id).order_by(ids.c.id.desc()).limit(limit)


def _with_delivery(delivery: str, wanted: Filter, limit: int) -> Select[Any]:
    told = select(submissions.c.id).where(TOLD, submissions.c.delivery == delivery)
    bounded = told.where(*within(submissions.c.id, wanted))
    return bounded.order_by(submissions.c.id.desc()).limit(limit)


def _asked_of(provider: str, wanted: Filter, limit: int) -> Select[Any]:
    id_ = attempts.c.submission_id
    asked = select(id_).distinct().where(attempts.c.provider == provider, *within(id_, wanted))
    return asked.order_by(id_.desc()).limit(limit)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [
        submissions.c[name] == value
        for name in _SAME
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.statuses:
        conditions.append(submissions.c.status.in_(wanted.statuses))
    if wanted.created_before is not None:
        conditions.append(submissions.c.created_at < wanted.created_before)
    if wanted.created_after is not None:
        conditions.append(submissions.c.created_at >= wanted.created_after)
    if wanted.provider is not None:
        of_this = attempts.c.submission_id == submissions.c.id
        conditions.append(exists().where(of_this, attempts.c.provider == wanted.provider))
    if wanted.acknowledged is not None:
        conditions.append(acknowledged() if wanted.acknowledged else ~acknowledged())
    return conditions
