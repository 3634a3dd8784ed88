"""One submission, one round further: who is asked, what is stored, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from notifykit.confirming import confirmed
from notifykit.errors import (
    DeliveryError,
    InvalidEmailError,
    LeaseLostError,
    StorageError,
    UnavailableError,
)
from notifykit.handover import hand_over, result
from notifykit.ids import uuid7
from notifykit.journal import Journal
from notifykit.keeping import Keeper
from notifykit.message import Email
from notifykit.mime import digest
from notifykit.pacing import Pace
from notifykit.settling import HELD, RetryPolicy, Verdict, settle, waiting
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Attempt, Hold, Lease, Outcome, Status, Submission, unresolved
from notifykit.transports.base import Transport, guarded
from notifykit.values import changed

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

    Attributes:
        pace: Lets emails out; put in one with limits, where there are any.
        unkept: What providers answered and the repository could not keep yet.
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
        self.pace = Pace(None, repository, clock=clock)
        self._keeper = Keeper(repository, self.journal)

    async def deliver(
        self, submission: Submission, holds: dict[str, Hold] | None = None
    ) -> Submission:
        """
        Ask the providers in order until one takes the email, or may have taken it.

        Args:
            submission: Claimed by the caller, with its lease.
            holds: In force, by provider; asked for where left out. What is found out about a
                provider is added, so that all who share it leave that provider alone.

        Returns:
            What is kept now.

        Raises:
            LeaseLostError: Somebody else claimed it meanwhile; the attempts made are kept.
            StorageError: The repository is out of reach; when the lease is over, somebody goes on.
        """
        submission = await self._close_what_was_cut_off(submission)
        # Not asked again, where it told meanwhile that it has it.
        submission = await confirmed(submission, self.repository, self.clock())
        if submission.email is None:
            return await self._set_aside(submission)
        if holds is None:
            holds = {hold.provider: hold for hold in await self.held(submission.source)}
        asked, limited, asked_nobody = timedelta(0), dict[str, timedelta](), True
        for transport in self._chain(submission, holds):
            async with self.pace.turn(transport) as given:
                if not given and asked_nobody:
                    return await self._put_back(submission)
                if not given or transport.name in holds:
                    continue  # since a moment ago
                if wait := await self.pace.take(submission, transport.name):
                    limited[transport.name] = wait
                    continue
                asked_nobody = False
                submission, error = await self._attempt(submission, transport)
                if error is None or submission.attempts[-1].outcome not in _MOVES_ON:
                    break
                asked = max(asked, error.retry_after or timedelta(0))
                submission = await self._keep_refusal(submission, error, holds)
        submission = _stopped_by(submission, holds)
        if limited and asked_nobody:
            return await self._wait_for_a_turn(submission, holds, limited)
        return await self._conclude(submission, asked)

    @property
    def unkept(self) -> set[asyncio.Future[Submission]]:
        """What providers answered and the repository could not keep yet."""
        return self._keeper.under_way

    async def held(self, source: str) -> list[Hold]:
        """List the holds in force on the providers of this chain, the first to end first."""
        names = {transport.name for transport in self.transports}
        holds = [hold for hold in await self.repository.holds(source) if hold.provider in names]
        return sorted(holds, key=lambda hold: hold.until or datetime.max.replace(tzinfo=UTC))

    def _chain(self, submission: Submission, holds: Mapping[str, Hold]) -> list[Transport]:
        if not waiting(submission):
            return []
        free = [transport for transport in self.transports if transport.name not in holds]
        lost_at = unresolved(submission.attempts)
        # After a lost answer anybody else could only send a second copy.
        return [transport for transport in free if lost_at in (None, transport.name)]

    async def _attempt(
        self, submission: Submission, transport: Transport
    ) -> tuple[Submission, DeliveryError | None]:
        email = _email(submission).via(transport.sender, waiting(submission))
        attempt = Attempt(
            id=str(uuid7()),
            provider=transport.name,
            sha256=await _digest(email, submission),
            started_at=self.clock(),
        )
        submission = await self._begun(submission.with_attempt(attempt))
        self.journal.sending(submission, attempt, email.envelope.rcpt_to)

        async def still_ours() -> None:
            # A moment ago the commit above has proved it.
            if abs(self.clock() - attempt.started_at) > _MOMENT:
                await self._renew(submission, transport)

        with guarded(still_ours):
            answer = await hand_over(transport, email)
        attempt = changed(attempt, finished_at=self.clock(), **result(answer))
        self.journal.finished(submission, attempt)
        error = answer if isinstance(answer, DeliveryError) else None
        return submission.with_attempt(attempt), error

    async def _wait_for_a_turn(
        self, submission: Submission, holds: Mapping[str, Hold], limited: Mapping[str, timedelta]
    ) -> Submission:
        """
        Put it back into its place: nobody was asked, so no time runs against it.

        The queue goes by due times, and nothing is taken out of it before there is room. A lost
        answer only its own provider may settle, whatever room the others have.
        """
        ends = (hold.until - self.clock() for hold in holds.values() if hold.until)
        wait = min([*limited.values(), *ends])
        kept = await self._put_back(submission, wait)
        self.journal.limited(kept, limited)
        return changed(kept, due_at=self.clock() + wait)

    async def _put_back(self, submission: Submission, wait: timedelta = timedelta(0)) -> Submission:
        """Let it be due at its own place, or where an answer was lost after a while."""
        lost = unresolved(submission.attempts) is not None
        status = Status.UNCONFIRMED if lost else Status.QUEUED
        place = min(submission.created_at - self.clock(), timedelta(0))
        return await self._keeper.keep(changed(submission, status=status), wait if lost else place)

    async def _begun(self, submission: Submission) -> Submission:
        try:
            return await self.repository.save(submission)
        except LeaseLostError:
            raise
        except StorageError:
            # Whether it was kept is not known, but nothing was sent, and nothing will be.
            never = changed(
                submission.attempts[-1],
                outcome=Outcome.UNAVAILABLE,
                error="not sent: the database could not keep that it was about to be",
                finished_at=self.clock(),
            )
            with suppress(StorageError):  # then as soon as the database is back
                await self._put_back(submission.with_attempt(never))
            raise

    async def _renew(self, submission: Submission, transport: Transport) -> None:
        try:
            await self.repository.renew(submission, self.lease)
        except StorageError as error:
            text = "not sent: the lease ran out, or the database could not confirm it"
            raise UnavailableError(text, provider=transport.name, stage="content") from error

    async def _keep_refusal(
        self, submission: Submission, error: DeliveryError, holds: dict[str, Hold]
    ) -> Submission:
        attempt = submission.attempts[-1]
        submission = await self._keeper.keep(_with_last_error(submission))
        if attempt.outcome in HELD:
            hold = Hold(
                source=submission.source,
                provider=attempt.provider,
                reason=attempt.error or "",
                diagnosis=attempt.diagnosis,
            )
            lasting = _hold_for(error)
            await self.repository.hold(hold, lasting=lasting)
            holds[hold.provider] = changed(hold, until=self.clock() + lasting)
        return submission

    async def _close_what_was_cut_off(self, submission: Submission) -> Submission:
        for attempt in submission.attempts:
            if attempt.outcome is Outcome.STARTED:
                cut_off = changed(
                    attempt,
                    outcome=Outcome.UNKNOWN,
                    error="the process ended while this provider was being asked",
                    finished_at=self.clock(),
                )
                submission = await self.repository.save(submission.with_attempt(cut_off))
        return submission

    async def _conclude(self, submission: Submission, asked: timedelta) -> Submission:
        verdict = settle(submission, policy=self.policy, now=self.clock(), asked=asked)
        verdict = self._of_this_chain(submission, verdict)
        settled = changed(_with_last_error(submission), status=verdict.status)
        try:
            settled = await self._keeper.keep(settled, verdict.again_in)
        except LeaseLostError:
            raise
        except StorageError as error:
            # What is known is told; it is kept as soon as the database is back.
            self.journal.write(logging.ERROR, "storage", error=str(error))
        await self._tell(settled, verdict)
        return settled

    async def _set_aside(self, submission: Submission) -> Submission:
        """Leave what cannot be sent to people, as its email is gone or cannot be read any more."""
        verdict = settle(submission, policy=self.policy, now=self.clock())
        status = Status.FAILED if verdict.status is Status.QUEUED else verdict.status
        text = "the stored email is gone, or this version cannot read it"
        settled = changed(submission, status=status, last_error=text, diagnosis=None)
        kept = await self._keeper.keep(settled)
        await self._tell(kept, Verdict(status=status))
        return kept

    def _of_this_chain(self, submission: Submission, verdict: Verdict) -> Verdict:
        """Leave a lost answer to people where its provider is not in the chain any more."""
        lost_at = unresolved(submission.attempts)
        ours = {None, *(transport.name for transport in self.transports)}
        return verdict if lost_at in ours else Verdict(status=verdict.status)

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


def _email(submission: Submission) -> Email:
    if submission.email is None:
        raise StorageError(f"the email of submission {submission.id} is gone")
    return submission.email


def _stopped_by(submission: Submission, holds: Mapping[str, Hold]) -> Submission:
    """Say why nobody was asked, where nothing else has been said yet."""
    if submission.last_error is not None or not holds:
        return submission
    first = next(iter(holds.values()))
    return changed(submission, last_error=first.reason, diagnosis=first.diagnosis)


async def _digest(email: Email, submission: Submission) -> str | None:
    if email is submission.email and submission.sha256 is not None:
        return submission.sha256  # the same email comes to the same bytes whenever it is encoded
    try:
        return await asyncio.to_thread(digest, email)
    except InvalidEmailError:
        return None  # the transport will refuse it for the same reason


def _with_last_error(submission: Submission) -> Submission:
    stopped = [attempt for attempt in submission.attempts if attempt.error is not None]
    if not stopped:
        return submission
    last = stopped[-1]
    return changed(submission, last_error=last.error, diagnosis=last.diagnosis)


def _hold_for(error: DeliveryError) -> timedelta:
    diagnosed = error.diagnosis.hold if error.diagnosis else None
    asked = error.retry_after if (error.retry_after or timedelta(0)) > timedelta(0) else None
    return asked or diagnosed or _DEFAULT_HOLD
