"""Who is looking: a cookie that cannot be forged, and the token that every form carries."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Self

from pydantic import SecretStr

from notifykit.cleaning import clean_line

COOKIE = "notifykit_dashboard"
LASTS = 12 * 60 * 60

_LONGEST_NAME = 64
# OWASP's least for scrypt with 16 MB: a cookie must not make the password quick to guess.
_COST, _BLOCKS, _PASSES = 2**14, 8, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """
    One browser's visit.

    Attributes:
        id: Random; the forms' token is made of it.
        name: Recorded with decisions, as the visitor wrote it or the host application says.
        entered: The password was right.
        ends: When the visit is over, in seconds since 1970.
    """

    id: str
    name: str = ""
    entered: bool = False
    ends: int = 0

    @classmethod
    def new(cls) -> Self:
        """Begin a visit."""
        return cls(id=secrets.token_hex(16), ends=int(time.time()) + LASTS)

    def enter(self, name: str) -> Visit:
        """Begin a new one for somebody who knew the password; the old id is of no use any more."""
        return replace(Visit.new(), entered=True, name=clean_line(name)[:_LONGEST_NAME])

    def named(self, name: str) -> Visit:
        """Remember the visitor's name."""
        return replace(self, name=clean_line(name)[:_LONGEST_NAME])

    @property
    def token(self) -> str:
        """What a form has to carry to be this visitor's; nobody else can make it."""
        return hmac.digest(self.id.encode(), b"form", "sha256").hex()


class Seal:
    """
    Signs visits, so that only this dashboard can make them.

    The key is made of the password: all processes have the same, and a new password ends every
    visit. Without a password the signature proves nothing, and nothing relies on it.
    """

    def __init__(self, password: SecretStr | None) -> None:
        self._password = password.get_secret_value().encode() if password else None
        self._key = b"" if self._password is None else _stretched(self._password)

    def knows(self, password: str) -> bool:
        """Compare what was typed with the password, in the same time whatever it is."""
        if self._password is None:
            return False
        typed, known = (
            hmac.digest(self._key, text, "sha256") for text in (password.encode(), self._password)
        )
        return hmac.compare_digest(typed, known)

    def closed(self, visit: Visit) -> str:
        """Make the cookie's value."""
        # Without the padding: cookies with a "=" are put into quotes.
        content = urlsafe_b64encode(json.dumps(asdict(visit)).encode()).decode().rstrip("=")
        return f"{content}.{self._signature(content)}"

    def opened(self, value: str) -> Visit | None:
        """Read a cookie; ``None`` where it was not made here or is over."""
        content, _, signature = value.partition(".")
        expected = self._signature(content)
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            return None
        try:
            fields = json.loads(urlsafe_b64decode(f"{content}=="))
        except (NotBase64, ValueError, RecursionError):
            fields = None
        # Without a password anybody can sign anything.
        visit = Visit(**fields) if _sound(fields) else None
        return visit if visit and visit.ends > time.time() else None

    def _signature(self, content: str) -> str:
        return hmac.digest(self._key, content.encode(), "sha256").hex()


def _sound(fields: Any) -> bool:
    kinds = {"id": str, "name": str, "entered": bool, "ends": int}
    return (
        isinstance(fields, dict)
        and {name: type(value) for name, value in fields.items()} == kinds
        and fields["id"].isalnum()
    )


@lru_cache(maxsize=4)
def _stretched(password: bytes) -> bytes:
    return hashlib.scrypt(
        password, salt=b"notifykit dashboard", n=_COST, r=_BLOCKS, p=_PASSES, maxmem=2**26
    )
