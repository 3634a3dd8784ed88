"""Keeps several new submissions in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Interval,
    Select,
    Text,
    Update,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, StatementError

from notifykit.errors import StorageError
from notifykit.storage.columns import size_of, storable
from notifykit.storage.direct import Direct, Prepared
from notifykit.storage.notifying import durably, waking
from notifykit.storage.rows import Executor, found, impatient, submission_of
from notifykit.storage.statements import INSERT, LIGHT, SERVER_TIME, Time
from notifykit.storage.tables import submissions
from notifykit.submission import Lease, Status, Submission
from notifykit.values import changed

_OURS = ("INSERT", "UPDATE", "SELECT", "WITH")
# What the store says, and not the caller.
_SAID = ("status", "due_at", "lease_owner", "fence", "created_at", "updated_at")
_GIVEN = [column.name for column in submissions.c if column.name not in _SAID]
_VALUES = attrgetter(*_GIVEN)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    One call of `SubmissionRepository.add`.

    Attributes:
        maybe_kept: An earlier try broke off, and nobody knows whether it kept this very one.
    """

    submission: Submission
    lease: Lease | None = None
    window: timedelta | None = None
    maybe_kept: bool = False

    @property
    def key(self) -> Key:
        """What no two submissions share, as it is kept."""
        return storable(self.submission.source), storable(self.submission.idempotency_key)

    def maybe_kept_by_us(self, kept: Submission) -> bool:
        """Whether the broken try kept it, and nobody else has worked on it since."""
        return self.maybe_kept and (self.lease is None or kept.fence == 1)

    @property
    def weight(self) -> int:
        """About how many bytes it has."""
        email = self.submission.email
        return 0 if email is None else size_of(email)


def concerns_one_row(error: BaseException) -> bool:
    """Whether what failed may be one row's fault, so that the others can do without it."""
    cause = error.__cause__ if isinstance(error, StorageError) else error
    if isinstance(cause, DBAPIError):
        said = cause.statement or ""
        return said.startswith(_OURS) and not cause.connection_invalidated
    return isinstance(cause, StatementError | TypeError | ValueError | OverflowError)


def add_all(
    connection: Executor, wanted: Sequence[Wanted], now: Time, *, ours: bool = False
) -> list[Submission | Exception]:
    """
    Keep what is new and find what is not.

    Of several with one key the one that allows the shortest window adds, if anybody does: where
    it finds an earlier submission, so do the others.

    Args:
        connection: In a transaction.
        ours: It is a connection of SQLAlchemy's that nobody else uses, and nobody watches.

    Returns:
        For each what is kept now, or why there is nothing.
    """
    firsts: dict[Key, Wanted] = {}
    for one in sorted(wanted, key=_strictness):
        firsts.setdefault(one.key, one)
    # Transactions that take the same keys in the same order do not block each other for ever.
    candidates = [firsts[key] for key in sorted(firsts)]
    with impatient(connection, many=len(wanted) > 1):
        own = cast("Connection", connection)
        insert = partial(_inserted, Direct(own) if ours else connection)
        kept = insert(candidates, now)
        if taken := [one for one in candidates if one.key not in kept]:
            retired = [connection.execute(each).all() for each in _retirements(taken, now)]
            if any(retired):
                kept |= insert(taken, now)
        added = {submission.id for submission in kept.values()}
        for search in _searches(firsts.keys() - kept):
            kept |= {_key(first): first for first in found(connection, search)}
    return [_answer(one, kept.get(one.key), added) for one in wanted]


def add_new(connection: Direct, wanted: Wanted, now: Time) -> Submission | None:
    """Keep it in one statement, which commits durably; ``None``: its key is taken."""
    return next(_inserted_directly(connection, wanted.lease, [wanted.submission], now), None)


