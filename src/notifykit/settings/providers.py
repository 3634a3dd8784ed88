"""Which transports the settings ask for, and which variables each one lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from notifykit.errors import InvalidEmailError
from notifykit.message import Address
from notifykit.settings.accounts import SPEAK_SMTP, Account, account, owner
from notifykit.transports.loopback import is_loopback
from notifykit.transports.relays import Security

if TYPE_CHECKING:
    from notifykit.settings.model import Settings
    from notifykit.transports.base import Transport

T = TypeVar("T")
Builder = Callable[[], "Transport"]

_NOWHERE = Address("notifykit@localhost")
# SendGrid's login is "apikey", and a server of one's own may have any.
_LOGIN_IS_AN_ADDRESS = ("gmail", "yandex")


@dataclass(frozen=True, slots=True)
class Way:
    """
    One transport of the chain, before it is built.

    Attributes:
        provider: The transport's name.
        place: Where it leads, for people: host, port and protection, a region, a folder.
        sender: Its address.
        build: Builds it.
        lacks: The variables without which it cannot send.
    """

    provider: str
    place: str
    sender: Address
    build: Builder
    lacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """
    What the settings come to.

    Attributes:
        ways: One for each transport of the chain.
        problems: By variable, what is wrong with it, as a key of `texts.WRONG`; in the order of
            the chain.
    """

    settings: Settings
    ways: list[Way] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    _lacks: list[str] = field(default_factory=list, init=False)

    @property
    def sender(self) -> Address:
        """From, where a provider has no address of its own."""
        return self.settings.mail_from or next((way.sender for way in self.ways), _NOWHERE)

    def need(self, value: T | None, name: str) -> T | None:
        """Give the value back, and note its variable where there is none."""
        if not value:
            self.wrong(name, "missing")
        return value

    def wrong(self, name: str, kind: str) -> None:
        """Note what is wrong with a variable, and that the next transport needs it."""
        self.problems.setdefault(name, kind)
        self._lacks.append(name)

    def add(self, provider: str, place: str, sender: Address | None, build: Builder) -> None:
        """Add a transport to the chain."""
        self.ways.append(Way(provider, place, sender or _NOWHERE, build, tuple(self._lacks)))
        self._lacks.clear()


def plan(settings: Settings) -> Plan:
    """Work out the chain. Nothing is built and nothing is connected."""
    todo = Plan(settings)
    for name in settings.chain:
        _ADD[name](todo)
    if not settings.chain:
        implied = todo.need(owner(settings), "MAIL_PROVIDER")
        if implied:
            _add_relay(todo, implied)
    todo.need(settings.sales, "SALES_EMAIL")
    server, port = settings.smtp_server, settings.smtp_port
    if server and server.port and port and port != server.port:
        todo.problems["SMTP_PORT"] = "two-ports"
    return todo


def _add_relay(todo: Plan, name: str) -> None:
    settings, reached = todo.settings, account(todo.settings, name)
    relay, user, password = reached.relay, reached.user, reached.password
    sender = _own_sender(settings, name) or settings.mail_from or _as_address(user)
    _check_login(todo, reached, optional=name == "smtp")
    if user and not sender and relay.provider in _LOGIN_IS_AN_ADDRESS:
        todo.wrong("MAIL_FROM", f"no-sender:{reached.user_variable}")
    elif user or name == "smtp":
        todo.need(sender, "MAIL_FROM")

    def build() -> Transport:
        from notifykit.transports.smtp import SmtpTransport  # noqa: PLC0415 - brings its client

        transport = SmtpTransport(
            relay, user=user, password=password, sender=sender, cafile=_cafile(settings)
        )
        transport.name = name
        transport.connections = settings.limits.concurrency or transport.connections
        return transport

    todo.add(name, f"{relay.host}:{relay.port} ({relay.security})", sender, build)


def _check_login(todo: Plan, reached: Account, *, optional: bool) -> None:
    host = todo.need(reached.relay.host, "SMTP_SERVER")
    if reached.password or not optional:
        todo.need(reached.user, reached.user_variable)
    if reached.user or not optional:
        todo.need(reached.password, reached.password_variable)
    in_clear = reached.relay.security is Security.NONE and host and not is_loopback(host)
    if in_clear and reached.password:
        todo.wrong("SMTP_SECURITY", "in-clear")


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
    **{name: partial(_add_relay, name=name) for name in SPEAK_SMTP},
    "sendgrid": _add_sendgrid,
    "mailgun": _add_mailgun,
    "console": _add_console,
    "file": _add_file,
}


def _own_sender(settings: Settings, name: str) -> Address | None:
    own = {
        "gmail": settings.gmail_from,
        "yandex": settings.yandex_from,
        "sendgrid": settings.sendgrid_from,
        "mailgun": settings.mailgun_from,
    }
    return own.get(name)


def _as_address(user: str | None) -> Address | None:
    try:
        return Address(user) if user else None
    except InvalidEmailError:
        return None


def _cafile(settings: Settings) -> str | None:
    return str(settings.ssl_cert_file) if settings.ssl_cert_file else None
