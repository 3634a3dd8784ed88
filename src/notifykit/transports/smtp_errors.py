"""What an answer or a broken connection means, as one of our errors."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aiosmtplib.errors import SMTPException, SMTPResponseException

from notifykit.diagnosis import Reply, error_for, network_reply, scrub
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.submission import Refusal
from notifykit.transports.smtp_wire import DONE, GO_ON, Answer

# What aiosmtplib, asyncio and ssl raise for whatever a server or a network may do.
FOREIGN = (SMTPException, OSError, ValueError, RuntimeError, EOFError)

_BEFORE_THE_EMAIL = ("connect", "tls", "ehlo", "auth")

E = TypeVar("E", bound=DeliveryError)


class StaleSessionError(UnavailableError):
    """A kept connection turned out to be dead before the email began: a new one can be used."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """
    Makes errors of what was heard, with the words scrubbed.

    Attributes:
        provider: Names the rows of the table of diagnoses.
        secrets: What no text may contain.
    """

    provider: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def refusal(self, stage: str, answer: Answer) -> DeliveryError:
        """Say what an answer means that is not the one hoped for."""
        if answer.kind in (DONE, GO_ON):
            return self.unavailable(stage, f"unexpected answer: {answer.code} {answer.text}")
        error = self._error(stage, answer.text, answer.code, answer.enhanced_code)
        # An answer that refuses leaves nothing open, and before MAIL it is not about the email.
        about_us = stage in _BEFORE_THE_EMAIL and isinstance(error, RejectedError)
        unsure = about_us or isinstance(error, OutcomeUnknownError)
        return as_kind(UnavailableError, error) if unsure else error

    def misfit(self, stage: str, text: str) -> ProviderHeldError:
        """Say that the server cannot do what the settings ask for; only people can mend that."""
        return as_kind(ProviderHeldError, self._error(stage, text))

    def too_large(self, size: int, limit: int) -> RejectedError:
        """Say that the server would refuse so many bytes, as it told beforehand (RFC 1870)."""
        text = f"the email has {size:,} bytes, the server takes no more than {limit:,}"
        return as_kind(RejectedError, self._error("mail", text, 552, "5.3.4"))

    def unavailable(self, stage: str, text: str) -> UnavailableError:
        """Say that this did not work, for reasons that are in the words alone."""
        return as_kind(UnavailableError, self._error(stage, text))

    def garbled(self, stage: str, error: SMTPResponseException) -> DeliveryError:
        """Say what an answer means that aiosmtplib turned into an exception."""
        if 400 <= error.code <= 599:  # noqa: PLR2004 - STARTTLS was refused, not garbled
            return self.refusal(stage, Answer(error.code, error.message))
        return self._lost(self._error(stage, error.message))

    def broken(self, stage: str, error: Exception) -> DeliveryError:
        """Say what a failure of the network or of TLS means."""
        if stage == "connect" and isinstance(error, ssl.SSLError):
            stage = "tls"
        # The words are our own, there is nothing to scrub.
        return self._lost(error_for(network_reply(self.provider, stage, error)))

    def _lost(self, error: DeliveryError) -> DeliveryError:
        if error.stage == "content":
            return as_kind(OutcomeUnknownError, error)
        held = isinstance(error, AuthenticationError | ProviderHeldError)
        return error if held else as_kind(UnavailableError, error)

    def _error(
        self, stage: str, text: str, code: int | None = None, enhanced: str | None = None
    ) -> DeliveryError:
        reply = Reply(
            provider=self.provider, stage=stage, code=code, enhanced_code=enhanced, text=text
        )
        error = error_for(reply)
        # The table reads the words as they were: a short password could cross out half of them.
        return as_kind(type(error), error, scrub(error.message, self.secrets))


def all_refused(refusals: Mapping[str, DeliveryError]) -> DeliveryError:
    """Make one error of everybody's refusal: while one of them is temporary, it may be taken."""
    temporary = [error for error in refusals.values() if not isinstance(error, RejectedError)]
    decisive = (temporary or list(refusals.values()))[0]
    words = (f"{recipient}: {error.message}" for recipient, error in refusals.items())
    kind = UnavailableError if temporary else RejectedError
    return as_kind(kind, decisive, decisive.message if len(refusals) == 1 else "\n".join(words))


def refused(recipient: str, error: DeliveryError) -> Refusal:
    """Make a refusal of the error that a recipient met."""
    return Refusal(
        recipient=recipient,
        text=error.message,
        code=error.code,
        enhanced_code=error.enhanced_code,
        permanent=isinstance(error, RejectedError),
    )


def as_kind(kind: type[E], error: DeliveryError, message: str | None = None) -> E:
    """Make the same error of another kind."""
    return kind(
        message or error.message,
        provider=error.provider,
        stage=error.stage,
        code=error.code,
        enhanced_code=error.enhanced_code,
        diagnosis=error.diagnosis,
        retry_after=error.retry_after,
    )
