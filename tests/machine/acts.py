"""Providers that do as they are told, and processes that stop at any step."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any

from machine.truth import Take, Truth
from notifykit import Email, Receipt, Status, Submission, Transport
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.mime import digest
from notifykit.submission import Outcome, Refusal
from notifykit.transports.base import before_content

_PATIENCE = 30.0


class Act(StrEnum):
    """What a provider does with an email. The last two lose the answer."""

    TAKES = "takes"
    REFUSES_ONE = "refuses one for good"
    DEFERS_ONE = "defers one"
    AWAY = "is away"
    DEFERS = "defers all"
    LOGIN = "refuses the login"
    HELD = "has a spent quota"
    REJECTS = "rejects"
    TAKES_AND_HANGS_UP = "takes it and hangs up"
    HANGS_UP = "hangs up"


TAKING = (Act.TAKES, Act.REFUSES_ONE, Act.DEFERS_ONE, Act.TAKES_AND_HANGS_UP)
# An API takes an email for everybody or for nobody.
IN_PARTS = {Act.REFUSES_ONE: Act.REJECTS, Act.DEFERS_ONE: Act.AWAY, Act.DEFERS: Act.AWAY}

PLACES = (
    "before accepting",
    "after accepting",
    "after the claim",
    "before the start commit",
    "after the start commit",
    "before the content",
    "within the content",
    "before the answer",
    "before the outcome commit",
    "after the outcome commit",
    "before the settling commit",
    "after the settling commit",
    "before the hold",
    "after the hold",
)


# Whoever stops there may have sent, and cannot tell any more.
ON_THE_WIRE = ("before the content", "within the content", "before the answer")


class Gate:
    """Stops whoever comes to one place, until it is opened or the process dies."""

    def __init__(self) -> None:
        self.stops_at: str | None = None
        self.is_dead = False
        self.was_shut = False
        self.reached = asyncio.Event()
        self._waiting: asyncio.Future[None] | None = None

    async def come_to(self, place: str) -> None:
        """Go on, or stop here."""
        self.live()
        if place != self.stops_at:
            return
        self.stops_at, self.was_shut = None, True
        self._waiting = asyncio.get_running_loop().create_future()
        self.reached.set()
        await self._waiting

    def live(self) -> None:
        """Let nothing be done by the dead."""
        if self.is_dead:
            raise asyncio.CancelledError

    def open(self) -> None:
        """Let it go on."""
        self.reached.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def die(self) -> None:
        """Nothing follows from here."""
        self.is_dead = True
        if self._waiting is not None:
            self._waiting.cancel()


class GatedRepository:
    """A repository that one process talks to, with a gate before and after each commit."""

    def __init__(self, inner: Any, gate: Gate, truth: Truth) -> None:
        self._inner = inner
        self._gate = gate
        self._truth = truth
        # What this process believes to have in hand.
        self.in_hand: dict[str, Submission] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def called(*arguments: Any, **options: Any) -> Any:
            place = _place(name, *arguments)
            await self._gate.come_to(f"before {place}")
            answer = await method(*arguments, **options)
            self._note(name, answer)
            await self._gate.come_to(f"after {place}")
            return answer

        return called

    def _note(self, name: str, answer: Any) -> None:
        given = list(answer) if name == "claim" else [answer] if name in ("add", "save") else []
        for submission in given:
            self.in_hand[submission.message_id] = submission
            for attempt in submission.attempts:
                if attempt.outcome is Outcome.UNKNOWN:
                    self._truth.unknown[submission.id].add(attempt.id)


def _place(name: str, *arguments: Any) -> str:
    if name != "save":
        return {"add": "accepting"}.get(name, f"the {name}")
    submission: Submission = arguments[0]
    if submission.status is not Status.SENDING:
        return "the settling commit"
    started = submission.attempts and submission.attempts[-1].outcome is Outcome.STARTED
    return "the start commit" if started else "the outcome commit"


class ScriptedTransport(Transport):
    """One process's way to a provider, which does what the process's script says next."""

    def __init__(self, name: str, process: Process, *, is_api: bool) -> None:
        self.name = name
        self._process = process
        self._is_api = is_api

    async def send(self, email: Email) -> Receipt:
        """Act."""
        act = self._process.next_act()
        act = IN_PARTS.get(act, act) if self._is_api else act
        gate, rcpt = self._process.gate, email.envelope.rcpt_to
        if act not in (*TAKING, Act.HANGS_UP):
            gate.live()
            raise self._refusal(act)
        await gate.come_to("before the content")
        await before_content()
        await self._process.prove_the_lease(email)
        await gate.come_to("within the content")
        accepted = rcpt[1:] if act in (Act.REFUSES_ONE, Act.DEFERS_ONE) else rcpt
        if act in TAKING and accepted:
            self._process.took(self.name, email, accepted)
        await gate.come_to("before the answer")
        if act in (Act.TAKES_AND_HANGS_UP, Act.HANGS_UP):
            raise self._error(OutcomeUnknownError, "http" if self._is_api else "content")
        permanent = act is Act.REFUSES_ONE
        refused = tuple(
            Refusal(recipient=each, text="no", permanent=permanent)
            for each in rcpt
            if each not in accepted
        )
        return Receipt(self.name, None, accepted, refused)

    def _refusal(self, act: Act) -> DeliveryError:
        return {
            Act.AWAY: self._error(UnavailableError, "connect"),
            Act.DEFERS: self._error(UnavailableError, "rcpt"),
            Act.LOGIN: self._error(AuthenticationError, "auth"),
            Act.HELD: self._error(ProviderHeldError, "mail"),
            Act.REJECTS: self._error(RejectedError, "content"),
        }[act]

    def _error(self, kind: type[DeliveryError], stage: str) -> DeliveryError:
        return kind("as told", provider=self.name, stage=stage)


class Process:
    """
    One process of the bot: it does one thing at a time, and may stop or die in the middle.

    Args:
        repository: The one that all processes share.
        truth: What really happens.
        make_notifier: Builds its notifier around its own transports and repository.
    """

    def __init__(
        self,
        repository: Any,
        truth: Truth,
        make_notifier: Callable[[Process, GatedRepository], Any],
    ) -> None:
        self.gate = Gate()
        self._truth = truth
        self._store = repository
        self._repository = GatedRepository(repository, self.gate, truth)
        self.notifier = make_notifier(self, self._repository)
        self._script: deque[Act] = deque()
        self._work: asyncio.Task[Any] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it can be asked to do something."""
        return self._work is None

    async def do(
        self, work: Awaitable[Any], script: Sequence[Act] = (), stops_at: str | None = None
    ) -> Any:
        """Begin something, up to its end or to the place where it is to stop: then ``None``."""
        self._script = deque(script)
        self.gate.stops_at, self.gate.was_shut = stops_at, False
        self._work = asyncio.ensure_future(work)
        return await self._until_it_stops()

    async def go_on(self, stops_at: str | None = None) -> Any:
        """Go on from where it stopped, likewise."""
        self.gate.stops_at = stops_at
        self.gate.open()
        return await self._until_it_stops()

    async def die(self) -> None:
        """End here and now: nothing more is written or sent."""
        self.gate.die()
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    def excuse(self) -> None:
        """Expect nothing of its lease: the clock went back, so that it cannot tell how it slept."""
        self.gate.was_shut = False

    def next_act(self) -> Act:
        """Say what the provider that is asked now does; the last act goes on."""
        if len(self._script) > 1:
            return self._script.popleft()
        return self._script[0] if self._script else Act.TAKES

    def took(self, provider: str, email: Email, recipients: tuple[str, ...]) -> None:
        """Note what a provider took."""
        submission = self._repository.in_hand[email.message_id].id
        take = Take(
            provider=provider, submission=submission, recipients=recipients, sha256=digest(email)
        )
        self._truth.takes.append(take)

    async def prove_the_lease(self, email: Email) -> None:
        """Note where it goes on with the content of what somebody else has in hand by now."""
        if not self.gate.was_shut:
            return
        mine = self._repository.in_hand[email.message_id]
        kept = await self._store.get(mine.id)
        if kept is not None and kept.fence != mine.fence:
            self._truth.behind_their_back.append(mine.id)

    async def _until_it_stops(self) -> Any:
        assert self._work is not None
        stopped = asyncio.ensure_future(self.gate.reached.wait())
        await asyncio.wait(
            {self._work, stopped}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        hangs = not stopped.done() and not self._work.done()
        stopped.cancel()
        assert not hangs, "it neither ends nor stops"
        if not self._work.done():
            return None
        done, self._work = self._work, None
        self.gate.stops_at = None
        return done.result()
