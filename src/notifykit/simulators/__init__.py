"""
Providers on this machine: servers that speak like the real ones, for demos and for tests.

They listen on the loopback interface only, keep what they received, and misbehave as told.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.simulators.certificates import LocalCertificates, local_certificates
    from notifykit.simulators.http import Answer, MailgunServer, SendGridServer
    from notifykit.simulators.script import Act, Close, Drip, Hang, Junk, Say
    from notifykit.simulators.smtp import ReceivedMail, SmtpServer
    from notifykit.simulators.smtp_words import PROFILES, SCENES, Profile, Scene

__all__ = [
    "PROFILES",
    "SCENES",
    "Act",
    "Answer",
    "Close",
    "Drip",
    "Hang",
    "Junk",
    "LocalCertificates",
    "MailgunServer",
    "Profile",
    "ReceivedMail",
    "Say",
    "Scene",
    "SendGridServer",
    "SmtpServer",
    "local_certificates",
]

_HOMES = {
    "certificates": ("LocalCertificates", "local_certificates"),
    "http": ("Answer", "MailgunServer", "SendGridServer"),
    "script": ("Act", "Close", "Drip", "Hang", "Junk", "Say"),
    "smtp": ("ReceivedMail", "SmtpServer"),
    "smtp_words": ("PROFILES", "SCENES", "Profile", "Scene"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
