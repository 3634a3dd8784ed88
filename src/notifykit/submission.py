"""What was accepted, every try to deliver it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.message import Email
from notifykit.values import changed
from notifykit.words import words_of

# In the place of a provider's name where a person decided.
OPERATOR = "operator"


class Status(StrEnum):
    """
    Where a submission stands. These words are stored; other tools read them with plain SQL.

    ``SENT``: a provider took it. ``FAILED``: provably nobody did, and nobody will be asked again.
    ``UNCONFIRMED``: the answer was lost after the content went out. ``QUEUED`` and ``SENDING``:
    not yet.
    """

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    UNCONFIRMED = "UNCONFIRMED"
    FAILED = "FAILED"


class Outcome(StrEnum):
    """
    What one provider did at one try, or what a person decided.

    ``CONFIRMED``: somebody who knows says that it arrived. ``REOPENED``: somebody wants it tried
    again; earlier refusals no longer count. ``CANCELLED``: nobody is to be asked any more.
    """

    STARTED = "STARTED"
    ACCEPTED = "ACCEPTED"
    UNAVAILABLE = "UNAVAILABLE"
    AUTHENTICATION = "AUTHENTICATION"
    HELD = "HELD"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    CONFIRMED = "CONFIRMED"
    REOPENED = "REOPENED"
    CANCELLED = "CANCELLED"


# Nobody knows what came of an attempt that stands so.
OPEN = frozenset({Outcome.STARTED, Outcome.UNKNOWN})

_ERRORS: dict[Outcome, type[DeliveryError]] = {
    Outcome.UNAVAILABLE: UnavailableError,
    Outcome.AUTHENTICATION: AuthenticationError,
    Outcome.HELD: ProviderHeldError,
    Outcome.REJECTED: RejectedError,
    Outcome.UNKNOWN: OutcomeUnknownError,
    Outcome.CANCELLED: RejectedError,
}


# Whatever the last provider said: nobody took it, or nobody knows.
_FINAL: dict[Status, type[DeliveryError]] = {
    Status.FAILED: RejectedError,
    Status.UNCONFIRMED: OutcomeUnknownError,
}


def outcome_of(error: DeliveryError) -> Outcome:
    """Name the outcome that an error of a transport stands for."""
    kinds = (outcome for outcome, kind in _ERRORS.items() if isinstance(error, kind))
    return next(kinds, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """
    One recipient that a provider would not take, while it took others.

    Attributes:
        recipient: The address.
        text: The provider's words, scrubbed.
        code: SMTP code.
        enhanced_code: RFC 3463 code.
        permanent: Nobody will be able to deliver to it; ``False``: a later try may.
    """

    recipient: str
    text: str
    code: int | None = None
    enhanced_code: str | None = None
    permanent: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    A provider's word that it took the email.

    Attributes:
        provider: The transport's name.
        message_id: The provider's own id for it, ``None`` where it gives none.
        accepted: The recipients it took; at least one.
        refused: The recipients it did not take.
    """

    provider: str
    message_id: str | None
    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    One try at one provider. It is stored before the wire is touched, and again when it is over.

    Attributes:
        id: UUID of version 7.
        provider: The transport's name; ``operator`` where a person decided.
        outcome: ``STARTED`` until it is over; one that stays so was cut off, and counts as unknown.
        stage, code, enhanced_code: Where it ended and with which codes.
        error: The provider's words, scrubbed of secrets; ``None`` where it took the email.
        diagnosis: Cause and advice, where there is an error.
        provider_message_id: The provider's own id.
        accepted, refused: What became of each recipient.
        sha256: Of the email's bytes as this provider was to get them, in hexadecimal.
        decided_by: Who, where a person decided.
        started_at, finished_at: Aware UTC.
    """

    id: str
    provider: str
    outcome: Outcome = Outcome.STARTED
    stage: str | None = None
    code: int | None = None
    enhanced_code: str | None = None
    error: str | None = None
    diagnosis: Diagnosis | None = None
    provider_message_id: str | None = None
    accepted: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    sha256: str | None = None
    decided_by: str | None = None
    started_at: datetime
    finished_at: datetime | None = None


def unresolved(attempts: Sequence[Attempt]) -> str | None:
    """
    Name the provider that may have taken the email without our knowing it.

    Its own word later settles that, but not for whom it refused for now: the lost answer may have
    been that it took theirs.
    """
    provider = None
    for attempt in attempts:
        if attempt.outcome in (Outcome.UNKNOWN, Outcome.STARTED):
            provider = attempt.provider
        elif attempt.outcome is Outcome.CONFIRMED or (
            attempt.outcome is Outcome.ACCEPTED
            and attempt.provider == provider
            and all(refusal.permanent for refusal in attempt.refused)
        ):
            provider = None
    return provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """
    An email that we promised to deliver, with everything that happened to it.

    Attributes:
        id: UUID of version 7.
        source: The bot it belongs to.
        kind: The notification's kind, such as ``order``.
        reference: Short, readable aloud, such as ``KMT-4827``.
        status: See `Status`.
        delivery: ``delivered``, ``bounced`` or ``complained``, from events after acceptance.
        recipients: Everybody who is to get it.
        subject: The email's.
        notification: What was to be told, as JSON values.
        email: Frozen at acceptance; ``None`` once its retention is over.
        sha256: Of the bytes that the email comes to for everybody from its own sender, in
            hexadecimal; ``None`` where nobody has encoded it yet.
        message_id: The email's Message-ID.
        idempotency_key: The same key is the same submission.
        due_at: When it is to be looked at next: the next try, or while ``SENDING`` the moment the
            lease runs out; ``None``: never again by itself.
        lease_owner, fence: Who works on it, and a number that grows with every claim.
        last_error, diagnosis: What stopped it last.
        attempts: Oldest first.
        repeated: This call did not create it, the same content had been accepted before. Not
            stored.
    """

    id: str
    source: str = "default"
    kind: str
    reference: str
    status: Status = Status.QUEUED
    delivery: str | None = None
    recipients: tuple[str, ...]
    subject: str
    notification: Mapping[str, Any] = field(repr=False)
    email: Email | None = field(repr=False)
    sha256: str | None = None
    message_id: str
    idempotency_key: str
    due_at: datetime | None = None
    lease_owner: str | None = None
    fence: int = 0
    last_error: str | None = None
    diagnosis: Diagnosis | None = None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    repeated: bool = False

    @property
    def search(self) -> str:
        """The words by which people find it."""
        return words_of(self.reference, self.notification)

    def with_attempt(self, attempt: Attempt) -> Submission:
        """Add an attempt, or put it in the place of the one with the same id."""
        others = tuple(known for known in self.attempts if known.id != attempt.id)
        return changed(self, attempts=(*others, attempt))

    @property
    def answered_late(self) -> bool:
        """Whether it waits for somebody to decide although nothing is left to decide."""
        if self.status is not Status.UNCONFIRMED or self.due_at is not None:
            return False
        taken = {recipient for attempt in self.attempts for recipient in attempt.accepted}
        return taken.issuperset(self.recipients) or unresolved(self.attempts) is None

    def raise_for_status(self) -> Submission:
        """
        Raise what stopped it; return it unchanged where nothing did.

        Raises:
            UnavailableError, AuthenticationError, ProviderHeldError: Still ``QUEUED``; it is tried
                again by itself.
            RejectedError: ``FAILED``, also where nobody could take it in its whole lifetime.
            OutcomeUnknownError: ``UNCONFIRMED``.
        """
        if self.status in (Status.SENT, Status.SENDING) or self.last_error is None:
            return self
        stopped = [attempt for attempt in self.attempts if attempt.outcome in _ERRORS]
        if not stopped:  # nobody was asked, as all were held
            kind = _FINAL.get(self.status, ProviderHeldError)
            raise kind(self.last_error, provider="all providers", diagnosis=self.diagnosis)
        unknown = [attempt for attempt in stopped if attempt.outcome is Outcome.UNKNOWN]
        last = unknown[-1] if self.status is Status.UNCONFIRMED and unknown else stopped[-1]
        kind = _FINAL.get(self.status, _ERRORS[last.outcome])
        raise kind(
            last.error or last.outcome.value,
            provider=last.provider,
            stage=last.stage,
            code=last.code,
            enhanced_code=last.enhanced_code,
            diagnosis=last.diagnosis,
        )


class EventKind(StrEnum):
    """
    What a provider tells about an email after it took it.

    ``REJECTED``: it took the email and then would not send it on. ``ACCEPTED`` is the provider's
    own word that it took it; nothing but ``DELIVERED`` says that a mailbox has it.
    """

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that a provider, or a bounce in the sender's mailbox, told after acceptance.

    Attributes:
        id: With the provider it names the event; the same again is a repeat. The provider's own
            id, or one that is made of the event's content.
        submission_id: What it is about.
        provider: The transport's name, or ``imap`` for a bounce that came as a mail.
        kind: See `EventKind`.
        recipient: Whose copy it is about; ``None`` where nobody says.
        code, enhanced_code: SMTP and RFC 3463 codes of the receiving server.
        text: Its words, scrubbed of secrets.
        diagnosis: Cause and advice, where something went wrong.
        occurred_at: When it happened, as the teller says; aware UTC.
        received_at: When it was kept. Set by the repository.
    """

    id: str
    submission_id: str
    provider: str
    kind: EventKind
    recipient: str | None = None
    code: int | None = None
    enhanced_code: str | None = None
    text: str | None = None
    diagnosis: Diagnosis | None = None
    occurred_at: datetime
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """
    A provider that is left alone for a while, by every worker of its source.

    Attributes:
        source: The bot whose account it is.
        provider: The transport's name.
        reason: The provider's words, scrubbed.
        diagnosis: Cause and advice.
        until: Aware UTC; from then on it may be tried again. Set by the repository.
    """

    source: str
    provider: str
    reason: str
    diagnosis: Diagnosis | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """
    The right to work on a submission for a while.

    Attributes:
        owner: Names the process, for people who read the table.
        duration: When it is over, others may claim the submission.
    """

    owner: str
    duration: timedelta = timedelta(minutes=5)


class Action(StrEnum):
    """What a person decided."""

    RESENT = "resent"
    MARKED_SENT = "marked_sent"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What a person decided, for the record.

    Attributes:
        id: UUID of version 7.
        source: The bot whose submission or provider it is about.
        action: See `Action`.
        submission_id: What it is about, if it is about one submission.
        subject: What else it is about, such as the provider that was released. Nothing personal.
        decided_by: Who, where somebody said so.
        decided_at: When, by the repository's clock. Set by the repository.
    """

    id: str
    source: str
    action: Action
    submission_id: str | None = None
    subject: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
