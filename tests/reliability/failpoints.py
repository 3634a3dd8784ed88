"""Named places where a process is killed or paused, put around the ports of the library."""

from __future__ import annotations

import inspect
import os
import signal
from dataclasses import dataclass
from random import Random
from typing import Any

from notifykit import Email, Receipt, Status, Submission, Transport
from notifykit.submission import Outcome
from reliability.gauge import Busy

KILL, PAUSE = "kill", "pause"

ACCEPTING = ("before accepting", "after accepting")
DELIVERING = (
    "after the claim",
    "before the start commit",
    "after the start commit",
    "before the wire",
    "after the answer",
    "before the outcome commit",
    "after the outcome commit",
    "before the settling commit",
    "after the settling commit",
    "before the hold",
    "after the hold",
)
PLACES = ACCEPTING + DELIVERING


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """
    What becomes of a process.

    Attributes:
        place: One of `PLACES`.
        nth: At this occasion, the first is 1.
        deed: `KILL` or `PAUSE`.
    """

    place: str
    nth: int
    deed: str

    @classmethod
    def drawn(cls, draw: Random, places: tuple[str, ...] = PLACES, pauses: float = 0.25) -> Fate:
        """Draw one; so many of them are pauses."""
        deed = PAUSE if draw.random() < pauses else KILL
        return cls(place=draw.choice(places), nth=draw.choice((1, 1, 1, 2, 3)), deed=deed)


class Failpoints:
    """
    Counts the places as they are reached and does the deed.

    Args:
        fate: ``None``: nothing is done.
        log: A file; gets a line with deed and place right before.
    """

    def __init__(self, fate: Fate | None, log: int) -> None:
        self._fate = fate
        self._log = log
        self._met = 0

    def disarm(self) -> None:
        """Let it live."""
        self._fate = None

    def reach(self, place: str) -> None:
        """Come to a place."""
        fate = self._fate
        if fate is None or fate.place != place:
            return
        self._met += 1
        if self._met == fate.nth:
            self._fate = None
            os.write(self._log, f"{fate.deed} {place}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL if fate.deed == KILL else signal.SIGSTOP)


class FragileRepository:
    """A repository with a failpoint before and after each of its commits."""

    def __init__(self, inner: Any, failpoints: Failpoints, busy: Busy) -> None:
        self._inner = inner
        self._failpoints = failpoints
        self._busy = busy

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def called(*arguments: Any, **options: Any) -> Any:
            place = _place(name, *arguments)
            self._failpoints.reach(f"before {place}")
            answer = await method(*arguments, **options)
            if name in ("add", "claim"):
                self._busy.wake()
            if name != "claim" or answer:
                self._failpoints.reach(f"after {place}")
            return answer

        return called


def _place(name: str, *arguments: Any) -> str:
    if name == "save":
        return f"the {_commit(arguments[0])} commit"
    return {"add": "accepting"}.get(name, f"the {name}")


def _commit(submission: Submission) -> str:
    if submission.status is not Status.SENDING:
        return "settling"
    started = submission.attempts and submission.attempts[-1].outcome is Outcome.STARTED
    return "start" if started else "outcome"


class FragileTransport(Transport):
    """A transport with a failpoint before and after the wire, and a count of what is on it."""

    def __init__(self, inner: Transport, failpoints: Failpoints, busy: Busy) -> None:
        self.name = inner.name
        self.sender = inner.sender
        self._inner = inner
        self._failpoints = failpoints
        self._busy = busy

    async def send(self, email: Email) -> Receipt:
        """Send, unless this process ends here."""
        with self._busy.sending():
            self._failpoints.reach("before the wire")
            try:
                return await self._inner.send(email)
            finally:
                self._failpoints.reach("after the answer")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()
