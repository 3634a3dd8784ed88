"""One submission, one round further: who is asked, what is stored, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from notifykit.diagnosis import Diagnosis
from notifykit.errors import (
    DeliveryError,
    InvalidEmailError,
    OutcomeUnknownError,
    RejectedError,
    StorageError,
    UnavailableError,
)
from notifykit.ids import uuid7
from notifykit.journal import Journal
from notifykit.message import Email
from notifykit.mime import encode
from notifykit.settling import HELD, RetryPolicy, Verdict, settle, unresolved, waiting
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import (
    Attempt,
    Hold,
    Lease,
    Outcome,
    Receipt,
    Status,
    Submission,
    outcome_of,
)
from notifykit.transports.base import Transport, guarded

Clock = Callable[[], datetime]

_MOVES_ON = (Outcome.UNAVAILABLE, *HELD)
_DEFAULT_HOLD = timedelta(minutes=10)
_MOMENT = timedelta(seconds=1)


def this_process() -> str:
    """Name this process for the people who read the table: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def utc_now() -> datetime:
    """Read this process's clock."""
    return datetime.now(UTC)


class Delivery:
    """
    Brings submissions further. The direct path and the worker share it.

    Args:
        transports: In the order in which they are asked.
        repository: Where every attempt is kept, before the wire is touched and after.
        policy: When the next round is.
        journal: Writes the log.
        lease: Under which submissions are claimed.
        clock: Tells the time of an attempt.
    """

    def __init__(
        self,
        transports: Iterable[Transport],
        repository: SubmissionRepository,
        *,
        policy: RetryPolicy | None = None,
        journal: Journal | None = None,
        lease: Lease | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.transports = tuple(transports)
        self.repository = repository
        self.policy = policy or RetryPolicy()
        self.journal = journal or Journal()
        self.lease = lease or Lease(owner=this_process())
        self.clock = clock

    async def deliver(self, submission: Submission) -> Submission:
        """
        Ask the providers in order until one takes the email, or may have taken it.

        Args:
            submission: Claimed by the caller, with its lease.

        Returns:
            What is kept now.

        Raises:
            LeaseLostError: Somebody else claimed it meanwhile; the attempts made are kept.
            StorageError: The repository is out of reach; when the lease is over, somebody goes on.
        """
        submission = await self._close_what_was_cut_off(submission)
        retry_after = None
        for transport in await self._chain(submission):
            submission, error = await self._attempt(submission, transport)
            if submission.attempts[-1].outcome not in _MOVES_ON:
                break
            retry_after = error.retry_after if error else None
            submission = await self._keep_refusal(submission, error)
        return await self._conclude(submission, retry_after)

    async def held(self, source: str) -> list[Hold]:
        """List the holds in force on the providers of this chain, the first to end first."""
        names = {transport.name for transport in self.transports}
        holds = [hold for hold in await self.repository.holds(source) if hold.provider in names]
        return sorted(holds, key=lambda hold: hold.until or datetime.max.replace(tzinfo=UTC))

    async def _chain(self, submission: Submission) -> list[Transport]:
        held = {hold.provider for hold in await self.held(submission.source)}
        free = [transport for transport in self.transports if transport.name not in held]
        lost_at = unresolved(submission.attempts)
        if lost_at is None:
            return free if waiting(submission) else []
        # Anybody else could only send a second copy.
        return [transport for transport in free if transport.name == lost_at]

    async def _attempt(
        self, submission: Submission, transport: Transport
    ) -> tuple[Submission, DeliveryError | None]:
        email = _for(submission, transport)
        attempt = Attempt(
            id=str(uuid7()),
            provider=transport.name,
            sha256=await asyncio.to_thread(_digest, email),
            started_at=self.clock(),
        )
        submission = await self.repository.save(submission.with_attempt(attempt))
        self.journal.sending(submission, attempt, email.envelope.rcpt_to)

        async def still_ours() -> None:
            # A moment ago the commit above has proved it.
            if abs(self.clock() - attempt.started_at) > _MOMENT:
                await self._renew(submission, transport)

        with guarded(still_ours):
            receipt, error = await _send(transport, email)
        attempt = replace(attempt, finished_at=self.clock(), **_result(receipt, error))
        self.journal.finished(submission, attempt)
        return submission.with_attempt(attempt), error

    async def _renew(self, submission: Submission, transport: Transport) -> None:
        try:
            await self.repository.renew(submission, self.lease)
        except StorageError as error:
            text = "not sent: the lease ran out, or the database could not confirm it"
            raise UnavailableError(text, provider=transport.name, stage="content") from error

    async def _keep_refusal(
        self, submission: Submission, error: DeliveryError | None
    ) -> Submission:
        attempt = submission.attempts[-1]
        submission = await self.repository.save(_with_last_error(submission))
        if attempt.outcome in HELD:
            hold = Hold(
                source=submission.source,
                provider=attempt.provider,
                reason=attempt.error or "",
                diagnosis=attempt.diagnosis,
            )
            await self.repository.hold(hold, lasting=_hold_for(attempt.diagnosis, error))
        return submission

    async def _close_what_was_cut_off(self, submission: Submission) -> Submission:
        last = submission.attempts[-1] if submission.attempts else None
        if last is None or last.outcome is not Outcome.STARTED:
            return submission
        cut_off = replace(
            last,
            outcome=Outcome.UNKNOWN,
            error="the process ended while this provider was being asked",
            finished_at=self.clock(),
        )
        return await self.repository.save(submission.with_attempt(cut_off))

    async def _conclude(self, submission: Submission, retry_after: timedelta | None) -> Submission:
        verdict = settle(submission, policy=self.policy, now=self.clock(), retry_after=retry_after)
        settled = replace(_with_last_error(submission), status=verdict.status)
        kept = await self.repository.save(settled, again_in=verdict.again_in)
        await self._tell(kept, verdict)
        return kept

    async def _tell(self, submission: Submission, verdict: Verdict) -> None:
        names = {"reference": submission.reference, "submission_id": submission.id}
        error = submission.last_error
        if submission.status is Status.FAILED:
            self.journal.write(logging.CRITICAL, "failed", **names, error=error)
        elif submission.status is Status.UNCONFIRMED:
            self.journal.write(logging.ERROR, "unconfirmed", **names, error=error)
        elif submission.status is Status.QUEUED and verdict.again_in:
            seconds = round(verdict.again_in.total_seconds())
            self.journal.write(logging.WARNING, "waiting", **names, seconds=seconds)
        elif submission.status is Status.QUEUED:
            held = await self.held(submission.source)
            until = f"{held[0].until:%Y-%m-%d %H:%M:%S} UTC" if held and held[0].until else "?"
            self.journal.write(logging.ERROR, "held", **names, until=until)


def _for(submission: Submission, transport: Transport) -> Email:
    assert submission.email is not None, "claimed submissions carry their email"  # noqa: S101 - port
    return submission.email.via(transport.sender, waiting(submission))


def _digest(email: Email) -> str | None:
    try:
        return sha256(encode(email)).hexdigest()
    except InvalidEmailError:
        return None  # the transport will refuse it for the same reason


async def _send(transport: Transport, email: Email) -> tuple[Receipt | None, DeliveryError | None]:
    try:
        return await transport.send(email), None
    except DeliveryError as error:
        return None, error
    except InvalidEmailError as error:
        return None, RejectedError(str(error), provider=transport.name)
    except Exception as error:  # noqa: BLE001 - a transport of the user's own may raise anything
        text = f"the transport failed with {type(error).__name__}, after what is not known"
        return None, OutcomeUnknownError(text, provider=transport.name)


def _result(receipt: Receipt | None, error: DeliveryError | None) -> dict[str, Any]:
    if receipt is not None:
        return {
            "outcome": Outcome.ACCEPTED,
            "provider_message_id": receipt.message_id,
            "accepted": receipt.accepted,
            "refused": receipt.refused,
        }
    assert error is not None  # noqa: S101 - one of the two
    return {
        "outcome": outcome_of(error),
        "stage": error.stage,
        "code": error.code,
        "enhanced_code": error.enhanced_code,
        "error": error.message,
        "diagnosis": error.diagnosis,
    }


def _with_last_error(submission: Submission) -> Submission:
    stopped = [attempt for attempt in submission.attempts if attempt.error is not None]
    if not stopped:
        return submission
    last = stopped[-1]
    return replace(submission, last_error=last.error, diagnosis=last.diagnosis)


def _hold_for(diagnosis: Diagnosis | None, error: DeliveryError | None) -> timedelta:
    asked = error.retry_after if error else None
    return asked or (diagnosis.hold if diagnosis else None) or _DEFAULT_HOLD
