"""Bots that are broken on purpose: a game that does not catch them proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifykit import Email, Receipt, Submission, Transport
from notifykit.errors import OutcomeUnknownError, UnavailableError
from notifykit.storage import MemoryRepository
from notifykit.submission import Lease, Outcome


class NothingUnknown(Transport):
    """A lost answer counts as a no."""

    def __init__(self, inner: Transport) -> None:
        self.name = inner.name
        self._inner = inner

    async def send(self, email: Email) -> Receipt:
        """Send; whatever is not a yes is a no."""
        try:
            return await self._inner.send(email)
        except OutcomeUnknownError as error:
            raise UnavailableError(error.message, provider=self.name) from error


class ForgetsStarts(MemoryRepository):
    """Nothing is written before the wire is touched."""

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """Keep what came of an attempt only."""
        if submission.attempts and submission.attempts[-1].outcome is Outcome.STARTED:
            return submission
        return await super().save(submission, again_in=again_in)


class WithoutFence(MemoryRepository):
    """Nobody notices that somebody else took over."""

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """Keep whatever anybody says."""
        return await super().save(await self._as_if_ours(submission), again_in=again_in)

    async def renew(self, submission: Submission, lease: Lease) -> None:
        """Renew whatever anybody had."""
        await super().renew(await self._as_if_ours(submission), lease)

    async def _as_if_ours(self, submission: Submission) -> Submission:
        kept = await self.get(submission.id)
        return submission if kept is None else replace(submission, fence=kept.fence)
