"""Looks at a provider stage by stage: one connection, and one login at most."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from notifykit.diagnosis import error_for, network_reply
from notifykit.doctor.finding import Finding
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.transports.base import Transport, watched
from notifykit.transports.relays import RELAYS

PATIENCE = 10.0  # seconds for one provider
_SHOWN = 2  # addresses of a host

_NAMES = ("network.host-unknown", "network.names-unavailable")
# Nobody mistyped these: where they are not found, it is the resolver's fault.
_KNOWN_HOSTS = frozenset(
    [
        *(relay.host for relay in RELAYS.values()),
        "api.sendgrid.com",
        "api.eu.sendgrid.com",
        "api.mailgun.net",
        "api.eu.mailgun.net",
    ]
)
_NOBODY = ("network.refused", "network.unreachable")


@dataclass(slots=True)
class Progress:
    """
    How far a connection got, and when.

    Attributes:
        started: When it began, by `time.perf_counter`.
        at: When each stage lay behind.
        ahead: How far this machine's clock is ahead of the provider's; ``None``: it did not tell.
    """

    started: float = field(default_factory=time.perf_counter)
    at: dict[str, float] = field(default_factory=dict)
    ahead: timedelta | None = None

    def __call__(self, stage: str, clock: datetime | None) -> None:
        self.at.setdefault(stage, time.perf_counter())
        if clock is not None:
            self.ahead = datetime.now(UTC) - clock

    def seconds(self, stage: str, after: str | None = None) -> float | None:
        """Say how long a stage took; ``None`` where it was not reached."""
        if stage not in self.at:
            return None
        return self.at[stage] - self.at.get(after or "", self.started)


@dataclass(frozen=True, slots=True)
class Visit:
    """
    What a look at one provider came to.

    Attributes:
        findings: A line for each stage, up to the one that failed.
        error: What `Transport.send` would meet there; ``None``: it is ready.
        ahead: How far this machine's clock is ahead of the provider's.
    """

    findings: tuple[Finding, ...]
    error: DeliveryError | None = None
    ahead: timedelta | None = None


async def visit(transport: Transport, *, patience: float = PATIENCE) -> Visit:
    """
    Look the name up, connect and log in, and send nothing.

    Args:
        patience: Seconds for all of it together.
    """
    found: list[Finding] = []
    if transport.endpoint is not None:
        named = await _looked_up(transport.name, *transport.endpoint, patience)
        found.append(named)
        if named.error:
            return Visit((named,), named.error)
    progress = Progress()
    error = await _checked(transport, progress, patience)
    found += _stages(transport, progress, error)
    return Visit(tuple(found), error, progress.ahead)


async def _looked_up(provider: str, host: str, port: int, patience: float) -> Finding:
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience):
            places = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as broken:
        # A resolver that is silent is one that does not work.
        faulty = isinstance(broken, TimeoutError) or host in _KNOWN_HOSTS
        cause = socket.gaierror(socket.EAI_AGAIN, "not looked up") if faulty else broken
        error = error_for(network_reply(provider, "connect", cause))
        return _finding("NK201", provider, started, error=error, where=f"{host}: ")
    found = dict.fromkeys(str(place[4][0]) for place in places)
    shown = ", ".join(list(found)[:_SHOWN])
    return _finding("fine.dns", provider, started, host=host, addresses=shown)


def _finding(
    id_: str, provider: str, started: float, *, error: DeliveryError | None = None, **seen: str
) -> Finding:
    return Finding(
        id=id_,
        subject=provider,
        seen=(seen,),
        error=error,
        seconds=time.perf_counter() - started,
    )


async def _checked(
    transport: Transport, progress: Progress, patience: float
) -> DeliveryError | None:
    try:
        with watched(progress):
            async with asyncio.timeout(patience):
                await transport.check()
    except DeliveryError as error:
        return error
    except TimeoutError:
        return _too_slow(transport, progress)
    except Exception as error:  # noqa: BLE001 - a transport of the user's own may raise anything
        fault = f"the transport failed with {type(error).__name__}"
        return UnavailableError(fault, provider=transport.name)
    return None


def _too_slow(transport: Transport, progress: Progress) -> DeliveryError:
    """Say where the time went: nobody there, a silent greeting, or a slow answer."""
    connected, greeted = "connect" in progress.at, "greeting" in progress.at
    silent = connected and not greeted and "tls" not in progress.at
    stage = "connect" if not greeted and "tls" not in progress.at else "auth"
    words = "timed out at the greeting" if silent else "timed out"
    return error_for(network_reply(transport.name, stage, TimeoutError(words)))


def _stages(
    transport: Transport, progress: Progress, error: DeliveryError | None
) -> Iterator[Finding]:
    name, ended = transport.name, time.perf_counter()
    failed = _failed(error, progress) if error else None
    if transport.endpoint is not None and progress.at and failed not in ("NK201", "NK202"):
        port = {"port": transport.endpoint[1]}
        seconds = progress.seconds("connect")
        yield Finding(id="fine.tcp", subject=name, seen=(port,), seconds=seconds)
    if "tls" in progress.at:
        seconds = progress.seconds("tls", "connect")
        yield Finding(id="fine.tls", subject=name, seen=({},), seconds=seconds)
    last = max(progress.at.values(), default=progress.started) if error else progress.started
    if failed is None:
        before = progress.at.get("tls") or progress.at.get("connect") or progress.started
        yield Finding(
            id=_fine(transport, progress), subject=name, seen=({},), seconds=ended - before
        )
    else:
        where = f"{transport.endpoint[0]}: " if transport.endpoint else ""
        seen = ({"where": where},)
        yield Finding(id=failed, subject=name, seen=seen, error=error, seconds=ended - last)


def _fine(transport: Transport, progress: Progress) -> str:
    if transport.endpoint is None:
        return "fine.local"
    ways = {
        "sending-key": "fine.sending-key",
        "http": "fine.key",
        "auth": "fine.login",
        "connect": "fine.no-login",
    }
    return next((known for stage, known in ways.items() if stage in progress.at), "fine.kept")


def _failed(error: DeliveryError, progress: Progress) -> str:
    known = error.diagnosis.id if error.diagnosis else ""
    if known in _NAMES:
        return "NK201"
    if error.stage == "connect":
        connected = "connect" in progress.at and known not in _NOBODY
        return "NK204" if connected else "NK202"
    if error.stage in ("tls", "ehlo"):
        return {"tls": "NK203", "ehlo": "NK204"}[error.stage]
    if isinstance(error, AuthenticationError):
        return "NK205"
    held = isinstance(error, ProviderHeldError | RejectedError)
    return "NK206" if held else "NK207"
