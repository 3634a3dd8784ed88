"""Whose the ``SMTP_`` variables are, and the account each provider is reached with by SMTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from notifykit.transports.relays import RELAYS, Relay, Security

if TYPE_CHECKING:
    from notifykit.settings.model import Settings

SPEAK_SMTP = ("smtp", "gmail", "yandex")

# A server is known by where its name ends: smtp.eu.mailgun.org, smtp-relay.gmail.com.
_DOMAINS = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "yandex.ru": "yandex",
    "yandex.com": "yandex",
    "yandex.net": "yandex",
    "sendgrid.net": "sendgrid",
    "mailgun.org": "mailgun",
}
_IMPLICIT_PORT = 465
_SUBMISSION_PORT = 587


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    What one provider is reached with by SMTP.

    Attributes:
        name: In the chain.
        relay: Where; its provider names the diagnoses.
        user, password: What is known of the login.
        user_variable, password_variable: Where they stand, or what to ask for.
    """

    name: str
    relay: Relay
    user: str | None
    password: SecretStr | None
    user_variable: str
    password_variable: str


def owner(settings: Settings) -> str | None:
    """
    Say which provider of the chain the ``SMTP_`` variables belong to.

    One at most: a password must never be offered to another provider. So those of a server that is
    known as somebody else's belong to nobody.
    """
    server = settings.smtp_server
    named = known_by(server.host) if server else None
    if not settings.chain:
        return (named or "smtp") if server else None
    relays = [name for name in settings.chain if name in SPEAK_SMTP]
    if "smtp" in relays:
        return "smtp"
    if named:
        return named if named in relays else None
    return next(iter(relays), None)


def account(settings: Settings, name: str) -> Account:
    """Put together what a provider of the chain is reached with."""
    owns = name == owner(settings)
    relay = _relay(settings, name) if owns else RELAYS[name]
    user, password = own_user, _ = _own_login(settings, name)
    if owns:
        user, password = user or settings.smtp_user, password or settings.smtp_password
    if relay.provider == "gmail" and password:
        password = without_spaces(password)
    return Account(
        name=name,
        relay=relay,
        user=user,
        password=password,
        user_variable="SMTP_USER" if owns and not own_user else f"{name.upper()}_USER",
        password_variable="SMTP_PASSWORD" if owns else f"{name.upper()}_APP_PASSWORD",
    )


def known_by(host: str) -> str | None:
    """Name the provider that a server belongs to, where it is one that we know."""
    ends = (provider for domain, provider in _DOMAINS.items() if f".{host}".endswith(f".{domain}"))
    return next(ends, None)


def _relay(settings: Settings, name: str) -> Relay:
    server = settings.smtp_server
    provider = name if name != "smtp" or not server else known_by(server.host) or name
    usual = RELAYS.get(provider) or Relay(provider, "", _SUBMISSION_PORT, Security.STARTTLS)
    port = (server and server.port) or settings.smtp_port or usual.port
    by_port = Security.IMPLICIT if port == _IMPLICIT_PORT else Security.STARTTLS
    host = server.host if server else usual.host
    return Relay(provider, host, port, settings.smtp_security or by_port)


def _own_login(settings: Settings, name: str) -> tuple[str | None, SecretStr | None]:
    own = {
        "gmail": (settings.gmail_user, settings.gmail_app_password),
        "yandex": (settings.yandex_user, settings.yandex_app_password),
    }
    return own.get(name, (None, None))


def without_spaces(password: SecretStr) -> SecretStr:
    """Give a Google app password as Google means it; any other one stays as it is."""
    # Google shows the 16 letters in groups of four; copying brings plain and no-break spaces.
    letters = re.sub(r"\s", "", password.get_secret_value())
    return SecretStr(letters) if re.fullmatch(r"[A-Za-z]{16}", letters) else password
