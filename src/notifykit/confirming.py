"""What events prove about a lost answer: tested as a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifykit.ids import uuid7
from notifykit.settling import in_doubt
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import OPERATOR, Attempt, Event, Outcome, Submission, unresolved

# An HTTP request is taken for everybody in it, or for nobody.
_WHOLE = "http"


def confirmed_by(submission: Submission, events: Iterable[Event]) -> tuple[str, ...]:
    """
    Name the recipients for whom events prove that the provider took the email after all.

    Only the provider whose answer was lost can prove it, by telling anything about the email: also
    that it bounced. Either everybody who is in doubt is proven or nobody: whoever were left over
    would be tried again, although the lost answer may have been about them too.

    Args:
        submission: With its attempts.
        events: About it.
    """
    provider, left = unresolved(submission.attempts), in_doubt(submission)
    told = [event for event in events if event.provider == provider]
    named = {event.recipient.lower() for event in told if event.recipient}
    is_anybody = any(recipient.lower() in named for recipient in left)
    is_nameless = any(event.recipient is None for event in told)
    if provider is None or not (is_anybody or is_nameless):
        return ()
    is_whole = _lost(submission, provider).stage == _WHOLE or (is_nameless and len(left) == 1)
    is_everybody = all(recipient.lower() in named for recipient in left)
    return left if is_whole or is_everybody else ()


def confirmation(submission: Submission, events: Iterable[Event], now: datetime) -> Attempt | None:
    """Make the decision that what a provider told settles its lost answer, where it does."""
    recipients = confirmed_by(submission, events)
    if not recipients:
        return None
    return Attempt(
        id=str(uuid7()),
        provider=OPERATOR,
        outcome=Outcome.CONFIRMED,
        decided_by=unresolved(submission.attempts),
        accepted=recipients,
        started_at=now,
        finished_at=now,
    )


async def confirmed(
    submission: Submission, repository: SubmissionRepository, now: datetime
) -> Submission:
    """
    Settle a lost answer of a claimed submission by what was told meanwhile, and keep that.

    Asks for nothing where no answer was lost.

    Raises:
        LeaseLostError: Somebody else claimed it meanwhile.
        StorageError: The repository is out of reach.
    """
    if unresolved(submission.attempts) is None:
        return submission
    decision = confirmation(submission, await repository.events(submission.id), now)
    return (
        submission if decision is None else await repository.save(submission.with_attempt(decision))
    )


def _lost(submission: Submission, provider: str) -> Attempt:
    lost = (Outcome.UNKNOWN, Outcome.STARTED)
    return next(
        attempt
        for attempt in reversed(submission.attempts)
        if attempt.outcome in lost and attempt.provider == provider
    )
