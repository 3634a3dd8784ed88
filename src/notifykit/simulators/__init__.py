"""
Providers on this machine: servers that speak like the real ones, for demos and for tests.

They listen on the loopback interface only, keep what they received, and misbehave as told.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.simulators.certificates import LocalCertificates, local_certificates
    from notifykit.simulators.events import EventPost
    from notifykit.simulators.http import MailgunServer, SendGridServer
    from notifykit.simulators.http_scenes import HTTP_SCENES
    from notifykit.simulators.http_talk import Answer
    from notifykit.simulators.imap import ImapServer
    from notifykit.simulators.rates import RateLimit
    from notifykit.simulators.scenes import SCENES, Scene
    from notifykit.simulators.script import Act, Close, Drip, Hang, Junk, Late, Say
    from notifykit.simulators.smtp import ReceivedMail, SmtpServer
    from notifykit.simulators.smtp_words import PROFILES, Profile

__all__ = [
    "HTTP_SCENES",
    "PROFILES",
    "SCENES",
    "Act",
    "Answer",
    "Close",
    "Drip",
    "EventPost",
    "Hang",
    "ImapServer",
    "Junk",
    "Late",
    "LocalCertificates",
    "MailgunServer",
    "Profile",
    "RateLimit",
    "ReceivedMail",
    "Say",
    "Scene",
    "SendGridServer",
    "SmtpServer",
    "local_certificates",
]

_HOMES = {
    "certificates": ("LocalCertificates", "local_certificates"),
    "events": ("EventPost",),
    "http": ("MailgunServer", "SendGridServer"),
    "http_scenes": ("HTTP_SCENES",),
    "http_talk": ("Answer",),
    "imap": ("ImapServer",),
    "rates": ("RateLimit",),
    "scenes": ("SCENES", "Scene"),
    "script": ("Act", "Close", "Drip", "Hang", "Junk", "Late", "Say"),
    "smtp": ("ReceivedMail", "SmtpServer"),
    "smtp_words": ("PROFILES", "Profile"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
