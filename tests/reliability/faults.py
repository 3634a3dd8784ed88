"""What providers do wrong, drawn from a seed."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from notifykit.simulators import Act, Answer, Drip, Say
from notifykit.simulators.script import HangUp, Script, wire_form

# Of every hundred answers at a stage, so many are not the usual one.
SMTP_RATES: Mapping[str, float] = {"greeting": 0.02, "rcpt": 0.015, "data": 0.02, "content": 0.1}
OTHER_RATE = 0.01
HTTP_RATE = 0.12
# Seconds that a provider takes for its usual answer, as over a network: at most.
SLOWNESS: Mapping[str, float] = {"greeting": 0.05, "rcpt": 0.03, "content": 0.12}
HTTP_SLOWNESS = 0.15

# Some of these make the client hold the provider, some make it give the recipient up.
_TEMPORARY = ("421 4.3.2 Service shutting down", "451 4.3.0 Try again later", "452 4.2.2 Full")
_PERMANENT: Mapping[str, str] = {
    "rcpt": "550 5.1.1 No such user",
    "content": "554 5.6.0 Message refused",
}
_SHUT = "554 5.3.2 Service not available"
_JUNK = b"\x00\xff\x16\x03\x01 this is not SMTP\r\n999 nor is this\r\n"
# Usually within the client's patience; now and then beyond its lease.
_HANGS = (0.1, 0.4, 2.0)


def reset(line: Any) -> None:
    """End the connection with an RST, as a crashed host or a firewall does."""
    with suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        plug = line.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    line.transport.abort()


@dataclass(frozen=True, slots=True)
class Reset(Act):
    """Break the connection; with ``accepts`` after having taken what was offered."""

    accepts: bool = False

    async def perform(self, line: Any) -> None:
        """Break it."""
        reset(line)
        raise HangUp


@dataclass(frozen=True, slots=True)
class Silence(Act):
    """Say nothing for so many seconds, then break the connection."""

    seconds: float
    accepts: bool = False

    async def perform(self, line: Any) -> None:
        """Wait, at most until the client leaves."""
        await _pause(line, self.seconds)
        reset(line)
        raise HangUp


@dataclass(frozen=True, slots=True)
class Late(Act):
    """Do it, but only after so many seconds."""

    act: Act
    seconds: float

    @property
    def accepts(self) -> bool:
        return self.act.accepts

    async def perform(self, line: Any) -> None:
        """Wait, then answer whoever is still there."""
        await _pause(line, self.seconds)
        await self.act.perform(line)


@dataclass(frozen=True, slots=True)
class Endless(Act):
    """Begin an answer that never ends."""

    words: bytes
    accepts: bool = False

    async def perform(self, line: Any) -> None:
        """Send line after line until the client leaves or had enough time to."""
        for _ in range(150):
            if line.lost.is_set():
                break
            line.write(self.words)
            await asyncio.sleep(0.01)
        raise HangUp


@dataclass(frozen=True, slots=True)
class Noise(Act):
    """Send bytes that mean nothing, and hang up."""

    data: bytes = _JUNK
    accepts: bool = False

    async def perform(self, line: Any) -> None:
        """Send them."""
        line.write(self.data)
        raise HangUp


async def _pause(line: Any, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(line.lost.wait(), seconds)
    if line.lost.is_set():
        raise HangUp


def smtp_fault(draw: Random, stage: str, usual: str) -> Act:
    """Draw what goes wrong at a stage; at the content it may be taken all the same."""
    taken = stage == "content" and draw.random() < 0.5
    seconds = draw.uniform(0, draw.choice(_HANGS))
    temporary = draw.choice(_TEMPORARY)
    acts: list[Act] = [
        Reset(taken),
        Silence(seconds, taken),
        Drip(usual, draw.uniform(0.0005, 0.03)),
        Say(temporary, close=temporary.startswith("421")),
        Say(_PERMANENT.get(stage, _SHUT), close=stage not in _PERMANENT),
        Noise(accepts=taken),
        Endless(wire_form("250-and so on"), taken),
        Late(Say(usual), seconds),
    ]
    return draw.choice(acts)


def http_fault(draw: Random, usual: Answer) -> tuple[str, Act]:
    """Draw what goes wrong with a request: at which of its stages, and what."""
    taken = draw.random() < 0.5
    seconds = draw.uniform(0, draw.choice(_HANGS))
    acts: list[tuple[str, Act]] = [
        ("connect", Reset()),
        ("head", Reset()),
        ("head", Silence(seconds)),
        ("body", Reset(taken)),
        ("body", Silence(seconds, taken)),
        ("body", Answer(429, headers={"Retry-After": "1"})),
        ("body", Answer(503)),
        ("body", Answer(400, {"errors": [{"message": "Bad Request"}], "message": "Bad Request"})),
        ("body", Noise(accepts=taken)),
        ("body", Endless(b"HTTP/1.1 100 Continue\r\n\r\n", taken)),
        ("body", Drip(_spoken(usual), draw.uniform(0.0005, 0.01))),
        ("body", Late(usual, seconds)),
    ]
    return draw.choice(acts)


def _spoken(answer: Answer) -> str:
    # `Drip` takes a mail only with words that begin like SMTP's, so this one is never taken; it
    # says so, if slowly.
    return f"HTTP/1.1 503 After {answer.code}\nContent-Length: 0\n"


class DrawnScript(Script):
    """
    The acts of an SMTP server as they are drawn.

    Args:
        draw: The source of chance.
        times: How many times as much goes wrong as usual; 0: nothing. Beyond 1 it is always the
            answer to the finished content that is lost, which is the hardest case of all.
    """

    def __init__(self, draw: Random, times: float) -> None:
        super().__init__()
        self._draw = draw
        self.times = times

    def act(self, stage: str, usual: str, recipient: str | None = None) -> Act:
        """Draw what to do now; after a negative answer of the server's own nothing else."""
        unlucky = self._draw.random() < SMTP_RATES.get(stage, OTHER_RATE) * self.times
        if unlucky and usual[:1] in "23":
            if stage == "content" and self.times > 1:
                return Reset(accepts=True)
            return smtp_fault(self._draw, stage, usual)
        if stage in SLOWNESS:
            return Late(Say(usual), self._draw.uniform(0, SLOWNESS[stage]))
        return Say(usual)
