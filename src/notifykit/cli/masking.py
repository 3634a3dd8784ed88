"""Keeps secrets off the screen."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from notifykit.diagnosis import scrub
from notifykit.settings import Settings

_URLS = ("DATABASE_URL", "NOTIFYKIT_DATABASE_URL")
SECRETS = frozenset(
    str(field.alias)
    for field in Settings.model_fields.values()
    if field.annotation == SecretStr | None
)
HIDDEN = SECRETS.difference(_URLS)
# Shorter ones are part of ordinary words; to take them out would make a message unreadable.
_SHORTEST = 4
# Samples in our own texts, which have the shape of a URL with a password.
_SAMPLES = {
    "postgresql://***@host:5432/name": "postgresql://user:password@host:5432/name",
    "postgresql://***@хост:5432/база": "postgresql://логин:пароль@хост:5432/база",
}


def scrubbed(text: str, values: Mapping[str, str]) -> str:
    """Take every secret of the variables out of a text, line by line."""
    secrets = [secret for secret in _secrets(values) if len(secret) >= _SHORTEST]
    return "\n".join(_line(line, secrets) for line in text.splitlines())


def _line(line: str, secrets: list[str]) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    clean = scrub(line.lstrip(), secrets)
    for hidden, sample in _SAMPLES.items():
        clean = clean.replace(hidden, sample)
    return indent + clean


def _secrets(values: Mapping[str, str]) -> list[str]:
    found = [values[name] for name in HIDDEN if values.get(name)]
    for name in _URLS:
        found += [values.get(name, ""), *_passwords(values.get(name, ""))]
    return [secret for secret in found if secret]


def _passwords(url: str) -> list[str]:
    try:
        password = urlsplit(url).password or ""
    except ValueError:  # not a URL; it is hidden as a whole
        return []
    return [password, unquote(password)]
