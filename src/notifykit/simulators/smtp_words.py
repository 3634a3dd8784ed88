"""
How the real providers speak SMTP: what they offer, what they say, and how they refuse.

The words are those of public captures and of the providers' own lists: Google, "Gmail SMTP errors
and codes" (support.google.com/a/answer/3726730); Yandex (yandex.com/support/mail/bounces/yandex);
SendGrid (twilio.com/docs/sendgrid); Mailgun (documentation.mailgun.com).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from notifykit.simulators.script import Act, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """
    One provider's manners.

    Attributes:
        greeting: The first words.
        capabilities: Lines of the answer to EHLO; STARTTLS and AUTH come by themselves.
        mechanisms: Offered after AUTH.
        queued: The answer to a taken mail; ``{id}`` becomes a new one each time.
        refused_login: The answer to a wrong password.
    """

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


@dataclass(frozen=True, slots=True)
class Scene:
    """One way a provider behaves: what it does, and when."""

    stage: str
    act: Act


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

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "smtp": Profile(),
        "gmail": Profile(
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
            greeting="220 mail-nwsmtp-smtp-production-main-45.iva.yp-c.yandex.net"
            " Ok 1739976850-iqXj0G0Og0U0",
            capabilities=("8BITMIME", "PIPELINING", "SIZE 53477376", "DSN", "ENHANCEDSTATUSCODES"),
            mechanisms=("LOGIN", "PLAIN", "XOAUTH2"),
            queued="250 2.0.0 Ok: queued as {id}",
            refused_login=_YANDEX_BAD_CREDENTIALS,
        ),
        "sendgrid": Profile(
            greeting="220 SG ESMTP service ready at geopod-ismtpd-8",
            capabilities=("8BITMIME", "PIPELINING", "SIZE 31457280"),
            queued="250 Ok: queued as {id}",
            refused_login=_SENDGRID_BAD_KEY,
        ),
        "mailgun": Profile(
            greeting="220 ak47 ESMTP ready",
            capabilities=("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 52428800"),
            queued="250 Great success",
            refused_login=_MAILGUN_BAD_LOGIN,
        ),
    }
)

_WORDS = {
    "gmail.bad-credentials": ("auth", _GMAIL_BAD_CREDENTIALS),
    "gmail.app-password-required": (
        "auth",
        (
            "534-5.7.9 Application-specific password required. For more information, go to\n"
            "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor"
            " 4fb4d7f45d1cf-5d4a1c9sm123456a12.7 - gsmtp"
        ),
    ),
    "gmail.sign-in-in-browser": (
        "auth",
        (
            "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1> Please log\n"
            "534-5.7.14 in via your web browser and then try again.\n"
            "534 5.7.14  https://support.google.com/mail/answer/78754 - gsmtp"
        ),
    ),
    "gmail.too-many-logins": (
        "auth",
        "454 4.7.0 Too many login attempts, please try again later. - gsmtp",
    ),
    "gmail.daily-limit": (
        "content",
        (
            "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n"
            "550-5.4.5 sending limits go to\n"
            "550 5.4.5  https://support.google.com/a/answer/166852 - gsmtp"
        ),
    ),
    "gmail.no-such-user": (
        "rcpt",
        (
            "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
            "550 5.1.1  https://support.google.com/mail/?p=NoSuchUser - gsmtp"
        ),
    ),
    "gmail.blocked-attachment": (
        "content",
        (
            "552-5.7.0 This message was blocked because its content presents a potential\n"
            "552-5.7.0 security issue. Please visit\n"
            "552 5.7.0  https://support.google.com/mail/?p=BlockedMessage - gsmtp"
        ),
    ),
    "gmail.system-problem": (
        "mail",
        "421 4.7.0 Temporary System Problem.  Try again later. - gsmtp",
    ),
    "yandex.bad-credentials": ("auth", _YANDEX_BAD_CREDENTIALS),
    "yandex.no-access-rights": (
        "auth",
        (
            "535 5.7.8 Error: authentication failed:"
            " This user does not have access rights to this service"
        ),
    ),
    "yandex.looks-like-spam": (
        "auth",
        (
            "535 5.7.8 Error: authentication failed: Your message looks like spam."
            " You need to use web for sending or prove you are not a robot."
        ),
    ),
    "yandex.sender-not-owned": (
        "mail",
        "553 5.7.1 Sender address rejected: not owned by auth user.",
    ),
    "yandex.suspicion-of-spam": (
        "content",
        (
            "554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc"
            " 1739976850-iqXj0G0Og0U0"
        ),
    ),
    "yandex.unavailable": (
        "content",
        "451 4.7.1 Sorry, the service is currently unavailable. Please come back later.",
    ),
    "yandex.no-such-user": ("rcpt", "550 5.7.1 No such user!"),
    "sendgrid.bad-key": ("auth", _SENDGRID_BAD_KEY),
    "sendgrid.no-credits": ("auth", "451 Authentication failed: Maximum credits exceeded"),
    "sendgrid.sender-not-verified": (
        "content",
        (
            "550 The from address does not match a verified Sender Identity. Mail cannot be sent"
            " until this error is resolved."
        ),
    ),
    "mailgun.bad-login": ("auth", _MAILGUN_BAD_LOGIN),
    "mailgun.domain-not-allowed": (
        "content",
        (
            "421 Domain mg.example.com is not allowed to send:"
            " Sandbox subdomains are for test purposes only."
            " Please add your own domain or add the address to authorized recipients."
        ),
    ),
    "mailgun.relaying-denied": ("rcpt", "550 5.7.1 Relaying denied"),
}

SCENES: Mapping[str, Scene] = MappingProxyType(
    {name: Scene(stage, Say(text)) for name, (stage, text) in _WORDS.items()}
)
