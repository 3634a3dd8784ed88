"""Ways to hand an email to a provider."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.transports.console import ConsoleTransport
    from notifykit.transports.file import FileTransport
    from notifykit.transports.mailgun import MailgunTransport
    from notifykit.transports.relays import RELAYS, Relay, Security
    from notifykit.transports.sendgrid import SendGridTransport
    from notifykit.transports.smtp import SmtpTransport

__all__ = [
    "RELAYS",
    "ConsoleTransport",
    "FileTransport",
    "MailgunTransport",
    "Relay",
    "Security",
    "SendGridTransport",
    "SmtpTransport",
]

# Loaded where first used: each adapter brings its client library along.
_HOME = {
    "ConsoleTransport": "console",
    "FileTransport": "file",
    "MailgunTransport": "mailgun",
    "RELAYS": "relays",
    "Relay": "relays",
    "Security": "relays",
    "SendGridTransport": "sendgrid",
    "SmtpTransport": "smtp",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
