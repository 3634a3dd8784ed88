"""Whether sender and recipients would be taken: MAIL and RCPT, without DATA."""

from __future__ import annotations

from collections.abc import AsyncIterator

from notifykit.diagnosis import Reply, error_for
from notifykit.doctor.finding import Finding
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.message import Address, Email
from notifykit.submission import Refusal
from notifykit.transports.base import Transport
from notifykit.transports.smtp import SmtpTransport

_FOR_GOOD = (RejectedError, ProviderHeldError, AuthenticationError)


async def envelopes(
    transport: Transport, sender: Address, recipients: tuple[Address, ...]
) -> AsyncIterator[Finding]:
    """Ask on the connection that a check has just opened, so that no second login is made."""
    name = transport.name
    if not isinstance(transport, SmtpTransport):
        if transport.endpoint is not None:
            yield Finding(id="skipped.recipients", subject=name, seen=({"provider": name},))
        return
    email = Email(sender=sender, to=recipients, subject="?", text="?")
    try:
        refused = await transport.rehearse(email)
    except DeliveryError as error:
        lost = isinstance(error, UnavailableError)
        yield Finding(id="NK207" if lost else "NK401", subject=name, error=error)
        return
    for refusal in refused:
        yield _refused(name, transport.relay.provider, refusal)
    if not refused:
        seen = {"recipients": ", ".join(email.envelope.rcpt_to)}
        yield Finding(id="fine.recipients", subject=name, seen=(seen,))


def _refused(name: str, provider: str, refusal: Refusal) -> Finding:
    reply = Reply(
        provider=provider,
        stage="rcpt",
        code=refusal.code,
        enhanced_code=refusal.enhanced_code,
        text=refusal.text,
    )
    error = error_for(reply)
    return Finding(
        id="NK402" if isinstance(error, _FOR_GOOD) else "NK403",
        subject=name,
        seen=({"recipient": refusal.recipient},),
        error=error,
    )
