"""What a report says about one recipient, and the codes in a server's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from notifykit.submission import EventKind

# No part of an IP address, of a longer number or of a checksum.
_CODE = re.compile(r"(?<![\w.\[:/-])([45]\d\d)(?![\w.:\]])")
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_MULTI_LINE = re.compile(r"([45]\d\d)-([45]\.\d{1,3}\.\d{1,3}) ")
ADDRESS = r"[^\s<>()\[\]\\,;:\"'@]{1,64}@[^\s<>()\[\]\\,;:\"'@]{1,255}"
_ADDRESS = re.compile(ADDRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a report says about one recipient; the attributes are those of a `Bounce`."""

    recipient: str | None
    kind: EventKind
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""
    server: str = ""


class Codes(NamedTuple):
    """The codes in a server's words."""

    code: int | None
    enhanced: str | None


def codes(text: str) -> Codes:
    """Find the codes of a refusal; those of the server that spoke last, which stand first."""
    code, enhanced = _CODE.search(text), _ENHANCED.search(text)
    return Codes(int(code[1]) if code else None, enhanced[1] if enhanced else None)


def one_line(text: str) -> str:
    """Put a reply of several lines onto one: the codes that begin each line are said once."""
    text = " ".join(text.split())
    start = _MULTI_LINE.match(text)
    if not start:
        return text
    again = rf" {start[1]}[- ]{re.escape(start[2])} "
    return re.sub(again, " ", f"{start[1]} {start[2]} {text[start.end() :]}")


def address(text: str) -> str | None:
    """Find the first address in a field."""
    found = _ADDRESS.search(text)
    return found[0].rstrip(".") if found else None


def host(text: str) -> str:
    """Give the first word of a field that names a server; notes may follow it."""
    return (text.split() or [""])[0].rstrip(".;,").lower()[:255]
