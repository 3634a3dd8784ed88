"""The mailboxes into which servers return what they could not deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr

from notifykit.errors import ConfigurationError
from notifykit.settings.accounts import (
    SPEAK_SMTP,
    Account,
    account,
    known_by,
    owner,
    without_spaces,
)
from notifykit.settings.texts import told

if TYPE_CHECKING:
    from notifykit.settings.model import Settings

_PORT = 993  # IMAP over TLS: RFC 8314, 3.2

_BY_PROVIDER = {"gmail": "imap.gmail.com", "yandex": "imap.yandex.ru"}
_BY_RELAY = {"smtp.mail.ru": "imap.mail.ru"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """
    A mailbox, and how to log in there.

    Attributes:
        sent_by: Whose mails come back there, as transports are named; ``None``: anybody's.
        known_as: Names the rows of the table of diagnoses.
        host, port: IMAP over TLS.
        user, password: The login; for Gmail and Yandex the one for sending.
        cafile: Certificates to trust, PEM; ``None``: the system's.
    """

    sent_by: str | None
    known_as: str
    host: str
    port: int = _PORT
    user: str
    password: SecretStr = field(repr=False)
    cafile: str | None = None


def mailboxes(settings: Settings) -> tuple[Mailbox, ...]:
    """
    Work out where to look.

    With ``IMAP_SERVER`` that is the only one. Without, it is the mailbox of each provider of the
    chain that has one. A password for sending is used for reading at the same provider only.

    Raises:
        ConfigurationError: There is no such mailbox, or a part of its login is missing.
    """
    senders = [account(settings, name) for name in _senders(settings)]
    if settings.imap_server:
        return (_named(settings, settings.imap_server.host, senders),)
    found = [_login(settings, sender, host) for sender in senders if (host := _usual_host(sender))]
    if not found:
        raise ConfigurationError(told("IMAP_SERVER", "missing", settings.locale))
    return tuple(found)


def _senders(settings: Settings) -> list[str]:
    names = settings.chain or (owner(settings),)
    return [name for name in names if name in SPEAK_SMTP]


def _usual_host(sender: Account) -> str | None:
    # By the server and not by the provider's name: behind that there may be a server of one's own.
    host = sender.relay.host
    return _BY_PROVIDER.get(known_by(host) or "") or _BY_RELAY.get(host)


def _named(settings: Settings, host: str, senders: list[Account]) -> Mailbox:
    kin = next((sender for sender in senders if _is_kin(host, sender)), None)
    return _login(settings, kin, host, sent_by=kin or next(iter(senders), None))


def _login(
    settings: Settings, sender: Account | None, host: str, *, sent_by: Account | None = None
) -> Mailbox:
    user = settings.imap_user or (sender and sender.user)
    # A password belongs to one user: another one needs another password.
    same = sender is not None and user == sender.user
    password = settings.imap_password or (sender.password if sender and same else None)
    lacking = {"IMAP_USER": user, "IMAP_PASSWORD": password}
    problems = [
        told(name, "missing", settings.locale) for name, value in lacking.items() if not value
    ]
    if not user or not password:
        raise ConfigurationError(*problems)
    known = known_by(host)
    named = settings.imap_server
    whose = sent_by or sender
    return Mailbox(
        sent_by=whose.name if whose else None,
        known_as=known or (sender.relay.provider if sender else None) or "smtp",
        host=host,
        port=(named and named.port) or settings.imap_port or _PORT,
        user=user,
        password=without_spaces(password) if known == "gmail" else password,
        cafile=str(settings.ssl_cert_file) if settings.ssl_cert_file else None,
    )


def _is_kin(host: str, sender: Account) -> bool:
    """Say whether a server is the same company's as the one that a password is for."""
    relay = sender.relay.host
    provider = known_by(host)
    if provider or known_by(relay):
        return provider == known_by(relay)
    # imap.example.com and smtp.example.com
    above, below = host.partition(".")[2], relay.partition(".")[2]
    is_name = not host[-1:].isdigit()  # addresses have no owner in common
    return host == relay or (is_name and "." in above and above == below)
