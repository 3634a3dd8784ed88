"""Identifiers: one for machines that sorts by time, one for people to say aloud."""

from __future__ import annotations

import re
import secrets
import time
from uuid import UUID

# Letters that look the same in Latin and Cyrillic (those of Russian number plates), so that a
# reference can be read aloud and typed on either keyboard.
_LETTERS = "ABCEHKMOPTXY"
_REFERENCE = re.compile(rf"([{_LETTERS}]{{3}})[ \u2010-\u2015-]{{0,3}}([0-9]{{4}})")
_FROM_CYRILLIC = str.maketrans("АВСЕНКМОРТХУ", "ABCEHKMOPTXY")


def uuid7() -> UUID:
    """Make a UUID of version 7 (RFC 9562, 5.7): it sorts by the millisecond it was made in."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def new_reference() -> str:
    """Make a short reference such as ``KMT-4827``: for the phone, not a key; it may repeat."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(3))
    return f"{letters}-{secrets.randbelow(10_000):04}"


def normal_reference(typed: str) -> str:
    """
    Turn what a person typed, on either keyboard and in either case, into a reference.

    A missing hyphen, or a space or dash in its place, is forgiven: ``кмт 4827`` is ``KMT-4827``.
    """
    plain = typed.strip().upper().translate(_FROM_CYRILLIC)
    found = _REFERENCE.fullmatch(plain)
    return f"{found[1]}-{found[2]}" if found else plain
