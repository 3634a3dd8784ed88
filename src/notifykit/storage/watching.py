"""What people look through, over submissions in this process's memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifykit.storage.base import Filter
from notifykit.storage.overview import (
    CALL,
    MEASURED,
    Accepted,
    Backlog,
    Choices,
    Pace,
    Period,
    Tally,
    Tried,
)
from notifykit.submission import OPERATOR, Action, Attempt, Decision, Status, Submission
from notifykit.words import folded, terms


class MemoryOverview:
    """Counts, lists and finds; each question looks at everything there is."""

    _clock: Callable[[], datetime]
    _submissions: dict[str, Submission]

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}

    async def recent(self, filter: Filter = Filter(), *, limit: int = 50) -> Sequence[Submission]:  # noqa: A002, B008 - frozen value; the word of the field
        """List submissions, newest first."""
        newest = (self._submissions[id_] for id_ in sorted(self._submissions, reverse=True))
        found = [replace(one, email=None) for one in newest if self._matches(filter, one)]
        return found[:limit]

    async def tally(self, period: Period) -> Tally:
        """Count what was accepted and what was tried."""
        ours = [one for one in self._submissions.values() if period.source in (None, one.source)]
        accepted = [one for one in ours if period.since <= one.created_at < period.until]
        return Tally(
            since=period.since,
            until=period.until,
            accepted=_accepted(accepted),
            tried=_tried(period, (attempt for one in ours for attempt in one.attempts)),
            pace=_pace(accepted),
        )

    async def backlog(
        self, source: str | None = None, *, calls_within: timedelta = timedelta(days=7)
    ) -> Backlog:
        """Count what is open now."""
        now = self._clock()
        ours = [one for one in self._submissions.values() if source in (None, one.source)]
        queued = [one.created_at for one in ours if one.status is Status.QUEUED]
        due = [one.due_at for one in ours if one.due_at and one.due_at <= now]
        calls = Filter(kind=CALL, created_after=now - calls_within, acknowledged=False)
        return Backlog(
            queued=len(queued),
            sending=sum(one.status is Status.SENDING for one in ours),
            unconfirmed=sum(one.status is Status.UNCONFIRMED for one in ours),
            queued_since=min(queued, default=None),
            due_since=min(due, default=None),
            calls=sum(self._matches(calls, one) for one in ours),
        )

    async def choices(self) -> Choices:
        """List what there is."""
        everything = self._submissions.values()
        return Choices(
            sources=tuple(sorted({one.source for one in everything})),
            kinds=tuple(sorted({one.kind for one in everything})),
            providers=tuple(sorted({name for one in everything for name in _asked(one)})),
        )

    async def note(self, decision: Decision) -> Decision:
        """Keep what a person decided."""
        if decision.action is Action.ACKNOWLEDGED and (before := self._acknowledgement(decision)):
            return before
        return self._decisions.setdefault(decision.id, replace(decision, decided_at=self._clock()))

    async def decisions(
        self,
        *,
        source: str | None = None,
        submission_id: str | None = None,
        action: Action | None = None,
        limit: int = 50,
    ) -> Sequence[Decision]:
        """List what people decided, newest first."""
        newest = sorted(self._decisions.values(), key=lambda one: one.id, reverse=True)
        return [
            one
            for one in newest
            if source in (None, one.source)
            and submission_id in (None, one.submission_id)
            and action in (None, one.action)
        ][:limit]

    def _matches(self, wanted: Filter, one: Submission) -> bool:
        return all(self._answers(wanted, one))

    def _answers(self, wanted: Filter, one: Submission) -> Iterator[bool]:
        for name in ("source", "kind", "reference", "message_id", "delivery"):
            yield getattr(wanted, name) in (None, getattr(one, name))
        yield not wanted.statuses or one.status in wanted.statuses
        yield wanted.before is None or one.id < wanted.before
        yield wanted.created_before is None or one.created_at < wanted.created_before
        yield wanted.created_after is None or one.created_at >= wanted.created_after
        yield wanted.provider is None or wanted.provider in _asked(one)
        yield wanted.acknowledged in (None, self._is_acknowledged(one))
        yield wanted.search is None or _is_found(wanted.search, one)

    def _acknowledgement(self, of: Decision) -> Decision | None:
        same = (of.submission_id, of.action)
        kept = self._decisions.values()
        return next((one for one in kept if (one.submission_id, one.action) == same), None)

    def _is_acknowledged(self, one: Submission) -> bool:
        return any(
            decision.submission_id == one.id and decision.action is Action.ACKNOWLEDGED
            for decision in self._decisions.values()
        )


def _pace(accepted: Iterable[Submission]) -> Pace | None:
    newest = sorted(accepted, key=lambda one: one.created_at, reverse=True)
    took = [one.sent_at - one.created_at for one in newest if one.sent_at]
    ordered = sorted(took[:MEASURED])
    if not ordered:
        return None
    half, most = (-(-len(ordered) * share // 100) - 1 for share in (50, 95))
    return Pace(count=len(ordered), p50=ordered[half], p95=ordered[most])


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _accepted(submissions: Iterable[Submission]) -> tuple[Accepted, ...]:
    counts = Counter((_hour(one.created_at), one.source, one.status) for one in submissions)
    return tuple(
        Accepted(at=at, source=source, status=status, count=count)
        for (at, source, status), count in sorted(counts.items())
    )


def _tried(period: Period, attempts: Iterable[Attempt]) -> tuple[Tried, ...]:
    counts = Counter(
        (_hour(attempt.started_at), attempt.provider, attempt.outcome)
        for attempt in attempts
        if attempt.provider != OPERATOR and period.since <= attempt.started_at < period.until
    )
    return tuple(
        Tried(at=at, provider=provider, outcome=outcome, count=count)
        for (at, provider, outcome), count in sorted(counts.items())
    )


def _asked(submission: Submission) -> set[str]:
    return {attempt.provider for attempt in submission.attempts} - {OPERATOR}


def _is_found(search: str, submission: Submission) -> bool:
    wanted = terms(search)
    words = frozenset([folded(submission.reference), *submission.search.split()])
    return bool(wanted) and all(term.found_in(words, submission.message_id) for term in wanted)
