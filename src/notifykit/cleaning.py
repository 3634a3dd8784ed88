"""Untrusted text made harmless, and kept within limits before any work goes into it."""

from __future__ import annotations

import re

from notifykit.errors import InvalidEmailError

_SLACK = 8  # cleaning makes text shorter; what is so many times too long is not even cleaned
_SHOWN = 80  # fits a log line

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
# Nothing of the above, in one look; it names what it takes because that is found faster.
_HARMLESS = re.compile(
    "[\t\n -~\xa0-\u061b\u061d-\u200a\u200c\u200d\u2010-\u2027\u202f-\u205f\u2061-\u2065"
    "\u206a-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]*"
)
_LONG = 4_000
_PLAIN = bytes([*b"\t\n", *range(0x20, 0x7F)])


def clean_text(text: str) -> str:
    """
    Make untrusted text harmless and keep its lines.

    Control characters and the marks that turn the reading direction are taken out, lone surrogates
    become U+FFFD, every kind of line break becomes a newline.
    """
    return harmless(text).strip()


def clean_line(text: str) -> str:
    """Make untrusted text harmless on one line: like `clean_text`, with runs of space as one."""
    # The only space that is printable is the usual one, and nothing harmful is.
    if text.isprintable() and (" " not in text or ("  " not in text and text == text.strip())):
        return text
    return _SPACE.sub(" ", clean_text(text))


def harmless(text: str) -> str:
    """Do what `clean_text` does, and leave the space at both ends alone."""
    if _is_harmless(text):
        return text
    text = _LINE_BREAK.sub("\n", _SURROGATE.sub("\ufffd", text))
    return _CONTROL.sub("", _INVISIBLE.sub("", text))


def _is_harmless(text: str) -> bool:
    if len(text) > _LONG:
        # Plain ASCII, most of any HTML, is five times faster to skip as bytes than to match.
        rest = text.encode(errors="surrogatepass").translate(None, _PLAIN)
        text = rest.decode(errors="surrogatepass")
    return _HARMLESS.fullmatch(text) is not None


def limited_line(text: str, limit: int, what: str, where: str) -> str:
    """
    Clean one line; refuse what is too long before and after.

    Raises:
        InvalidEmailError: More than ``limit`` characters; ``what`` and ``where`` say of what.
    """
    if len(text) <= _SLACK * limit:
        text = clean_line(text)
    if len(text) > limit:
        at_most(limit, len(text), what, where)
    return text


def at_most(limit: int, found: int, what: str, where: str) -> None:
    """Raise `InvalidEmailError` where there are more than ``limit``."""
    if found > limit:
        raise InvalidEmailError(f"{found:,} {what} {where}: the limit is {limit:,}")


def shown(text: str) -> str:
    """Quote the beginning of untrusted text for an error message."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
