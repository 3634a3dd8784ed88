"""The part of the port that people look through: figures, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from notifykit.submission import Action, Decision, Outcome, Status

# The kind of notification that somebody has to acknowledge.
CALL = "manager_call"

# So many submissions are enough to tell how long it takes.
MEASURED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """
    How many submissions were accepted within one hour, by where they stand now.

    Attributes:
        at: When the hour began, UTC.
    """

    at: datetime
    source: str
    status: Status
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """
    How many attempts a provider got within one hour, by what came of them.

    Attributes:
        at: When the hour began, UTC. People's decisions are not counted.
    """

    at: datetime
    provider: str
    outcome: Outcome
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """
    How long it took from accepting a submission to a provider's word for it.

    Attributes:
        count: Submissions that were measured.
        p50, p95: Half of them, and 95 % of them, took no longer.
    """

    count: int
    p50: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    What happened in a period.

    Attributes:
        since, until: The period, aware; ``until`` itself is not a part of it.
        accepted: By hour, source and status; hours without any are left out. Sorted.
        tried: By hour, provider and outcome. Sorted.
        pace: Of the newest 5,000 that were accepted in the period and are sent; ``None`` where
            nothing is.
    """

    since: datetime
    until: datetime
    accepted: tuple[Accepted, ...] = ()
    tried: tuple[Tried, ...] = ()
    pace: Pace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """
    What is open now.

    Attributes:
        queued, sending, unconfirmed: How many submissions stand so.
        queued_since: When the oldest of the queued ones was accepted.
        due_since: Since when the one that has been due for the longest waits to be taken up, or its
            lease is over; ``None``: nothing is due. Minutes ago means that nobody delivers.
        calls: Calls for a manager of the last days that nobody has acknowledged.
    """

    queued: int = 0
    sending: int = 0
    unconfirmed: int = 0
    queued_since: datetime | None = None
    due_since: datetime | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """
    What a filter can be set to, sorted.

    Attributes:
        kinds: Of the newest submissions.
        providers: Those that were asked at least once.
    """

    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    What to tally.

    Attributes:
        since, until: Aware; ``until`` itself is not a part of it.
        source: Only this bot's; ``None``: everybody's.
    """

    since: datetime
    until: datetime = field(default_factory=lambda: datetime.now(UTC))
    source: str | None = None


class Overview(Protocol):
    """What a repository tells the people who watch over it; all of it is fast with many rows."""

    async def tally(self, period: Period) -> Tally:
        """
        Count what was accepted and what was tried in a period.

        The cost grows with what happened in the period, not with what is kept.
        """
        ...

    async def backlog(
        self, source: str | None = None, *, calls_within: timedelta = timedelta(days=7)
    ) -> Backlog:
        """
        Count what is open now.

        Args:
            source: Only this bot's; ``None``: everybody's.
            calls_within: How far back a call for a manager is looked for.
        """
        ...

    async def choices(self) -> Choices:
        """List the sources, kinds and providers that there are."""
        ...

    async def note(self, decision: Decision) -> Decision:
        """
        Keep what a person decided, durably.

        A submission is acknowledged once, however many do so at the same moment.

        Returns:
            What is kept, with its time; the one that was kept before where the id is the same, or
            where the submission was acknowledged before.
        """
        ...

    async def decisions(
        self,
        *,
        source: str | None = None,
        submission_id: str | None = None,
        action: Action | None = None,
        limit: int = 50,
    ) -> Sequence[Decision]:
        """List what people decided, newest first; what is ``None`` does not matter."""
        ...
