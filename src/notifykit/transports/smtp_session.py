"""One SMTP connection from the greeting to the verdict, step by step (RFC 5321)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiosmtplib.errors import SMTPResponseException

from notifykit.diagnosis.scrubbing import without_past
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    ProviderHeldError,
    UnavailableError,
)
from notifykit.message import Envelope
from notifykit.submission import Refusal
from notifykit.transports.base import before_content, reached
from notifykit.transports.relays import Relay, Security
from notifykit.transports.smtp_errors import (
    FOREIGN,
    Interpreter,
    StaleSessionError,
    all_refused,
    as_kind,
    refused,
)
from notifykit.transports.smtp_login import Login, base64
from notifykit.transports.smtp_wire import DONE, GO_ON, Answer, Content, SmtpWire

# An address literal (RFC 5321, section 4.1.3): asking DNS for a name of our own could block, and
# the host's real name or address is nobody's business.
EHLO_NAME = "[127.0.0.1]"

# RFC 5321, section 4.5.3.2.6, asks for patience here: who gives up early gets a second copy out.
_PATIENCE = 4
_FAREWELL = 2.0
_CLOSING = 421
_REHEARSED = 10_000  # bytes of an ordinary email


@dataclass(frozen=True, slots=True)
class Taken:
    """
    The server's word that it took an email.

    Attributes:
        answer: The words.
        accepted, refused: The recipients.
    """

    answer: Answer
    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...]


class SmtpSession:
    """
    One connection. Every failure is raised as one of our errors; nothing foreign escapes.

    Before the content begins, a lost connection means that nothing was taken. From its first byte
    to the answer the outcome is unknown. Once the answer is read, nothing changes it any more.

    Attributes:
        ready: Between two emails, and alive as far as one can see without asking.
        reused: It served before; only then can it be stale.
        used_at: When it was used last, by the loop's clock.
    """

    def __init__(self, relay: Relay, login: Login | None, timeout: float) -> None:
        self._relay = relay
        self._login = login
        self._errors = Interpreter(relay.provider, login.secrets if login else ())
        self._timeout = timeout
        self._wire: SmtpWire | None = None
        self._stage = "connect"
        self._capabilities: dict[str, str] = {}
        self._between = False
        self._rset_first = False
        self._content_begun = False
        self.reused = False
        self.used_at = 0.0

    @property
    def ready(self) -> bool:
        return self._between and self._wire is not None and self._wire.in_step

    async def open(self, tls: Callable[[], Awaitable[ssl.SSLContext]]) -> None:
        """
        Connect, protect the connection, and log in, all within the timeout.

        Raises:
            DeliveryError: Any but `OutcomeUnknownError` and `RejectedError`.
        """
        try:
            async with self._guarded(self._timeout):
                await self._connect(tls)
                await self._greet()
                if self._relay.security is Security.STARTTLS:
                    await self._starttls(tls)
                if self._login is not None:
                    await self._authenticate(self._login)
                    reached("auth")
        except BaseException as error:
            self.abort()
            if self._stage == "auth":
                without_past(error)
            raise
        self._between = True

    async def send(self, envelope: Envelope, content: Content) -> Taken:
        """
        Hand over one email.

        Raises:
            DeliveryError: Any of its kinds.
            StaleSessionError: A kept connection was dead; nothing was sent.
        """
        self._check_size(content.size)
        self._between = False
        try:
            async with self._guarded(self._timeout):
                await self._begin(envelope.mail_from, content.size)
                accepted, refusals = await self._recipients(envelope.rcpt_to)
                await self._expect("data", "DATA", GO_ON)
            async with self._guarded(self._timeout * _PATIENCE):
                answer = await self._pour(content)
        except DeliveryError as error:
            answered = error.code not in (None, _CLOSING)
            self._between = self._rset_first = answered and not self._content_begun
            raise self._judged(error) from error.__cause__
        self._between = True
        return Taken(answer, accepted, refusals)

    async def rehearse(self, envelope: Envelope) -> tuple[Refusal, ...]:
        """
        Ask whether sender and recipients would be taken, by MAIL and RCPT without DATA.

        Returns:
            The recipients that are refused, and why.

        Raises:
            DeliveryError: The sender is refused, or the connection fails; nothing was sent.
        """
        self._between = False
        try:
            async with self._guarded(self._timeout):
                await self._begin(envelope.mail_from, _REHEARSED)
                said = {to: await self._ask("rcpt", f"RCPT TO:<{to}>") for to in envelope.rcpt_to}
                refusals = [
                    refused(name, self._refusal(answer))
                    for name, answer in said.items()
                    if answer.kind != DONE
                ]
                await self._expect("rcpt", "RSET", DONE)
        except DeliveryError as error:
            # Never on a new connection: whoever asks did not mean to log in once more.
            self._between = self._rset_first = error.code not in (None, _CLOSING)
            raise
        self._between = True
        return tuple(refusals)

    async def ping(self) -> None:
        """Make sure that a kept connection lives. Raises `StaleSessionError` where it does not."""
        if not self.reused:
            return
        self._between = False
        try:
            async with self._guarded(self._timeout):
                await self._expect("mail", "NOOP", DONE)
        except DeliveryError as error:
            raise as_kind(StaleSessionError, error) from error
        self._between = True

    async def quit(self) -> None:
        """Say goodbye. Raises nothing, and does not wait long."""
        try:
            with suppress(*FOREIGN):
                async with asyncio.timeout(_FAREWELL):
                    await self._wired.ask("QUIT")
        finally:
            self.abort()

    def leave(self) -> None:
        """Say goodbye without waiting for the answer."""
        with suppress(*FOREIGN):
            self._wired.write(b"QUIT\r\n")
        self.abort()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._between = False
        if self._wire is not None:
            self._wire.abort()

    def abandon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Drop a connection whose loop is not running here, maybe nowhere."""
        self._between = False
        transport = self._wire.transport if self._wire is not None else None
        if transport is None:
            return
        with suppress(*FOREIGN):
            transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        with suppress(RuntimeError):  # the loop is closed, or closes right now
            loop.call_soon_threadsafe(self.abort)

    # The steps of `open`.

    async def _connect(self, tls: Callable[[], Awaitable[ssl.SSLContext]]) -> None:
        relay = self._relay
        context = await tls() if relay.security is Security.IMPLICIT else None
        self._wire = await SmtpWire.connect(relay.host, relay.port, context)
        answer = await self._wire.greeting()
        if answer.kind != DONE:
            raise self._refusal(answer)
        reached("greeting")

    async def _greet(self) -> None:
        answer = await self._expect("ehlo", f"EHLO {EHLO_NAME}", DONE)
        self._capabilities = answer.capabilities()

    async def _starttls(self, tls: Callable[[], Awaitable[ssl.SSLContext]]) -> None:
        self._stage = "tls"
        if "STARTTLS" not in self._capabilities:
            raise self._errors.misfit(
                self._stage, "the server does not offer STARTTLS, and nothing is sent in clear"
            )
        await self._wired.upgrade(await tls(), self._relay.host)
        reached("tls")
        await self._greet()

    async def _authenticate(self, login: Login) -> None:
        """Log in with one mechanism: a second try after a refusal counts as a second bad login."""
        self._stage = "auth"
        offered = self._capabilities.get("AUTH", "").split()
        if "PLAIN" in offered:
            await self._expect("auth", f"AUTH PLAIN {login.plain}", DONE)
        elif "LOGIN" in offered:
            await self._expect("auth", "AUTH LOGIN", GO_ON)
            await self._expect("auth", base64(login.user), GO_ON)
            await self._expect("auth", base64(login.password), DONE)
        else:
            raise self._errors.misfit(
                self._stage, "the server does not offer a login by AUTH PLAIN or AUTH LOGIN"
            )

    # The steps of `send`.

    def _judged(self, error: DeliveryError) -> DeliveryError:
        """Tell a dead connection, which can be replaced: nothing was said on it."""
        lost = isinstance(error, UnavailableError) and error.code in (None, _CLOSING)
        stale = self.reused and self._stage == "mail" and lost
        return as_kind(StaleSessionError, error) if stale else error

    def _check_size(self, size: int) -> None:
        limit = self._capabilities.get("SIZE", "")
        if limit.isdecimal() and 0 < int(limit) < size:
            raise self._errors.too_large(size, int(limit))

    async def _begin(self, mail_from: str, size: int) -> None:
        self._stage = "mail"
        if self._rset_first:
            await self._expect("mail", "RSET", DONE)
            self._rset_first = False
        told = f" SIZE={size}" if "SIZE" in self._capabilities else ""
        told += " BODY=7BIT" if "8BITMIME" in self._capabilities else ""
        await self._expect("mail", f"MAIL FROM:<{mail_from}>{told}", DONE)

    async def _recipients(
        self, recipients: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
        refusals: dict[str, DeliveryError] = {}
        for recipient in recipients:
            answer = await self._ask("rcpt", f"RCPT TO:<{recipient}>")
            if answer.kind == DONE:
                continue
            error = refusals[recipient] = self._refusal(answer)
            # Said at a recipient, but about the account or the connection: it holds for all.
            if answer.code == _CLOSING or isinstance(
                error, AuthenticationError | ProviderHeldError
            ):
                raise error
        if len(refusals) == len(recipients):
            raise all_refused(refusals)
        accepted = tuple(recipient for recipient in recipients if recipient not in refusals)
        return accepted, tuple(refused(*refusal) for refusal in refusals.items())

    async def _pour(self, content: Content) -> Answer:
        if not self._wired.in_step:
            raise ConnectionResetError("the connection was lost before the content")
        await before_content()
        # From here on, whatever breaks leaves the outcome unknown.
        self._stage, self._content_begun = "content", True
        answer = await self._wired.pour(content)
        if answer.kind == GO_ON:
            raise SMTPResponseException(-1, f"Malformed SMTP response: {answer.code}")
        self._content_begun = False
        if answer.kind != DONE:
            raise self._refusal(answer)
        return answer

    # Answers and errors.

    @property
    def _wired(self) -> SmtpWire:
        if self._wire is None:
            raise ConnectionResetError("not connected")
        return self._wire

    async def _ask(self, stage: str, command: str) -> Answer:
        self._stage = stage
        return await self._wired.ask(command)

    async def _expect(self, stage: str, command: str, kind: int) -> Answer:
        answer = await self._ask(stage, command)
        if answer.kind != kind:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> DeliveryError:
        if answer.kind in (DONE, GO_ON):
            self._wired.out_of_step = True
        return self._errors.refusal(self._stage, answer)

    @asynccontextmanager
    async def _guarded(self, seconds: float) -> AsyncIterator[None]:
        """Translate what aiosmtplib, asyncio and ssl raise: the one place that does."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except SMTPResponseException as error:
            # Its text may be the server's echo of a secret, and tracebacks print causes.
            raise self._errors.garbled(self._stage, error) from None
        except FOREIGN as error:
            raise self._errors.broken(self._stage, self._named(error)) from error

    def _named(self, error: Exception) -> Exception:
        """Say what was waited for, where nobody did yet."""
        if not isinstance(error, TimeoutError) or error.args:
            return error
        connecting = self._stage == "connect" and self._wire is not None
        return TimeoutError(f"timed out at {'the greeting' if connecting else self._stage}")
