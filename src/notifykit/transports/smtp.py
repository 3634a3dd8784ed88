"""Hands emails to any provider that speaks SMTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from notifykit.errors import (
    ConfigurationError,
    DeliveryError,
    InvalidEmailError,
    RejectedError,
)
from notifykit.message import Address, Email
from notifykit.mime import encode
from notifykit.submission import Receipt, Refusal
from notifykit.transports.base import Transport
from notifykit.transports.loopback import is_loopback
from notifykit.transports.relays import Relay, Security
from notifykit.transports.smtp_login import Login
from notifykit.transports.smtp_pool import SmtpPool
from notifykit.transports.smtp_session import SmtpSession
from notifykit.transports.smtp_trust import TrustStore
from notifykit.transports.smtp_wire import Content

# Postfix, Yandex and SendGrid say "Ok: queued as <id>", Exim "OK id=<id>", Gmail "OK  <time> <id> -
# gsmtp".
_QUEUE_ID = re.compile(
    r"(?i:queued as\s|\bid=)\s*<?([\w.@+/=-]{1,200})|\bOK\s+\d+\s+(\S{1,200}) - gsmtp"
)

_NO_LOGIN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class SmtpTransport(Transport):
    """
    Sends through an SMTP host: Gmail, Yandex, the relays of SendGrid and Mailgun, your own.

    ::

        SmtpTransport(RELAYS["gmail"], user="bot@example.com", password="…")

    Connections are kept and used again, and few are opened, as providers count logins. TLS is as
    the relay says, never a matter of what the server offers, and certificates are always verified.

    Args:
        relay: The host; its provider is also this transport's `name`. Give two of one provider
            different names: ``transport.name = "gmail-2"``.
        user, password: The login; both or neither.
        sender: The address this account may send from.
        cafile: Certificates to trust, PEM; left out, the system's.
        timeout: Seconds for connecting and logging in, and again for the envelope. The content and
            its answer get four times as long (RFC 5321, section 4.5.3.2).

    Attributes:
        connections: As many at once, 2 where nothing is said; further emails wait. To be set before
            the first email.

    Raises:
        ConfigurationError: Half a login, or one that would travel in clear.
    """

    connections: int = 2

    def __init__(
        self,
        relay: Relay,
        *,
        user: str | None = None,
        password: SecretStr | str | None = None,
        sender: Address | None = None,
        cafile: str | None = None,
        timeout: float = 30,
    ) -> None:
        secret = password.get_secret_value() if isinstance(password, SecretStr) else password
        self.name = relay.provider
        self.relay = relay
        self.sender = sender
        self._login = _login(relay, user, secret)
        self._trust = TrustStore(relay.provider, cafile)
        self._timeout = timeout
        self._pool: SmtpPool | None = None

    def __repr__(self) -> str:
        return f"SmtpTransport({self.relay!r}, user={self._login.user if self._login else None!r})"

    @property
    def endpoint(self) -> tuple[str, int]:
        return self.relay.host, self.relay.port

    async def send(self, email: Email) -> Receipt:
        """
        Hand the email over; see `Transport.send`.

        Some recipients refused are no error: the receipt names them.
        """
        if self.sender is not None:
            email = email.via(self.sender)
        with self._named():
            content = await _content(email, self.name)
            taken = await self._pooled().run(lambda session: session.send(email.envelope, content))
        return Receipt(self.name, _queue_id(taken.answer.text), taken.accepted, taken.refused)

    async def check(self) -> None:
        """Connect and log in; the connection is kept for the next email. See `Transport.check`."""
        with self._named():
            await self._pooled().run(lambda session: session.ping())

    async def rehearse(self, email: Email) -> tuple[Refusal, ...]:
        """
        Ask whether the envelope would be taken, without handing anything over.

        The connection of `check` serves again, so that no second login is made.

        Returns:
            The recipients that are refused, and why.

        Raises:
            DeliveryError: The sender is refused, or the connection or the login fails.
        """
        if self.sender is not None:
            email = email.via(self.sender)
        with self._named():
            return await self._pooled().run(lambda session: session.rehearse(email.envelope))

    async def aclose(self) -> None:
        """Say goodbye on every connection. Raises nothing; `send` may open new ones."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        if pool.loop is asyncio.get_running_loop():
            await pool.close()
        else:
            pool.abandon()

    def _pooled(self) -> SmtpPool:
        if self._pool is not None and self._pool.loop is not asyncio.get_running_loop():
            self._pool.abandon()
            self._pool = None
        if self._pool is None:
            self._pool = SmtpPool(self._opened, size=self.connections)
        return self._pool

    async def _opened(self) -> SmtpSession:
        session = SmtpSession(self.relay, self._login, self._timeout)
        await session.open(self._trust.context)
        return session

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name this transport in errors: the table of diagnoses knows its provider's name only."""
        try:
            yield
        except DeliveryError as error:
            error.provider = self.name
            raise


async def _content(email: Email, name: str) -> Content:
    try:
        # Twenty megabytes take a while, and others wait for the event loop.
        return await asyncio.to_thread(lambda: Content.of(encode(email)))
    except InvalidEmailError as error:
        raise RejectedError(str(error), provider=name) from error


def _login(relay: Relay, user: str | None, password: str | None) -> Login | None:
    problems = [text for wrong, text in _problems(relay, user or "", password or "") if wrong]
    if problems:
        raise ConfigurationError(*(f"{relay.provider}: {problem}" for problem in problems))
    return Login(user, password) if user and password else None


def _problems(relay: Relay, user: str, password: str) -> Iterator[tuple[object, str]]:
    in_clear = relay.security is Security.NONE and not is_loopback(relay.host)
    yield not 0 < relay.port < 65536, "the port must be a number from 1 to 65535"  # noqa: PLR2004 - TCP
    yield bool(user) != bool(password), "a login needs both a user and a password"
    yield _NO_LOGIN.search(user), "the user has a line break or control character: copy it again"
    yield _NO_LOGIN.search(password), "the password has a line break or control character"
    yield (
        in_clear and password,
        ("without TLS the password would travel in clear: use starttls on 587 or implicit on 465"),
    )


def _queue_id(text: str) -> str | None:
    found = _QUEUE_ID.search(text)
    return found[1] or found[2] if found else None