def broke(error: StorageError) -> bool:
    """Whether the connection was gone, so that nobody knows what became of the statement."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and cause.connection_invalidated


def _strictness(wanted: Wanted) -> timedelta:
    return timedelta.max if wanted.window is None else wanted.window


def _key(submission: Submission) -> Key:
    return submission.source, submission.idempotency_key


def _answer(wanted: Wanted, kept: Submission | None, added: set[str]) -> Submission | StorageError:
    if kept is None:
        return StorageError("the first one was removed just now")
    is_new = kept.id == wanted.submission.id and (kept.id in added or wanted.maybe_kept_by_us(kept))
    return kept if is_new else changed(kept, repeated=True)


def _retirements(candidates: Iterable[Wanted], now: Time) -> list[Update]:
    grouped = defaultdict(list)
    candidates = list(candidates)
    own = [one.submission.id for one in candidates if one.maybe_kept]
    for one in candidates:
        source, idempotency_key = one.key
        grouped[source, one.window].append(idempotency_key)
    key = submissions.c.idempotency_key
    failed = submissions.c.status == Status.FAILED
    return [
        update(submissions)
        .where(submissions.c.source == source, key.in_(keys), submissions.c.id.not_in(own))
        .where(failed if window is None else or_(failed, submissions.c.created_at < now - window))
        .values(idempotency_key=key.concat(":").concat(submissions.c.id))
        .returning(submissions.c.id)
        for (source, window), keys in grouped.items()
    ]


def _inserted(
    connection: Executor | Direct, candidates: Iterable[Wanted], now: Time
) -> dict[Key, Submission]:
    grouped = defaultdict(list)
    for one in candidates:
        grouped[one.lease].append(one.submission)
    kept = (
        _inserted_directly(connection, lease, new, now)
        if isinstance(connection, Direct)
        else _inserted_as_told(connection, lease, new, now)
        for lease, new in grouped.items()
    )
    return {_key(submission): submission for each in kept for submission in each}


def _inserted_as_told(
    connection: Executor, lease: Lease | None, new: Sequence[Submission], now: Time
) -> Iterator[Submission]:
    for submission in new:
        row = {name: getattr(submission, name) for name in _GIVEN} | _said(lease, now)
        insertion = _insertion(connection.dialect.name, lease is None).values(row)
        for kept in connection.execute(insertion).mappings():
            yield submission_of(kept, submission.email)


def _inserted_directly(
    connection: Direct, lease: Lease | None, new: Sequence[Submission], now: Time
) -> Iterator[Submission]:
    told, leased = isinstance(now, datetime), lease is not None
    said: dict[str, Any] = _said(lease, now) if told else {}
    if lease is not None and not told:
        said = {"owner": lease.owner, "duration": lease.duration}
    if len(new) > 1 and connection.dialect.name == "postgresql":
        rows = [_VALUES(submission) for submission in new]
        columns = dict(zip(_GIVEN, map(list, zip(*rows, strict=True)), strict=True))
        found = connection.run(_additions(told=told, leased=leased), _bound(columns | said))
    else:
        addition = _addition(told=told, leased=leased)
        found = [
            row
            for submission in new
            for row in connection.run(
                addition, _bound(dict(zip(_GIVEN, _VALUES(submission), strict=True)) | said)
            )
        ]
    emails = {submission.id: submission.email for submission in new}
    return (submission_of(row, emails[row["id"]]) for row in found)


def _bound(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_": value for name, value in values.items()}


def _said(lease: Lease | None, now: Time) -> dict[str, Any]:
    said = {"created_at": now, "updated_at": now}
    if lease is None:
        return said | {"status": Status.QUEUED, "due_at": now, "lease_owner": None, "fence": 0}
    until = now + lease.duration
    return said | {
        "status": Status.SENDING,
        "due_at": until,
        "lease_owner": lease.owner,
        "fence": 1,
    }


@lru_cache(maxsize=4)
def _addition(*, told: bool, leased: bool) -> Prepared:
    """Keep one."""
    values = {name: _bind(name) for name in _GIVEN} | _saying(told=told, leased=leased)
    return Prepared(lambda dialect: _insertion(dialect, not leased).values(values))


@lru_cache(maxsize=4)
def _additions(*, told: bool, leased: bool) -> Prepared:
    """Keep many; whatever their number, the statement is the same."""
    columns = [submissions.c[name] for name in _GIVEN]
    # A value may be a list itself, but is one value.
    lists = [
        bindparam(f"{column.name}_", type_=ARRAY(column.type, dimensions=1)) for column in columns
    ]
    shape = [Column(column.name, column.type) for column in columns]
    given = func.unnest(*lists).table_valued(*shape).render_derived(name="given")
    said = _saying(told=told, leased=leased)
    rows = select(*given.c, *said.values())
    return Prepared(
        lambda dialect: _insertion(dialect, not leased).from_select([*_GIVEN, *said], rows)
    )


def _saying(*, told: bool, leased: bool) -> dict[str, Any]:
    if told:
        return {name: _bind(name) for name in _SAID}
    duration = cast("timedelta", bindparam("duration_", type_=Interval()))
    lease = Lease(owner=cast("str", bindparam("owner_", type_=Text())), duration=duration)
    said = _said(lease if leased else None, SERVER_TIME)
    return {
        name: value
        if isinstance(value, ColumnElement)
        else literal(value, submissions.c[name].type)
        for name, value in said.items()
    }


def _bind(name: str) -> Any:
    return bindparam(f"{name}_", type_=submissions.c[name].type)


@lru_cache(maxsize=8)
def _insertion(dialect: str, wakes: bool) -> Any:  # noqa: FBT001 - a key of the cache
    return (
        INSERT[dialect](submissions)
        .on_conflict_do_nothing(index_elements=["source", "idempotency_key"])
        .returning(*LIGHT, durably(), *([waking(submissions.c.source)] if wakes else []))
    )


def _searches(keys: Iterable[Key]) -> list[Select[Any]]:
    grouped = defaultdict(list)
    for source, key in keys:
        grouped[source].append(key)
    return [
        select(submissions).where(
            submissions.c.source == source, submissions.c.idempotency_key.in_(wanted)
        )
        for source, wanted in grouped.items()
    ]
