"""What a simulated SMTP server does instead of its usual answer."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol


class Line(Protocol):
    """The wire to one client, as an act needs it."""

    lost: asyncio.Event

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""


class HangUp(Exception):  # noqa: N818 - it ends a dialogue as planned, nothing went wrong
    """The connection is over."""


class Act(ABC):
    """
    One thing a server does when a stage is reached.

    Attributes:
        accepts: The server goes on as after a positive answer: the mail is kept, the login counts.
    """

    @property
    @abstractmethod
    def accepts(self) -> bool: ...

    @abstractmethod
    async def perform(self, line: Line) -> None:
        """Do it. Raises `HangUp` where the connection ends with it."""

    def instead_of(self, usual: Act) -> Act:
        """Give what to do, where something else would have been done."""
        return self


@dataclass(frozen=True, slots=True)
class Late(Act):
    """
    Wait, and only then do something: what the server always does, where ``act`` is left out.

    Args:
        seconds: How long; a client that leaves is not waited for.
        act: What to do then.
    """

    seconds: float
    act: Act | None = None

    @property
    def accepts(self) -> bool:
        return self.act is not None and self.act.accepts

    async def perform(self, line: Line) -> None:
        """Wait, then do it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                await line.lost.wait()
        if line.lost.is_set():
            raise HangUp
        if self.act is not None:
            await self.act.perform(line)

    def instead_of(self, usual: Act) -> Act:
        return self if self.act is not None else Late(self.seconds, usual)


@dataclass(frozen=True, slots=True)
class Say(Act):
    """
    Answer.

    Args:
        text: As on the wire, codes included; lines are parted by a newline.
        close: Hang up right afterwards.
    """

    text: str
    close: bool = field(default=False, kw_only=True)

    @property
    def accepts(self) -> bool:
        return self.text[:1] in ("2", "3")

    async def perform(self, line: Line) -> None:
        """Send every line."""
        line.write(wire_form(self.text))
        if self.close:
            raise HangUp


@dataclass(frozen=True, slots=True)
class Drip(Act):
    """Answer byte by byte, with a pause in seconds after each."""

    text: str
    pause: float = 0.01

    @property
    def accepts(self) -> bool:
        return self.text[:1] in ("2", "3")

    async def perform(self, line: Line) -> None:
        """Send one byte after the other, as long as the client listens."""
        for byte in wire_form(self.text):
            if line.lost.is_set():
                raise HangUp
            line.write(bytes([byte]))
            await asyncio.sleep(self.pause)


@dataclass(frozen=True, slots=True)
class Junk(Act):
    """Send bytes that need not be SMTP."""

    data: bytes
    close: bool = field(default=False, kw_only=True)

    @property
    def accepts(self) -> bool:
        return False

    async def perform(self, line: Line) -> None:
        """Send them as they are."""
        line.write(self.data)
        if self.close:
            raise HangUp


@dataclass(frozen=True, slots=True)
class Close(Act):
    """Hang up without an answer; with ``accepts`` only after having taken what was offered."""

    accepts: bool = False

    async def perform(self, line: Line) -> None:
        """Hang up."""
        raise HangUp


@dataclass(frozen=True, slots=True)
class Hang(Act):
    """Never answer, and wait until the client gives up."""

    accepts: bool = False

    async def perform(self, line: Line) -> None:
        """Wait for the client to leave."""
        await line.lost.wait()
        raise HangUp


def wire_form(text: str) -> bytes:
    """Give an answer as it goes over the wire."""
    return "".join(f"{line}\r\n" for line in text.split("\n")).encode()


@dataclass(slots=True)
class _Rule:
    stage: str
    act: Act
    nth: int | None
    recipient: str | None
    met: int = 0

    def answers(self, stage: str, recipient: str | None) -> bool:
        if stage != self.stage or self.recipient not in (None, recipient):
            return False
        self.met += 1
        return self.nth in (None, self.met)


class Script:
    """The acts of a server, each for a stage, an occurrence of it, or one recipient."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(self, stage: str, act: Act, nth: int | None, recipient: str | None) -> None:
        """Add an act; of two that fit, the one added last is played."""
        # A new list: the server may be reading the old one in a thread of its own.
        self._rules = [_Rule(stage, act, nth, recipient), *self._rules]

    def act(self, stage: str, usual: str, recipient: str | None = None) -> Act:
        """Find what to do now; every rule that fits counts the occasion."""
        fitting = [rule.act for rule in self._rules if rule.answers(stage, recipient)]
        return fitting[0].instead_of(Say(usual)) if fitting else Say(usual)
