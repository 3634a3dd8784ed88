"""Who logs in at an SMTP server."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """
    Who logs in.

    Attributes:
        user, password: Sent as UTF-8 (RFC 4616).
    """

    user: str
    password: str = field(repr=False)

    @property
    def plain(self) -> str:
        """The one word of AUTH PLAIN."""
        return base64(f"\0{self.user}\0{self.password}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text of ours may contain."""
        return (self.password, self.plain, base64(self.password))


def base64(text: str) -> str:
    """Write a text as AUTH wants it (RFC 4954, section 4)."""
    return b64encode(text.encode()).decode("ascii")
