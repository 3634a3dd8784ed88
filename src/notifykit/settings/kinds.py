"""How each kind of variable is written, and what may be wrong with it beyond that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, LiteralString, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from notifykit.address import MAX_RECIPIENTS
from notifykit.errors import ConfigurationError
from notifykit.limits import Limits
from notifykit.message import Address
from notifykit.transports.loopback import is_loopback
from notifykit.transports.relays import Security

T = TypeVar("T")

# NIST SP 800-63B, 5.1.1.2: a password that a person chooses.
SHORTEST_PASSWORD = 8

_SECURITY = {"ssl": "implicit", "smtps": "implicit"}


@dataclass(frozen=True, slots=True)
class Server:
    """A host in lower case, and the port where one was written behind it."""

    host: str
    port: int | None = None


def _written(read: Callable[[str], Any]) -> BeforeValidator:
    """Read what is written; what code hands over is a value already."""
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


def _that(holds: Callable[[T], object], kind: LiteralString = "malformed") -> AfterValidator:
    """Refuse what does not hold; the kind finds the words for it in `texts.WRONG`."""

    def check(value: T) -> T:
        if not holds(value):
            raise PydanticCustomError(kind, "refused")
        return value

    return AfterValidator(check)


def _names(text: str) -> list[str]:
    return [name.strip() for name in re.split("[,;]", text) if name.strip()]


def _addresses(text: str) -> tuple[Address, ...]:
    # A comma inside "quotes" belongs to a name.
    parts = re.findall(r'(?:"[^"]*"|[^,;"])+', text)
    return tuple(Address.parse(part.strip()) for part in parts if part.strip())


def _domain(text: str) -> str:
    return Address(f"postmaster@{text}").email.partition("@")[2]


def _server(text: str) -> Server:
    if not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]{1,260}", text):
        raise ValueError("not a host")
    bare_ipv6 = text.count(":") > 1 and "[" not in text
    parts = urlsplit(f"//[{text}]" if bare_ipv6 else f"//{text}")
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.port == 0:
        raise ValueError("not a host and a port")
    return Server(host, parts.port)


def _security(text: str) -> str | None:
    # Programs disagree about what "tls" is; the port tells it, as where nothing was said.
    said = text.lower()
    return None if said == "tls" else _SECURITY.get(said, said)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone") from None


def _limits(text: str) -> Limits:
    try:
        return Limits.parse(text)
    except ConfigurationError as error:
        raise ValueError("no limits") from error


def _are_of_providers(limits: Limits) -> bool:
    return limits.providers.keys() <= {*get_args(ProviderName)}


def _travels_safely(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def _holds_certificates(path: Path) -> bool:
    try:
        return b"CERTIFICATE-----" in path.read_bytes()
    except OSError:
        return False


def _is_one_line(secret: SecretStr | None) -> bool:
    return not secret or not re.search(r"[\x00-\x1f\x7f]", secret.get_secret_value())


def _is_key(secret: SecretStr | None) -> bool:
    return not secret or bool(re.fullmatch("[!-~]+", secret.get_secret_value()))


def _is_long_enough(secret: SecretStr | None) -> bool:
    return not secret or len(secret.get_secret_value()) >= SHORTEST_PASSWORD


def _are_few(mailboxes: tuple[Address, ...]) -> bool:
    return len(mailboxes) <= MAX_RECIPIENTS


_lower = _written(str.lower)
_few = _that(_are_few, "too-many")

ProviderName = Literal["gmail", "yandex", "sendgrid", "mailgun", "smtp", "console", "file"]
Chain = Annotated[
    tuple[Annotated[ProviderName, _lower], ...],
    _written(_names),
    _that(lambda names: len(set(names)) == len(names), "twice"),
]
Region = Annotated[Literal["us", "eu"], _lower]
Locale = Annotated[Literal["ru", "en"], _lower]
Mailbox = Annotated[Address, _written(Address.parse)]
Mailboxes = Annotated[tuple[Address, ...], _written(_addresses), _few]
Login = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]
# The | None is inside, so that a secret is known by its type.
Password = Annotated[SecretStr | None, _that(_is_one_line, "copied-badly")]
Key = Annotated[SecretStr | None, _that(_is_key, "copied-badly")]
# Without the copied-badly: this one is of the user's own making.
DoorPassword = Annotated[SecretStr | None, _that(_is_long_enough, "too-short")]
HostNames = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9_.-]{1,253})$")], ...],
    _written(lambda text: _names(text.lower())),
]
ServerName = Annotated[Server, _written(_server)]
Protection = Annotated[Security | None, _written(_security)]
Domain = Annotated[str, _written(_domain)]
Url = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s@?#]+$"), _that(_travels_safely, "http")
]
Allowed = Annotated[Limits, _written(_limits), _that(_are_of_providers, "unknown-limit")]
Zone = Annotated[str, AfterValidator(_zone)]
Folder = Annotated[Path, _that(Path.is_dir, "no-folder")]
Certificates = Annotated[Path, _that(_holds_certificates, "no-certificates")]
