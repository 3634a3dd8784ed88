"""What the attempts of a submission come to: pure, and tested as a table."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifykit.submission import Attempt, Outcome, Status, Submission, unresolved

# A provider that refuses our login or our account is left alone; the submission waits for it.
HELD = (Outcome.AUTHENTICATION, Outcome.HELD)


class OnUnknown(StrEnum):
    """
    What happens where a provider's answer was lost.

    ``RESEND``: the same bytes go to the same provider again. ``HOLD``: nothing, until somebody
    decides.
    """

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """
    When the next round is.

    Attributes:
        delays: After the first, second … round; the last one goes on.
        jitter: The share by which a delay is drawn longer or shorter.
        greylisting: The least wait where recipients were refused for now; servers that greylist
            commonly want five minutes between two tries.
        lifetime: What no provider could take in all this time, and in as many rounds as there are
            delays, fails. Time spent waiting for a held provider does not count.
        on_unknown: See `OnUnknown`.
    """

    delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (5, 15, 60, 180, 600, 1_800, 3_600)
    )
    jitter: float = 0.2
    greylisting: timedelta = timedelta(minutes=5)
    lifetime: timedelta = timedelta(days=5)
    on_unknown: OnUnknown = OnUnknown.RESEND

    def delay(self, rounds: int) -> timedelta:
        """Draw the wait after so many rounds."""
        delay = self.delays[min(max(rounds, 1), len(self.delays)) - 1]
        return delay * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret

    def pause_after(self, tries: Sequence[Attempt], asked: timedelta = timedelta(0)) -> timedelta:
        """
        Draw the wait after these attempts.

        Args:
            tries: Oldest first.
            asked: How long a provider of the last round asked to be left alone.
        """
        pause = max(self.delay(rounds(tries)), asked)
        return max(pause, self.greylisting) if tries and _deferred(tries[-1]) else pause


def rounds(tries: Sequence[Attempt]) -> int:
    """Count how often the chain was gone through: as often as the provider asked most."""
    return max(Counter(attempt.provider for attempt in tries).values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What the attempts come to.

    Attributes:
        status: Of the submission.
        again_in: When to look at it again; ``None``: never by itself.
    """

    status: Status
    again_in: timedelta | None = None


def waiting(submission: Submission) -> tuple[str, ...]:
    """Name the recipients that nobody took the email for yet and that may still be taken."""
    taken: set[str] = set()
    refused: set[str] = set()
    for attempt in submission.attempts:
        taken.update(attempt.accepted)
        refused.update(refusal.recipient for refusal in attempt.refused if refusal.permanent)
        if attempt.outcome in (Outcome.REJECTED, Outcome.CANCELLED):
            refused.update(submission.recipients)
        elif attempt.outcome is Outcome.REOPENED:
            refused.clear()
    done = taken | refused
    return tuple(recipient for recipient in submission.recipients if recipient not in done)


def in_doubt(submission: Submission) -> tuple[str, ...]:
    """
    Name the recipients whom a lost answer may have been about.

    Whoever still waits; where nobody does, as all were refused since, whoever nobody is known to
    have taken it for.
    """
    taken = {address for attempt in submission.attempts for address in attempt.accepted}
    left = tuple(recipient for recipient in submission.recipients if recipient not in taken)
    return waiting(submission) or left


def settle(
    submission: Submission,
    *,
    policy: RetryPolicy,
    now: datetime,
    asked: timedelta = timedelta(0),
) -> Verdict:
    """
    Say what the attempts so far come to. Pure: the same attempts always come to the same.

    SENT needs a provider's word; FAILED needs the refusal of everybody; as long as one answer was
    lost it is neither.

    Args:
        submission: With its attempts.
        policy: When the next round is.
        now: Aware.
        asked: How long a provider of this round asked to be left alone.
    """
    tries = _since_reopened(submission)
    over = _over(tries, policy, now)
    taken = {address for attempt in submission.attempts for address in attempt.accepted}
    done = Status.SENT if taken else Status.FAILED

    if taken.issuperset(submission.recipients):
        return Verdict(status=Status.SENT)
    if unresolved(submission.attempts):
        nobody_left = not waiting(submission)
        final = over or nobody_left or policy.on_unknown is OnUnknown.HOLD
        pause = policy.pause_after(tries, asked)
        return Verdict(status=Status.UNCONFIRMED, again_in=None if final else pause)
    if not waiting(submission):
        return Verdict(status=done)
    if all(attempt.outcome in HELD for attempt in _latest(tries)):
        return Verdict(status=Status.QUEUED, again_in=timedelta(0))
    if over:
        return Verdict(status=done)
    return Verdict(status=Status.QUEUED, again_in=policy.pause_after(tries, asked))


def _since_reopened(submission: Submission) -> list[Attempt]:
    tries: list[Attempt] = []
    for attempt in submission.attempts:
        tries = [] if attempt.outcome is Outcome.REOPENED else [*tries, attempt]
    return tries


def _latest(tries: Sequence[Attempt]) -> list[Attempt]:
    return list({attempt.provider: attempt for attempt in tries}.values())


def _over(tries: Sequence[Attempt], policy: RetryPolicy, now: datetime) -> bool:
    """
    Say whether it was tried for the whole lifetime, and often enough.

    Days in which a provider was held, or this program did not run, are not counted against it.
    """
    streak: list[Attempt] = []
    for attempt in tries:
        streak = [] if attempt.outcome in HELD else [*streak, attempt]
    often = rounds(streak) >= len(policy.delays)
    return often and now - streak[0].started_at >= policy.lifetime


def _deferred(attempt: Attempt) -> bool:
    if attempt.outcome is Outcome.ACCEPTED:
        return any(not refusal.permanent for refusal in attempt.refused)
    return attempt.outcome is Outcome.UNAVAILABLE and attempt.stage == "rcpt"
