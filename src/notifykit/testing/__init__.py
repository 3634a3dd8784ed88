"""
For tests of your own: an outbox, providers on this machine, and the contracts of both ports.

Every name is loaded where it is first used. Fixtures for pytest are in `notifykit.testing.plugin`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.simulators import (
        Answer,
        Close,
        Drip,
        Hang,
        Junk,
        Late,
        MailgunServer,
        RateLimit,
        Say,
        SendGridServer,
        SmtpServer,
    )
    from notifykit.testing.fake import FakeTransport
    from notifykit.testing.outbox import Outbox
    from notifykit.testing.repositories import RepositoryContract
    from notifykit.testing.sent_email import SentEmail
    from notifykit.testing.transports import TransportContract

__all__ = [
    "Answer",
    "Close",
    "Drip",
    "FakeTransport",
    "Hang",
    "Junk",
    "Late",
    "MailgunServer",
    "Outbox",
    "RateLimit",
    "RepositoryContract",
    "Say",
    "SendGridServer",
    "SentEmail",
    "SmtpServer",
    "TransportContract",
]

_HOME = {
    "FakeTransport": "notifykit.testing.fake",
    "Outbox": "notifykit.testing.outbox",
    "RepositoryContract": "notifykit.testing.repositories",
    "SentEmail": "notifykit.testing.sent_email",
    "TransportContract": "notifykit.testing.transports",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "notifykit.simulators")), name)
