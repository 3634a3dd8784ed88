"""What every page has at hand."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr
from starlette.requests import Request

from notifykit.dashboard.look import Look
from notifykit.dashboard.throttle import Throttle
from notifykit.dashboard.visits import Seal, Visit
from notifykit.doctor import Finding
from notifykit.notifier import Notifier
from notifykit.storage.base import SubmissionRepository
from notifykit.storage.overview import Period, Tally

# Says who a request comes from, by the host application's own login; nobody: refused.
Auth = Callable[[Request], Awaitable[str | None] | str | None]

_LOCKS = 1_000
# Seconds: what is found sooner is asked for every time.
_SHARED_FROM = 0.1


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What the last check found.

    Attributes:
        at: When it was over, aware.
    """

    at: datetime
    findings: tuple[Finding, ...]


@dataclass(slots=True, kw_only=True)
class Desk:
    """
    What every page has at hand.

    Attributes:
        notifier: Acts; ``None`` where the dashboard only looks.
        repository: Where the submissions are.
        password: What lets a visitor in; ``None``: no login of our own.
        auth: The host application's login.
        checked: The last check of this process.
        looks_every: Seconds between two looks of a live page.
        closing: Set when the server stops: live updates end then.
    """

    notifier: Notifier | None
    repository: SubmissionRepository
    look: Look
    password: SecretStr | None = None
    auth: Auth | None = None
    seal: Seal = field(init=False)
    throttle: Throttle = field(default_factory=Throttle)
    checked: Checked | None = None
    looks_every: float = 3.0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    streams: int = 0
    _tally: Tally | None = None
    _tally_until: float = 0.0
    _locks: OrderedDict[str, asyncio.Lock] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.seal = Seal(self.password)

    @property
    def source(self) -> str | None:
        """Whose submissions may be acted upon."""
        return self.notifier.options.source if self.notifier else None

    async def tallied(self, period: Period) -> Tally:
        """
        Count what happened in a long period.

        Where that takes a while, all visitors share what was found for a thousand times as long,
        and no longer than a minute; a live page asks every few seconds.
        """
        if self._tally is not None and time.monotonic() < self._tally_until:
            return self._tally
        began = time.monotonic()
        self._tally = await self.repository.tally(period)
        took = time.monotonic() - began
        self._tally_until = began + (min(1_000 * took, 60.0) if took > _SHARED_FROM else 0.0)
        return self._tally

    def now(self) -> datetime:
        """Tell the time by the notifier's clock."""
        from notifykit.delivery import utc_now  # noqa: PLC0415 - only where nobody else tells it

        return self.notifier.options.clock() if self.notifier else utc_now()

    @asynccontextmanager
    async def one_at_a_time(self, name: str) -> AsyncIterator[None]:
        """Let two clicks on one thing come one after the other: the second sees the first."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._locks.move_to_end(name)
        for old in [old for old, held in self._locks.items() if not held.locked()][:-_LOCKS]:
            del self._locks[old]
        async with lock:
            yield


def desk_of(request: Request) -> Desk:
    """Find the desk of the dashboard that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def visit_of(request: Request) -> Visit:
    """Find the visit that a request belongs to."""
    visit: Visit = request.state.visit
    return visit
