"""What people decide about submissions and providers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from notifykit.cleaning import clean_line
from notifykit.diagnosis import Kind
from notifykit.errors import ChangedError, StorageError
from notifykit.ids import uuid7
from notifykit.message import MAX_NAME
from notifykit.settling import in_doubt, settle, waiting
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import (
    OPERATOR,
    Action,
    Attempt,
    Decision,
    Hold,
    Outcome,
    Status,
    Submission,
    unresolved,
)
from notifykit.worker import Worker

if TYPE_CHECKING:
    from notifykit.storage.retention import Erased
    from notifykit.storage.sql import SqlRepository

_MENDED_BY_LOGIN = (Kind.CREDENTIAL, Kind.CONFIG)


class Decisions:
    """
    The part of a notifier that people's decisions go through.

    What is decided about a submission is one of its attempts, with who and when; all decisions can
    be listed with `SubmissionRepository.decisions`.
    """

    worker: Worker

    async def resend(
        self,
        id: str,  # noqa: A002 - the attribute has this name
        *,
        by: str = "",
        fence: int | None = None,
    ) -> Submission | None:
        """
        Try a submission again now, whatever it waits for; earlier refusals no longer count.

        One whose answer was lost goes to the same provider again, with the same bytes; that may
        bring a second copy, and the attempts say so. One that was sent, that somebody works on or
        that is another bot's is left alone.

        Args:
            id: The submission's.
            by: Who decided it, for the record.
            fence: The submission's, when whoever decides looked at it: of two people who see the
                same and press the same button, one is heard. Left out: as it is now.

        Returns:
            What is kept now; ``None`` where no submission has this id.

        Raises:
            ChangedError: With a ``fence``: somebody has tried it or decided about it since then.
        """
        reopened = self._decided(Outcome.REOPENED, by)
        return await self._take_up_by_hand(id, fence, lambda submission: reopened)

    async def mark_sent(
        self,
        id: str,  # noqa: A002 - the attribute has this name
        *,
        by: str = "",
        fence: int | None = None,
    ) -> Submission | None:
        """
        Settle a submission whose answer was lost, because somebody knows that it arrived.

        Arguments, result and errors are those of `resend`.
        """

        def confirmed(submission: Submission) -> Attempt:
            return self._decided(Outcome.CONFIRMED, by, accepted=in_doubt(submission))

        return await self._take_up_by_hand(id, fence, confirmed)

    async def cancel(
        self,
        id: str,  # noqa: A002 - the attribute has this name
        *,
        by: str = "",
        fence: int | None = None,
    ) -> Submission | None:
        """
        Let nobody be asked any more to take a submission that waits.

        It becomes ``FAILED``, or ``SENT`` where a provider took it for some of its recipients. Only
        one that is ``QUEUED`` can be cancelled, and only where provably nobody may have taken it
        without our knowing: everything else is left alone. A cancelled one can be sent again.

        Arguments, result and errors are those of `resend`.
        """
        submission = await self._as_seen(id, fence)
        if submission is None or not _can_be_cancelled(submission):
            return submission
        return await self.worker.see_through(self._cancel(submission, by, fence))

    async def acknowledge(
        self,
        id: str,  # noqa: A002 - the attribute has this name
        *,
        by: str = "",
        first: bool = False,
    ) -> Decision | None:
        """
        Record that somebody has seen to a submission, such as a call for a manager.

        Args:
            id: The submission's.
            by: Who has seen to it, for the record.
            first: Nobody may have been faster: of two people who take the same call at the same
                moment, one is heard.

        Returns:
            The decision, or the one that was made before; ``None`` where no submission has this id.

        Raises:
            ChangedError: With ``first``: somebody has acknowledged it before.
        """
        submission = await self._repository.get(id)
        if submission is None:
            return None
        made = replace(
            _decision(Action.ACKNOWLEDGED, submission.source, by), submission_id=submission.id
        )
        kept = await self.worker.see_through(self._repository.note(made))
        if first and kept.id != made.id:
            raise ChangedError(f"somebody has seen to submission {id} before; nothing was done")
        return kept

    async def release(self, provider: str, *, by: str = "") -> Hold | None:
        """
        Lift the hold on a provider, because somebody says that it is mended.

        Returns:
            The hold that was lifted; ``None`` where there was none.
        """
        source = self.worker.source
        holds = {hold.provider: hold for hold in await self._repository.holds(source)}
        if provider not in holds:
            return None
        await self._lift(holds[provider])
        made = replace(_decision(Action.RELEASED, source, by), subject=provider)
        await _note(self._repository, made)
        return holds[provider]

    @property
    def _repository(self) -> SubmissionRepository:
        return self.worker.delivery.repository

    async def _release_mended(self, providers: set[str]) -> None:
        """Lift the holds that a login which went well proves to be mended."""
        for hold in await self.worker.delivery.held(self.worker.source):
            mended = hold.diagnosis is not None and hold.diagnosis.kind in _MENDED_BY_LOGIN
            if mended and hold.provider in providers:
                await self._lift(hold)

    async def _lift(self, hold: Hold) -> None:
        await self._repository.release(hold.source, hold.provider)
        self.worker.delivery.journal.write(logging.INFO, "released", provider=hold.provider)
        self.worker.wake()

    async def _take_up(
        self,
        submission: Submission,
        decision: Attempt | None = None,
        fence: int | None = None,
    ) -> Submission | None:
        mine = await self._claimed(submission)
        if mine is None:
            return await self._as_seen(submission.id, fence)
        if decision is not None:
            mine = await self._repository.save(mine.with_attempt(decision))
            await self._note_about(mine, decision)
        return await self.worker.deliver(mine)

    async def _take_up_by_hand(
        self, id_: str, fence: int | None, decide: Callable[[Submission], Attempt]
    ) -> Submission | None:
        submission = await self._as_seen(id_, fence)
        if submission is None or submission.status is Status.SENT:
            return submission
        return await self.worker.see_through(self._take_up(submission, decide(submission), fence))

    async def _as_seen(self, id_: str, fence: int | None) -> Submission | None:
        submission = await self._repository.get(id_)
        if submission is not None and fence not in (None, submission.fence):
            raise ChangedError(f"somebody was faster at submission {id_}; nothing was done")
        return submission

    async def _cancel(
        self, submission: Submission, by: str, fence: int | None
    ) -> Submission | None:
        mine = await self._claimed(submission)
        if mine is None:
            return await self._as_seen(submission.id, fence)
        delivery = self.worker.delivery
        # Since it was looked at, somebody may have tried it.
        if can := unresolved(mine.attempts) is None and bool(waiting(mine)):
            decision = self._decided(Outcome.CANCELLED, by)
            text = f"cancelled by {decision.decided_by or 'somebody'}"
            decision = replace(decision, error=text)
            mine = replace(mine.with_attempt(decision), last_error=text, diagnosis=None)
        verdict = settle(mine, policy=delivery.policy, now=delivery.clock())
        settled = replace(mine, status=verdict.status)
        kept = await self._repository.save(settled, again_in=verdict.again_in)
        if can:
            names = {"reference": kept.reference, "submission_id": kept.id}
            delivery.journal.write(logging.INFO, "cancelled", **names, error=kept.last_error)
            await self._note_about(kept, kept.attempts[-1])
        return kept

    async def _claimed(self, submission: Submission) -> Submission | None:
        claimed = await self._repository.claim(
            source=self.worker.source,  # another bot's goes out through its own account
            lease=self.worker.delivery.lease,
            id=submission.id,
            fence=submission.fence,  # not what somebody else has had in hands meanwhile
        )
        return claimed[0] if claimed else None

    def _decided(self, outcome: Outcome, by: str, accepted: tuple[str, ...] = ()) -> Attempt:
        now = self.worker.delivery.clock()
        return Attempt(
            id=str(uuid7()),
            provider=OPERATOR,
            outcome=outcome,
            decided_by=_name(by),
            accepted=accepted,
            started_at=now,
            finished_at=now,
        )

    async def _note_about(self, submission: Submission, attempt: Attempt) -> None:
        made = _decision(_ACTIONS[attempt.outcome], submission.source, attempt.decided_by or "")
        made = replace(made, id=attempt.id, submission_id=submission.id)
        await _note(self._repository, made)


async def erase(
    repository: SqlRepository,
    contact: str,
    *,
    source: str | None,
    noted_for: str,
    by: str = "",
    also_open: bool = False,
) -> Erased:
    """
    Blank a person everywhere, and note who decided it.

    Args:
        repository: See `notifykit.storage.retention.erase`, also for what else is not told here.
        source: Only this bot's; ``None``: everybody's.
        noted_for: The bot whose decision it is.
        by: Who decided it, for the record.

    Raises:
        ValueError: The contact is none.
        StorageError: The database cannot be reached; what was done before stays done.
    """
    from notifykit.storage import retention  # noqa: PLC0415 - brings sqlalchemy along

    erased = await retention.erase(repository, contact, source=source, also_open=also_open)
    await _note(repository, replace(_decision(Action.ERASED, noted_for, by), subject=erased.id))
    return erased


_ACTIONS = {
    Outcome.REOPENED: Action.RESENT,
    Outcome.CONFIRMED: Action.MARKED_SENT,
    Outcome.CANCELLED: Action.CANCELLED,
}


def _decision(action: Action, source: str, by: str) -> Decision:
    return Decision(id=str(uuid7()), source=source, action=action, decided_by=_name(by))


async def _note(repository: SubmissionRepository, decision: Decision) -> None:
    # What was decided is done, and where it is about a submission its attempts tell.
    with suppress(StorageError):
        await repository.note(decision)


def _name(by: str) -> str | None:
    return clean_line(by)[:MAX_NAME] or None


def _can_be_cancelled(submission: Submission) -> bool:
    return submission.status is Status.QUEUED and unresolved(submission.attempts) is None
