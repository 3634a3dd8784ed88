"""Connections that are kept, as providers count logins (Gmail: about a hundred in a row)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    ProviderHeldError,
    UnavailableError,
)
from notifykit.transports.smtp_errors import StaleSessionError, as_kind
from notifykit.transports.smtp_session import SmtpSession

T = TypeVar("T")


class SmtpPool:
    """
    A few connections of one event loop, the one used last first.

    Args:
        opened: Makes a connection that is logged in.
        size: As many at once; further callers wait.
        idle: Seconds after which a connection is not trusted any more.
        patience: Seconds for which a caller waits for its turn. Without an end, a slow provider
            would keep it beyond its lease.
    """

    def __init__(
        self,
        opened: Callable[[], Awaitable[SmtpSession]],
        *,
        size: int = 2,
        idle: float = 60,
        patience: float = 30,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._opened = opened
        self._slots = asyncio.Semaphore(size)
        self._idle = idle
        self._patience = patience
        self._kept: list[SmtpSession] = []
        self._closed = False
        # Whoever was waiting while a login was refused is told so: a hundred emails at once would
        # be a hundred refused logins, which providers punish.
        self._refused: tuple[DeliveryError | None, float] = (None, 0.0)

    async def run(self, work: Callable[[SmtpSession], Awaitable[T]]) -> T:
        """
        Do some work on a connection.

        A kept one that turns out to be dead is replaced once; `SmtpSession` says so only as long
        as the work can be done again.

        Raises:
            UnavailableError: All connections were busy for too long, or what the work raises.
        """
        arrived = self.loop.time()
        await self._slot()
        try:
            kept = self._take()
            if kept is not None:
                with suppress(StaleSessionError):
                    return await self._on(kept, work)
            return await self._on(await self._open(arrived), work)
        finally:
            self._slots.release()

    async def _open(self, arrived: float) -> SmtpSession:
        refusal, at = self._refused
        if refusal is not None and at >= arrived:
            raise as_kind(type(refusal), refusal) from refusal
        try:
            return await self._opened()
        except (AuthenticationError, ProviderHeldError) as error:
            self._refused = error, self.loop.time()
            raise

    async def _slot(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._slots.acquire()
        except TimeoutError as error:
            raise UnavailableError(
                "every connection is busy with other emails", provider="", stage="connect"
            ) from error

    async def close(self) -> None:
        """Say goodbye on every connection, and keep none from now on."""
        self._closed = True
        kept, self._kept = self._kept, []
        await asyncio.gather(*(session.quit() for session in kept))

    def abandon(self) -> None:
        """Drop the connections of a loop that is not this one."""
        self._closed = True
        while self._kept:
            self._kept.pop().abandon(self.loop)

    def _take(self) -> SmtpSession | None:
        oldest = self.loop.time() - self._idle
        for session in [session for session in self._kept if session.used_at < oldest]:
            self._kept.remove(session)
            session.leave()
        while self._kept:
            session = self._kept.pop()
            if session.ready:
                return session
            session.abort()
        return None

    async def _on(self, session: SmtpSession, work: Callable[[SmtpSession], Awaitable[T]]) -> T:
        try:
            return await work(session)
        finally:
            # Whatever happened, cancellation too: only a connection between two emails is kept.
            if not session.ready:
                session.abort()
            elif self._closed:
                session.leave()
            else:
                session.used_at = self.loop.time()
                session.reused = True
                self._kept.append(session)
