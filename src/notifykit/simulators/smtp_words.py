"""
How the real providers speak SMTP while all goes well: what they offer, and what they say.

The words are those of public captures; how they refuse is in `scenes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """
    One provider's manners.

    Attributes:
        provider: Its name in ``MAIL_PROVIDER`` and in the table of diagnoses.
        greeting: The first words.
        capabilities: Lines of the answer to EHLO; STARTTLS and AUTH come by themselves.
        mechanisms: Offered after AUTH.
        queued: The answer to a taken mail; ``{id}`` becomes a new one each time.
        refused_login: The answer to a wrong password.
    """

    provider: str = "smtp"
    greeting: str = "220 mail.example.com ESMTP ready"
    capabilities: tuple[str, ...] = ("SIZE 36700160", "8BITMIME", "ENHANCEDSTATUSCODES")
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    queued: str = "250 2.0.0 Ok: queued as {id}"
    refused_login: str = "535 5.7.8 Error: authentication failed"

    @property
    def size(self) -> int | None:
        """The largest content it takes, in bytes; ``None``: it does not say."""
        sizes = [line.split()[1] for line in self.capabilities if line.startswith("SIZE ")]
        return int(sizes[0]) if sizes else None

    def offering(self, *capabilities: str) -> Profile:
        """Give the same provider with other capabilities."""
        return replace(self, capabilities=capabilities)


_GMAIL_BAD_CREDENTIALS = (
    "535-5.7.8 Username and Password not accepted. For more information, go to\n"
    "535 5.7.8  https://support.google.com/mail/?p=BadCredentials"
    " 4fb4d7f45d1cf-5d4a1c9sm123456a12.7 - gsmtp"
)
_YANDEX_BAD_CREDENTIALS = (
    "535 5.7.8 Error: authentication failed: Invalid user or password! 1739976850-iqXj0G0Og0U0"
)
_SENDGRID_BAD_KEY = (
    "535 Authentication failed: The provided authorization grant is invalid, expired, or revoked"
)
_MAILGUN_BAD_LOGIN = "535 5.7.0 Mailgun is not loving your login or password"
_MAILRU_BAD_LOGIN = (
    "535 5.7.0 NEOBHODIM parol prilozheniya"
    " https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED"
)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "smtp": Profile(),
        "gmail": Profile(
            provider="gmail",
            greeting="220 smtp.gmail.com ESMTP 4fb4d7f45d1cf-5d4a1c9sm123456a12.7 - gsmtp",
            capabilities=(
                "SIZE 35882577",
                "8BITMIME",
                "ENHANCEDSTATUSCODES",
                "PIPELINING",
                "CHUNKING",
                "SMTPUTF8",
            ),
            mechanisms=("LOGIN", "PLAIN", "XOAUTH2", "PLAIN-CLIENTTOKEN", "OAUTHBEARER"),
            queued="250 2.0.0 OK  1739976850 {id} - gsmtp",
            refused_login=_GMAIL_BAD_CREDENTIALS,
        ),
        "yandex": Profile(
            provider="yandex",
            greeting="220 mail-nwsmtp-smtp-production-main-45.iva.yp-c.yandex.net"
            " Ok 1739976850-iqXj0G0Og0U0",
            capabilities=("8BITMIME", "PIPELINING", "SIZE 53477376", "DSN", "ENHANCEDSTATUSCODES"),
            mechanisms=("LOGIN", "PLAIN", "XOAUTH2"),
            queued="250 2.0.0 Ok: queued as {id}",
            refused_login=_YANDEX_BAD_CREDENTIALS,
        ),
        "sendgrid": Profile(
            provider="sendgrid",
            greeting="220 SG ESMTP service ready at geopod-ismtpd-8",
            capabilities=("8BITMIME", "PIPELINING", "SIZE 31457280"),
            queued="250 Ok: queued as {id}",
            refused_login=_SENDGRID_BAD_KEY,
        ),
        "mailgun": Profile(
            provider="mailgun",
            greeting="220 ak47 ESMTP ready",
            capabilities=("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 52428800"),
            queued="250 Great success",
            refused_login=_MAILGUN_BAD_LOGIN,
        ),
        # Of Mail.ru only the refusal is a capture; the rest is what it is known to offer.
        "mailru": Profile(
            greeting="220 smtp.mail.ru ESMTP ready",
            capabilities=("SIZE 73400320", "8BITMIME", "SMTPUTF8"),
            mechanisms=("PLAIN", "LOGIN", "XOAUTH2"),
            queued="250 OK id={id}",
            refused_login=_MAILRU_BAD_LOGIN,
        ),
    }
)
