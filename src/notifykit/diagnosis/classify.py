"""Looks a reply up in the table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from notifykit.diagnosis.model import Diagnosis, Reply
from notifykit.errors import DeliveryError, UnavailableError


def find(id: str) -> Diagnosis | None:  # noqa: A002 - the attribute has this name
    """Find a stored diagnosis again; ``None`` where this version does not know it."""
    return None


def diagnose(reply: Reply) -> Diagnosis:
    """Say what a reply means. Every reply has a diagnosis; unknown ones say that they are."""
    raise NotImplementedError


def error_for(reply: Reply, *, retry_after: timedelta | None = None) -> DeliveryError:
    """Make the error that a refusal stands for."""
    return UnavailableError(
        reply.text,
        provider=reply.provider,
        stage=reply.stage,
        code=reply.code,
        retry_after=retry_after,
    )


def network_reply(provider: str, stage: str, error: BaseException) -> Reply:
    """Put a failure of the network, of DNS or of TLS into the words that the table knows."""
    return Reply(provider=provider, stage=stage, text=str(error))


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Make a provider's words fit to be stored and logged: no secrets, one bounded text."""
    return text
