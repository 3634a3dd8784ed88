"""The port to a provider."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from notifykit.message import Address, Email
from notifykit.submission import Receipt

Guard = Callable[[], Awaitable[None]]

_guard: ContextVar[Guard | None] = ContextVar("notifykit_guard", default=None)


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


class Transport(ABC):
    """
    Hands an email to a provider.

    An adapter writes `send` and nothing else; the rest has working defaults. New behaviour, such as
    an allow-list, wraps a transport.

    Attributes:
        name: Stored with every attempt and shown to people; it names the provider in the table of
            diagnoses. Unique within a chain.
        sender: The address this provider lets us send from; ``None``: the email's own.
    """

    name: str
    sender: Address | None = None

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
