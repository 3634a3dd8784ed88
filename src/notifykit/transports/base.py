"""The port to a provider."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from types import TracebackType
from typing import Self

from notifykit.message import Address, Email
from notifykit.submission import Receipt

Guard = Callable[[], Awaitable[None]]

# Told a stage that lies behind, and the provider's own time where it was heard.
Watcher = Callable[[str, "datetime | None"], None]

_guard: ContextVar[Guard | None] = ContextVar("notifykit_guard", default=None)
_watcher: ContextVar[Watcher | None] = ContextVar("notifykit_watcher", default=None)


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Have `before_content` ask this guard, in the sends made within."""
    token = _guard.set(guard)
    try:
        yield
    finally:
        _guard.reset(token)


async def before_content() -> None:
    """
    Make sure that this process may still send, right before the content goes out.

    A process that was paused for longer than its lease finds here that somebody else took the
    email over. Adapters of your own may await it too; without it the window is merely longer.

    Raises:
        UnavailableError: It may not; nothing was sent.
    """
    guard = _guard.get()
    if guard is not None:
        await guard()


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Have `reached` tell this watcher, in what is done within."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def reached(stage: str, clock: datetime | None = None) -> None:
    """
    Tell whoever watches that a stage lies behind, so that a check can show where time goes.

    Adapters of your own may call it too; without it a check tells fewer stages apart.

    Args:
        stage: ``connect``, ``tls``, ``greeting``, ``auth`` or ``http``; ``sending-key`` where the
            key may send and read nothing.
        clock: The provider's own time, where it said so.
    """
    watcher = _watcher.get()
    if watcher is not None:
        watcher(stage, clock)


class Transport(ABC):
    """
    Hands an email to a provider.

    An adapter writes `send` and nothing else; the rest has working defaults. New behaviour, such as
    an allow-list, wraps a transport.

    Attributes:
        name: Stored with every attempt and shown to people; it names the provider in the table of
            diagnoses. Unique within a chain.
        sender: The address this provider lets us send from; ``None``: the email's own.
        connections: How many emails one process hands to it at once, where no limit says otherwise.
            The others wait before an attempt is begun.
    """

    name: str
    sender: Address | None = None
    connections: int = 32

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """The host and port it connects to; ``None``: there is none to look for."""
        return None

    @abstractmethod
    async def send(self, email: Email) -> Receipt:
        """
        Hand the email over to ``email.envelope.rcpt_to`` and return the provider's word for it.

        A receipt means that the provider took the email for at least one recipient. Safe to call
        concurrently.

        Raises:
            UnavailableError: Not taken; it may be later.
            AuthenticationError: Not taken; the login was refused.
            ProviderHeldError: Not taken; this account cannot send for now.
            RejectedError: Not taken; this recipient or content never will be.
            OutcomeUnknownError: The answer was lost after the content went out.
        """

    async def check(self) -> None:  # noqa: B027 - nothing to check is a fine answer
        """
        Connect and log in as `send` would, without sending anything.

        Raises:
            DeliveryError: What `send` would raise now.
        """

    async def aclose(self) -> None:  # noqa: B027 - nothing to close is a fine answer
        """Let go of connections. Safe to call twice; `send` may open new ones afterwards."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
