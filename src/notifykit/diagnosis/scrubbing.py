"""Takes secrets out of texts that are stored, logged and shown."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from typing import TypeVar
from urllib.parse import quote

from notifykit.cleaning import clean_text

LONGEST = 2_000
# A page of a broken gateway may have a megabyte, and the event loop has no second for it.
_ENOUGH = 16 * LONGEST
_GONE = "***"
# Shorter pieces of base64 stand in every text.
_SHORTEST_BASE64 = 4

E = TypeVar("E", bound=BaseException)

# A word that follows "Basic" or "AUTH" in plain English, or in a list of what a server offers.
_WORD = (
    r"(?!(?:authentication|authorization|auth|token|login|plain|xoauth2|oauthbearer|cram-md5"
    r"|is|was|not|and|or|nor|for|command|mechanism|extension|required|failed|failure|rejected|refused"
    r"|denied|disabled|unsupported)\b)"
)
_SHAPES = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"\bSG\.[\w.-]+", _GONE),
        (r"\bkey-[0-9a-f]{32}", _GONE),
        (r"\b[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}\b", _GONE),
        (rf"\b(bearer|basic)([ :]+){_WORD}[^\s,;\"']+", rf"\1\2{_GONE}"),
        (
            rf"\b(auth\s+(?:plain|login|xoauth2|oauthbearer|cram-md5))(\s+){_WORD}[^\s,;\"']+",
            rf"\1\2{_GONE}",
        ),
        (r"\b([a-z][a-z0-9+.-]{1,30}://)[^\s/@]+@", rf"\1{_GONE}@"),
    )
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """
    Make a provider's words fit to be stored and logged.

    Every secret goes, also where its white space is gone or broken over lines, and in base64,
    percent-encoded, JSON and HTML form; so does whatever has the shape of a key, of an
    ``Authorization`` value, of an ``AUTH`` command or of a password in a URL. Control characters
    and marks that turn the reading direction are taken out, and at most 2,000 characters are left.

    Args:
        text: Untrusted.
        secrets: The passwords and keys that were in use; empty ones do not matter.
    """
    text = clean_text(text)
    known = {pattern for secret in secrets for pattern in _patterns(clean_text(secret))}
    patterns = sorted(known, key=len, reverse=True)
    left = _without(patterns, text[:_ENOUGH])
    if len(left) < 2 * LONGEST and len(text) > _ENOUGH:
        # So much went that the place where the text was cut, maybe inside a secret, comes near.
        left = _without(patterns, text)
    return left if len(left) <= LONGEST else f"{left[: LONGEST - 1]}…"


def without_past(error: E) -> E:
    """
    Take from an error what it was raised from and the frames it came through.

    What a server said that could not be read is quoted in the errors of other libraries, and
    whoever reports errors shows the variables of every frame: among them what was sent as login.
    To be raised outside of an ``except``, or by the bare ``raise`` of the one that caught it.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _without(patterns: Iterable[str], text: str) -> str:
    for pattern in patterns:
        text = re.sub(pattern, _GONE, text, flags=re.IGNORECASE)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


def _patterns(secret: str) -> Iterator[str]:
    """Give everything that a secret may look like."""
    for spelling in (secret, "".join(secret.split())):
        if spelling:
            quoted = json.dumps(spelling)[1:-1]
            plain = (spelling, quote(spelling, safe=""), quote(spelling), quoted, escape(spelling))
            yield from map(_spaced, plain)
            yield from map(_inside_base64, _base64_forms(spelling.encode()))


def _base64_forms(secret: bytes) -> Iterator[str]:
    """
    Give the base64 of a secret wherever it begins within three bytes.

    ``AUTH PLAIN`` and ``Basic`` put a user name before it; these are the characters that do not
    depend on it.
    """
    for before in range(3):
        encoded = b64encode(bytes(before) + secret).rstrip(b"=").decode()
        core = encoded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        if len(core) >= _SHORTEST_BASE64:
            yield core
            yield core.translate(str.maketrans("+/", "-_"))


def _spaced(form: str) -> str:
    # A Google app password is shown in groups of four, and servers break long lines anywhere.
    return r"\s*".join(map(re.escape, "".join(form.split())))


def _inside_base64(core: str) -> str:
    # The character at either end holds some bits of the secret and some of its neighbour.
    return rf"[\w+/-]?{_spaced(core)}[\w+/-]?={{0,2}}"
