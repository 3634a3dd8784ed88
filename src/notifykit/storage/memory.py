"""Submissions in this process's memory: for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifykit.errors import GoneError, LeaseLostError
from notifykit.reception import reception
from notifykit.storage.base import Condition
from notifykit.storage.metering import MemoryMetering
from notifykit.storage.waking import Wakeups
from notifykit.storage.watching import MemoryOverview
from notifykit.submission import OPEN, Event, Hold, Lease, Outcome, Status, Submission


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryRepository(MemoryMetering, MemoryOverview):
    """
    Keeps submissions until the process ends, and not a moment longer.

    Args:
        clock: Gives the time, aware; leases, windows and holds are counted by it.
    """

    def __init__(self, *, clock: Callable[[], datetime] = _utc_now) -> None:
        super().__init__()
        self._clock = clock
        self._submissions: dict[str, Submission] = {}
        self._events: dict[tuple[str, str], Event] = {}
        self._holds: dict[tuple[str, str], Hold] = {}
        self._wakeups = Wakeups()

    async def add(
        self,
        submission: Submission,
        *,
        lease: Lease | None = None,
        window: timedelta | None = None,
    ) -> Submission:
        """Keep a new submission, or find the one with its key."""
        now = self._clock()
        first = self._with_key_of(submission)
        expired = window is not None and first is not None and first.created_at < now - window
        if first and not expired and first.status is not Status.FAILED:
            return replace(first, repeated=True)
        if first:
            self._put(replace(first, idempotency_key=f"{first.idempotency_key}:{first.id}"))
        new = replace(submission, created_at=now, updated_at=now, attempts=(), repeated=False)
        if lease is None:
            self._wakeups.wake(new.source)
            return self._put(_freed(new, Status.QUEUED, due_at=now))
        return self._put(_leased(replace(new, fence=0), lease, now))

    async def get(self, id: str) -> Submission | None:  # noqa: A002 - the attribute has this name
        """Find a submission by id."""
        return self._submissions.get(id)

    async def claim(
        self,
        *,
        source: str,
        lease: Lease,
        limit: int = 1,
        id: str | None = None,  # noqa: A002 - the attribute has this name
        fence: int | None = None,
    ) -> Sequence[Submission]:
        """Take what has been due for the longest, or the one with this id."""
        now = self._clock()
        ours = [known for known in self._submissions.values() if known.source == source]
        if id is not None:
            seen = [known for known in ours if known.id == id and fence in (None, known.fence)]
            due = [known for known in seen if _free(known, now)]
        else:
            waiting = [(known.due_at, known) for known in ours if known.due_at]
            ready = [pair for pair in waiting if pair[0] <= now]
            due = [known for _, known in sorted(ready, key=lambda pair: pair[0])[:limit]]
        due.sort(key=lambda known: known.created_at)
        return [self._put(_leased(known, lease, now)) for known in due]

    async def renew(self, submission: Submission, lease: Lease) -> None:
        """Let the lease run from now on."""
        kept = self._submissions.get(submission.id)
        if kept is None or (kept.fence, kept.status) != (submission.fence, Status.SENDING):
            raise LeaseLostError(f"somebody else works on submission {submission.id} now")
        self._put(replace(kept, due_at=self._clock() + lease.duration))

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """Keep the state and the newest attempt."""
        kept = self._submissions.get(submission.id)
        if kept is None:
            raise GoneError(f"there is no submission {submission.id}")
        ours = kept.fence == submission.fence
        attempts = {attempt.id: attempt for attempt in kept.attempts}
        for attempt in submission.attempts[-1:]:
            if attempt.outcome is Outcome.STARTED and not ours:
                continue  # before the wire was touched: there was no attempt
            before = attempts.get(attempt.id, attempt)
            known_already = attempt.outcome in OPEN and before.outcome not in OPEN
            attempts[attempt.id] = before if known_already else attempt
        kept = self._put(replace(kept, attempts=tuple(attempts.values())))
        if not ours:
            self._put_and_settle_late(kept)
            raise LeaseLostError(f"somebody else works on submission {kept.id} now")
        now = self._clock()
        becomes_sent = submission.status is Status.SENT and kept.status is not Status.SENT
        due_at = None if again_in is None else now + again_in
        saved = replace(
            kept,
            last_error=submission.last_error,
            diagnosis=submission.diagnosis,
            updated_at=now,
            sent_at=now if becomes_sent else kept.sent_at,
        )
        if submission.status is not Status.SENDING:
            saved = _freed(saved, submission.status, due_at=due_at)
            if due_at is not None and due_at <= now:
                self._wakeups.wake(kept.source)
        saved = self._put_and_settle_late(replace(saved, status=submission.status))
        return replace(saved, email=submission.email)

    async def record(self, event: Event) -> Submission | None:
        """Keep an event once, and what it says about delivery."""
        submission = self._submissions.get(event.submission_id)
        if submission is None:
            return None
        unique = (event.provider, event.id)
        if unique in self._events:
            return replace(submission, email=None, repeated=True)
        self._events[unique] = replace(event, received_at=self._clock())
        delivery = reception(submission.delivery, event.kind)
        return replace(self._put(replace(submission, delivery=delivery)), email=None)

    async def events(self, submission_id: str) -> Sequence[Event]:
        """List what was told about a submission, in the order in which it happened."""
        told = [event for event in self._events.values() if event.submission_id == submission_id]
        return sorted(told, key=lambda event: event.occurred_at)

    async def changed(self, source: str, *, within: timedelta) -> None:
        """Wait until something of this process may have become due."""
        await self._wakeups.wait(source, within)

    async def hold(self, hold: Hold, *, lasting: timedelta) -> None:
        """Leave a provider alone for so long."""
        until = self._clock() + lasting
        self._holds[hold.source, hold.provider] = replace(hold, until=until)

    async def release(self, source: str, provider: str) -> None:
        """Lift a hold."""
        if self._holds.pop((source, provider), None):
            self._wakeups.wake(source)

    async def holds(self, source: str) -> Sequence[Hold]:
        """List the holds in force."""
        now = self._clock()
        ours = [hold for hold in self._holds.values() if hold.source == source]
        in_force = [hold for hold in ours if hold.until and hold.until > now]
        return sorted(in_force, key=lambda hold: hold.provider)

    async def probe(self) -> Condition:
        """Tell the time; there is nothing that could be missing."""
        return Condition(name="memory", now=self._clock(), lasting=False)

    async def aclose(self) -> None:
        """Keep everything: there is nothing to let go of."""

    def _put_and_settle_late(self, submission: Submission) -> Submission:
        if submission.answered_late:
            self._wakeups.wake(submission.source)
            submission = replace(submission, due_at=self._clock())
        return self._put(submission)

    def _put(self, submission: Submission) -> Submission:
        self._submissions[submission.id] = submission
        return submission

    def _with_key_of(self, new: Submission) -> Submission | None:
        unique = (new.source, new.idempotency_key)
        everything = self._submissions.values()
        return next(
            (old for old in everything if (old.source, old.idempotency_key) == unique), None
        )


def _free(submission: Submission, now: datetime) -> bool:
    leased = submission.status is Status.SENDING and submission.due_at and submission.due_at > now
    return submission.status is not Status.SENT and not leased


def _leased(submission: Submission, lease: Lease, now: datetime) -> Submission:
    return replace(
        submission,
        status=Status.SENDING,
        lease_owner=lease.owner,
        fence=submission.fence + 1,
        due_at=now + lease.duration,
        updated_at=now,
    )


def _freed(submission: Submission, status: Status, *, due_at: datetime | None) -> Submission:
    return replace(submission, status=status, lease_owner=None, due_at=due_at)
