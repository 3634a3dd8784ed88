"""Whether login, password and sender are of the shape that a provider wants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from notifykit.doctor.domains import FREE_MAIL, domain_of, organisation, same_mailbox
from notifykit.doctor.finding import Finding
from notifykit.message import Address
from notifykit.settings import Settings
from notifykit.settings.accounts import SPEAK_SMTP, account, owner
from notifykit.settings.providers import Way

_SENDGRID = re.compile(r"SG\.[\w-]{10,}\.[\w-]{10,}")
_APP_PASSWORDS = {
    "gmail": ("NK121", re.compile("[A-Za-z]{16}")),
    "yandex": ("NK122", re.compile("[a-z]{16}")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """
    What one provider of the chain is reached with.

    Attributes:
        way: The transport's name.
        provider: Whose servers they are.
        host: An SMTP host; empty where it is an API.
        user, secret: The login, or a key.
        user_variable, secret_variable: Where they came from.
    """

    way: str
    provider: str
    host: str = ""
    user: str = ""
    secret: str = ""
    user_variable: str = ""
    secret_variable: str = ""


def credentials(settings: Settings, way: Way) -> Credentials:
    """Find out what a provider of the chain is reached with."""
    name = way.provider
    if name in SPEAK_SMTP or (not settings.chain and name == owner(settings)):
        return _smtp(settings, name)
    keys = {"sendgrid": settings.sendgrid_api_key, "mailgun": settings.mailgun_api_key}
    variable = f"{name.upper()}_API_KEY" if name in keys else ""
    secret = _plain(keys.get(name))
    return Credentials(way=name, provider=name, secret=secret, secret_variable=variable)


def _smtp(settings: Settings, name: str) -> Credentials:
    reached = account(settings, name)
    own = {
        "gmail": (settings.gmail_user, settings.gmail_app_password),
        "yandex": (settings.yandex_user, settings.yandex_app_password),
    }.get(name, (None, None))
    return Credentials(
        way=name,
        provider=reached.relay.provider,
        host=reached.relay.host,
        user=reached.user or "",
        secret=_plain(reached.password),
        user_variable=f"{name.upper()}_USER" if own[0] else reached.user_variable,
        secret_variable=f"{name.upper()}_APP_PASSWORD" if own[1] else reached.password_variable,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def accounts(known: Credentials) -> Iterator[Finding]:
    """Look at login and password, or at the key, without telling either."""
    found = list(_shapes(known))
    yield from found
    if not found and known.provider in _APP_PASSWORDS and known.secret:
        yield Finding(id="fine.account", subject=known.way, seen=({},))


def _shapes(known: Credentials) -> Iterator[Finding]:
    count = {"name": known.secret_variable, "count": len(known.secret)}
    if known.provider in _APP_PASSWORDS and known.secret:
        id_, shape = _APP_PASSWORDS[known.provider]
        if not shape.fullmatch(known.secret):
            yield Finding(id=id_, subject=known.way, seen=({**count, "why": _why(known.secret)},))
    if known.provider == "gmail" and known.user and "@" not in known.user:
        yield Finding(id="NK123", subject=known.way, seen=({"name": known.user_variable},))
    if known.provider == "sendgrid" and known.host and known.user not in ("", "apikey"):
        yield Finding(id="NK126", subject=known.way, seen=({"name": known.user_variable},))
    if known.provider == "sendgrid" and known.secret and not _SENDGRID.fullmatch(known.secret):
        yield Finding(id="NK124", subject=known.way, seen=(count,))
    if known.provider == "mailgun" and known.secret.startswith("pubkey-"):
        yield Finding(id="NK125", subject=known.way, seen=(count,))


def _why(password: str) -> dict[str, str]:
    if re.fullmatch("[A-Za-z]*", password):
        return {"ru": "", "en": ""}
    return {"ru": ", и не только латинские буквы", "en": ", and not Latin letters alone"}


def senders(settings: Settings, known: Credentials, sender: Address) -> Iterator[Finding]:
    """Look whether the sender suits the login and the provider."""
    if known.way in ("console", "file"):
        return
    found = list(_misfits(settings, known, sender.email))
    yield from found
    if not found:
        yield Finding(id="fine.sender", subject=known.way, seen=({"sender": sender.email},))


def _misfits(settings: Settings, known: Credentials, sender: str) -> Iterator[Finding]:
    seen = {"sender": sender, "user": known.user, "provider": known.host or known.provider}
    if known.provider in ("gmail", "yandex"):
        id_ = {"gmail": "NK301", "yandex": "NK302"}[known.provider]
        if known.user and not same_mailbox(sender, known.user):
            yield Finding(id=id_, subject=known.way, seen=(seen,))
    elif domain_of(sender) in FREE_MAIL and not _is_its_own(known.host, domain_of(sender)):
        yield Finding(id="NK303", subject=known.way, seen=(seen,))
    elif known.way == "mailgun" and settings.mailgun_domain:
        domain = settings.mailgun_domain
        if organisation(domain_of(sender)) != organisation(domain):
            yield Finding(id="NK304", subject=known.way, seen=({**seen, "domain": domain},))


def _is_its_own(host: str, domain: str) -> bool:
    # Mail.ru serves its other domains from smtp.mail.ru, Outlook from smtp-mail.outlook.com.
    families = ("mail.ru bk.ru inbox.ru list.ru internet.ru", "outlook.com hotmail.com live.com")
    family = next((names.split() for names in families if domain in names.split()), [domain])
    return any(f".{host}".endswith(f".{name}") for name in family)
