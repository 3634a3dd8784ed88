"""The part of the port that limits are kept by, and how it is done in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from notifykit.rates import Rate
from notifykit.submission import Status, Submission


class Metering(Protocol):
    """Keeps how much of each limit is used up, for all processes that share the store."""

    async def take(self, source: str, name: str, rate: Rate, *, cost: int = 1) -> timedelta:
        """
        Take from a source's bucket of this name, if it has enough; see `Rate` for when it has.

        However many callers there are, in whatever processes, no more is let through than the rate
        allows; the store's clock counts. A bucket that is not known yet is full. With a negative
        ``cost`` that much is given back. A crash of the store may forget the takes of a moment.

        Returns:
            Zero: it was taken. Otherwise how long until it may be asked again; nothing was taken.
        """
        ...

    async def filling(self, source: str, name: str) -> timedelta:
        """Say how long until a bucket is full again, if nothing more is taken; take nothing."""
        ...

    async def known(
        self, submission: Submission, *, window: timedelta | None = None
    ) -> Submission | None:
        """
        Find what `SubmissionRepository.add` would find in place of this one, and add nothing.

        Returns:
            The first one with its key, ``repeated`` set, with its attempts; ``None``: it is new.
        """
        ...


class MemoryMetering:
    """Keeps it until the process ends."""

    _clock: Callable[[], datetime]
    _submissions: dict[str, Submission]

    def __init__(self) -> None:
        super().__init__()
        self._full_at: dict[tuple[str, str], datetime] = {}

    async def take(self, source: str, name: str, rate: Rate, *, cost: int = 1) -> timedelta:
        """Take from a bucket, if there is enough in it."""
        full_at, now = self._full_at.get((source, name)), self._clock()
        wait = rate.wait(full_at, now, cost)
        if not wait:
            self._full_at[source, name] = rate.taken(full_at, now, cost)
        return wait

    async def filling(self, source: str, name: str) -> timedelta:
        """Say how long until a bucket is full."""
        now = self._clock()
        return max(self._full_at.get((source, name), now) - now, timedelta(0))

    async def known(
        self, submission: Submission, *, window: timedelta | None = None
    ) -> Submission | None:
        """Find the first submission with this one's key."""
        key = submission.source, submission.idempotency_key
        since = datetime.min.replace(tzinfo=UTC) if window is None else self._clock() - window
        for first in self._submissions.values():
            same = (first.source, first.idempotency_key) == key
            if same and first.status is not Status.FAILED and first.created_at >= since:
                return replace(first, repeated=True)
        return None
