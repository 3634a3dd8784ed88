"""
Deliveries that are broken on purpose: a checker that does not catch them is worth nothing.

Each breaks one thing that the library does right, at its ports.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from notifykit import Email, Receipt, Status, Submission, Transport
from notifykit.errors import DeliveryError, RejectedError
from notifykit.submission import Outcome

_BATCH_SECONDS = 0.5


class _Broken:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class WrittenAfterABatch(_Broken):
    """Statuses reach the database some time after the emails left, as where a batch is written."""

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """Keep nothing before the wire, and what came of it late."""
        if submission.attempts and submission.attempts[-1].outcome is Outcome.STARTED:
            return submission
        if submission.status is not Status.SENDING:
            await asyncio.sleep(_BATCH_SECONDS)
        kept: Submission = await self._inner.save(submission, again_in=again_in)
        return kept


class WithoutFence(_Broken):
    """
    Every claim has the same fence, so that nobody notices that somebody else took over.

    The other half are the triggers in `reliability.databases`: the stored fence never moves.
    """

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def called(*arguments: Any, **options: Any) -> Any:
            return _unfenced(await method(*arguments, **options))

        return called


def _unfenced(answer: Any) -> Any:
    if isinstance(answer, Submission):
        return replace(answer, fence=0)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return [_unfenced(each) for each in answer]
    return answer


class FailedOnAnyError(Transport):
    """Whatever goes wrong counts as a refusal for good."""

    def __init__(self, inner: Transport) -> None:
        self.name = inner.name
        self._inner = inner

    async def send(self, email: Email) -> Receipt:
        """Send; every error is the end."""
        try:
            return await self._inner.send(email)
        except DeliveryError as error:
            raise RejectedError(error.message, provider=self.name) from error

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()


def _whole(inner: Any) -> Any:
    return inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """
    One way to be broken.

    Attributes:
        repository, transport: Put around the real ones.
        places: Where its processes are struck: at its weakness.
        pauses: So many of the strikes are pauses.
        fenced: Whether the stored fence moves.
        faults: How many times as much goes wrong at the providers; see `DrawnScript`.
        strikes: So many kills and pauses usually are enough.
    """

    repository: Callable[[Any], Any] = _whole
    transport: Callable[[Transport], Transport] = _whole
    places: tuple[str, ...]
    pauses: float = 0.25
    fenced: bool = True
    faults: float = 1
    strikes: int = 12


CONTROLS: Mapping[str, Control] = {
    "batch": Control(repository=WrittenAfterABatch, places=("after the answer",), pauses=0),
    "failed": Control(
        transport=FailedOnAnyError, places=("after the answer",), faults=3, strikes=16
    ),
    "fence": Control(
        repository=WithoutFence, places=("after the claim",), pauses=0.9, fenced=False
    ),
}
