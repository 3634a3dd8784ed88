"""Which transports the settings ask for, and which variables each one lacks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from notifykit.errors import InvalidEmailError
from notifykit.message import Address
from notifykit.transports.relays import RELAYS, Relay, Security

if TYPE_CHECKING:
    from notifykit.settings.model import Settings
    from notifykit.transports.base import Transport

T = TypeVar("T")
Builder = Callable[[], "Transport"]

_HOSTS = {
    "smtp.gmail.com": "gmail",
    "smtp-relay.gmail.com": "gmail",
    "smtp.yandex.ru": "yandex",
    "smtp.yandex.com": "yandex",
    "smtp.sendgrid.net": "sendgrid",
    "smtp.mailgun.org": "mailgun",
    "smtp.eu.mailgun.org": "mailgun",
}
_BY_PORT = {465: Security.IMPLICIT, 587: Security.STARTTLS}
_SUBMISSION_PORT = 587
_NOWHERE = Address("notifykit@localhost")


@dataclass(frozen=True, slots=True)
class Way:
    """
    One transport of the chain, before it is built.

    Attributes:
        provider: The transport's name.
        place: Where it leads, for people: host, port and protection, a region, a folder.
        sender: Its address.
        build: Builds it.
    """

    provider: str
    place: str
    sender: Address
    build: Builder


@dataclass(slots=True)
class Plan:
    """
    What the settings come to.

    Attributes:
        ways: One for each transport of the chain.
        missing: Variables that are needed and not there, in the order of the chain.
    """

    settings: Settings
    ways: list[Way] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def sender(self) -> Address:
        """From, where a provider has no address of its own."""
        return self.settings.mail_from or next((way.sender for way in self.ways), _NOWHERE)

    def need(self, value: T | None, name: str) -> T | None:
        """Give the value back, and note its variable where there is none."""
        if not value and name not in self.missing:
            self.missing.append(name)
        return value

    def add(self, provider: str, place: str, sender: Address | None, build: Builder) -> None:
        """Add a transport to the chain."""
        self.ways.append(Way(provider, place, sender or _NOWHERE, build))


def plan(settings: Settings) -> Plan:
    """Work out the chain. Nothing is built and nothing is connected."""
    todo = Plan(settings)
    owner = _owner_of_smtp_variables(settings)
    if not settings.chain and owner:
        _add_relay(todo, owner, owner)
    elif not settings.chain:
        todo.need(None, "MAIL_PROVIDER")
    for name in settings.chain:
        if name in _ADD:
            _ADD[name](todo)
        else:
            _add_relay(todo, name, owner)
    todo.need(settings.sales, "SALES_EMAIL")
    return todo


def _owner_of_smtp_variables(settings: Settings) -> str | None:
    """
    Say which provider of the chain the ``SMTP_`` variables belong to.

    One only: a password must never be offered to another provider.
    """
    named = _HOSTS.get((settings.smtp_server or "").lower())
    if not settings.chain:
        return named or ("smtp" if settings.smtp_server else None)
    relays = [name for name in settings.chain if name not in _ADD]
    for candidate in ("smtp", named):
        if candidate in relays:
            return candidate
    return next(iter(relays), None)


def _add_relay(todo: Plan, name: str, owner: str | None) -> None:
    settings, owns = todo.settings, name == owner
    relay = _relay(todo, name, owns=owns)
    user, password = _login(todo, name, owns=owns)
    sender = _OWN_SENDER.get(name, _nobody)(settings) or settings.mail_from or _as_address(user)
    if user or name == "smtp":
        todo.need(sender, "MAIL_FROM")

    def build() -> Transport:
        from notifykit.transports.smtp import SmtpTransport  # noqa: PLC0415 - brings its client

        return SmtpTransport(
            relay, user=user, password=password, sender=sender, cafile=_cafile(settings)
        )

    todo.add(name, f"{relay.host}:{relay.port} ({relay.security})", sender, build)


def _relay(todo: Plan, name: str, *, owns: bool) -> Relay:
    settings = todo.settings
    relay = RELAYS.get(name) or Relay(name, "", _SUBMISSION_PORT, Security.STARTTLS)
    if not owns:
        return relay
    host = settings.smtp_server or relay.host
    if not relay.host:
        todo.need(settings.smtp_server, "SMTP_SERVER")
    port = settings.smtp_port or relay.port
    by_port = relay.security if port == relay.port else _BY_PORT.get(port, Security.STARTTLS)
    return replace(relay, host=host, port=port, security=settings.smtp_security or by_port)


def _login(todo: Plan, name: str, *, owns: bool) -> tuple[str | None, SecretStr | None]:
    settings = todo.settings
    user, password = _OWN_LOGIN.get(name, _no_login)(settings)
    if owns:
        user, password = user or settings.smtp_user, password or settings.smtp_password
    prefix = "SMTP" if owns else name.upper()
    secret = "SMTP_PASSWORD" if owns else f"{prefix}_APP_PASSWORD"
    if name != "smtp":
        todo.need(user, f"{prefix}_USER")
    if name != "smtp" or user:
        todo.need(password, secret)
    if name == "gmail" and password:
        password = _without_spaces(password)
    return user, password


def _without_spaces(password: SecretStr) -> SecretStr:
    # Google shows the 16 letters in groups of four; copying brings plain and no-break spaces.
    letters = re.sub(r"\s", "", password.get_secret_value())
    return SecretStr(letters) if re.fullmatch(r"[A-Za-z]{16}", letters) else password


def _add_sendgrid(todo: Plan) -> None:
    settings = todo.settings
    key = todo.need(settings.sendgrid_api_key, "SENDGRID_API_KEY")
    sender = todo.need(settings.sendgrid_from or settings.mail_from, "MAIL_FROM")

    def build() -> Transport:
        from notifykit.transports.sendgrid import (  # noqa: PLC0415 - brings httpx
            SendGridTransport,
        )

        return SendGridTransport(
            key or "",
            sender=sender,
            region=settings.sendgrid_region,
            url=settings.sendgrid_api_url,
            cafile=_cafile(settings),
        )

    place = settings.sendgrid_api_url or f"api ({settings.sendgrid_region})"
    todo.add("sendgrid", place, sender, build)


def _add_mailgun(todo: Plan) -> None:
    settings = todo.settings
    key = todo.need(settings.mailgun_api_key, "MAILGUN_API_KEY")
    domain = todo.need(settings.mailgun_domain, "MAILGUN_DOMAIN")
    sender = todo.need(settings.mailgun_from or settings.mail_from, "MAIL_FROM")

    def build() -> Transport:
        from notifykit.transports.mailgun import MailgunTransport  # noqa: PLC0415 - brings httpx

        return MailgunTransport(
            key or "",
            domain or "",
            sender=sender,
            region=settings.mailgun_region,
            url=settings.mailgun_api_url,
            cafile=_cafile(settings),
        )

    place = settings.mailgun_api_url or f"api ({settings.mailgun_region}), {domain}"
    todo.add("mailgun", place, sender, build)


def _add_console(todo: Plan) -> None:
    def build() -> Transport:
        from notifykit.transports.console import ConsoleTransport  # noqa: PLC0415 - as the others

        return ConsoleTransport()

    todo.add("console", "stdout", todo.settings.mail_from, build)


def _add_file(todo: Plan) -> None:
    def build() -> Transport:
        from notifykit.transports.file import FileTransport  # noqa: PLC0415 - as the others

        return FileTransport(todo.settings.outbox_dir)

    todo.add("file", str(todo.settings.outbox_dir), todo.settings.mail_from, build)


_ADD: dict[str, Callable[[Plan], None]] = {
    "sendgrid": _add_sendgrid,
    "mailgun": _add_mailgun,
    "console": _add_console,
    "file": _add_file,
}


def _nobody(settings: Settings) -> Address | None:
    return None


_OWN_SENDER: dict[str, Callable[[Settings], Address | None]] = {
    "gmail": lambda settings: settings.gmail_from,
    "yandex": lambda settings: settings.yandex_from,
    "sendgrid": lambda settings: settings.sendgrid_from,
    "mailgun": lambda settings: settings.mailgun_from,
}

Login = tuple[str | None, SecretStr | None]


def _no_login(settings: Settings) -> Login:
    return None, None


_OWN_LOGIN: dict[str, Callable[[Settings], Login]] = {
    "gmail": lambda settings: (settings.gmail_user, settings.gmail_app_password),
    "yandex": lambda settings: (settings.yandex_user, settings.yandex_app_password),
}


def _as_address(user: str | None) -> Address | None:
    try:
        return Address(user) if user else None
    except InvalidEmailError:
        return None


def _cafile(settings: Settings) -> str | None:
    return str(settings.ssl_cert_file) if settings.ssl_cert_file else None
