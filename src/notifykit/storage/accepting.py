"""Keeps several new submissions in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection, Select, Update, or_, select, update
from sqlalchemy.exc import DBAPIError, StatementError

from notifykit.errors import StorageError
from notifykit.storage.columns import size_of, storable
from notifykit.storage.direct import Direct
from notifykit.storage.inserting import inserted
from notifykit.storage.rows import Executor, found, impatient
from notifykit.storage.statements import Time
from notifykit.storage.tables import submissions
from notifykit.submission import Lease, Status, Submission
from notifykit.values import changed

_OURS = ("INSERT", "UPDATE", "SELECT", "WITH")

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
    return next(inserted(connection, [(wanted.submission, wanted.lease)], now), None)


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
    new = [(one.submission, one.lease) for one in candidates]
    return {_key(submission): submission for submission in inserted(connection, new, now)}


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
