"""What goes to a provider's HTTP API and what comes back, without any HTTP in it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import SecretStr

from notifykit.errors import ConfigurationError
from notifykit.message import clean_text


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    A key and the header that shows it to the provider; neither is in the ``repr``.

    Raises:
        ConfigurationError: The key is empty, or has a character that no key has.
    """

    secrets: tuple[str, ...] = field(repr=False)
    authorization: str = field(repr=False)

    @classmethod
    def bearer(cls, key: str | SecretStr) -> Self:
        """Show the key as a bearer token (RFC 6750, section 2.1)."""
        secret = _reveal(key)
        return cls((secret,), f"Bearer {secret}")

    @classmethod
    def basic(cls, user: str, key: str | SecretStr) -> Self:
        """Show the key as a password (RFC 7617)."""
        secret = _reveal(key)
        encoded = b64encode(f"{user}:{secret}".encode()).decode()
        return cls((secret, encoded), f"Basic {encoded}")


def _reveal(key: str | SecretStr) -> str:
    secret = (key.get_secret_value() if isinstance(key, SecretStr) else key).strip()
    if not re.fullmatch(r"[!-~]+", secret):
        raise ConfigurationError(
            "the API key is empty or has a space, a line break or a letter that no key has:"
            " copy it again"
        )
    return secret


@dataclass(frozen=True, slots=True)
class Response:
    """
    What a provider answered.

    Attributes:
        code: HTTP status code.
        headers: By lower-case name.
        text: The body's first megabyte. Neither is in the ``repr``: either may echo the key.
    """

    code: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)

    def json(self) -> Any:
        """Read the body; ``None`` where it is no JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def words(self) -> str:
        """
        Say what went wrong in the provider's words, whichever way it wraps them.

        SendGrid: ``{"errors": [{"message": …, "field": …}]}``; Mailgun: ``{"message": …}``, or the
        plain ``Forbidden``; gateways: a page of HTML.
        """
        found = self.json()
        entries = found.get("errors") if isinstance(found, dict) else None
        if isinstance(entries, list) and entries:
            return clean_text("\n".join(_entry(entry) for entry in entries))
        if isinstance(found, dict) and "message" in found:
            return clean_text(str(found["message"]))
        return clean_text(found if isinstance(found, str) else _without_tags(self.text))


def _entry(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    where = entry.get("field")
    named = f" (field: {where})" if where not in (None, "", "null") else ""
    return f"{entry.get('message')}{named}"


def _without_tags(text: str) -> str:
    body = re.sub(r"(?is)<(style|script|title)\b.*?</\1>", " ", text[:10_000])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))
