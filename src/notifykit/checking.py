"""Looks whether one provider is ready."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from notifykit.errors import DeliveryError, UnavailableError
from notifykit.transports.base import Transport

# Looks at one provider, sending nothing; raises a `DeliveryError` where it is not ready.
Look = Callable[[Transport], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """
    What a check found at one provider.

    Attributes:
        provider: The transport's name.
        error: What `Notifier.send` would meet there; ``None``: it is ready.
        seconds: How long it took.
    """

    provider: str
    error: DeliveryError | None
    seconds: float


async def checked(transport: Transport, look: Look) -> CheckResult:
    """Look at a provider; whatever the transport raises is told, not raised."""
    started = time.perf_counter()
    error: DeliveryError | None = None
    try:
        await look(transport)
    except DeliveryError as found:
        error = found
    except Exception as found:  # noqa: BLE001 - a transport of the user's own may raise anything
        fault = f"the transport failed with {type(found).__name__}"
        error = UnavailableError(fault, provider=transport.name)
    return CheckResult(provider=transport.name, error=error, seconds=time.perf_counter() - started)
