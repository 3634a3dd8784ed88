"""What an IMAP server answers, taken out of the lists in which `imaplib` hands it over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

# One item of an answer: a line, or a line that ends in a literal with what the literal held.
Item = bytes | tuple[bytes, bytes]

# RFC 3501, 7.2.2: attributes, the separator, and the name: quoted, bare, or a literal of its own.
_LISTED = re.compile(
    rb"\((?P<attributes>[^)]*)\) +(?:\"(?:[^\"\\]|\\.)\"|NIL) +"
    rb"(?P<name>\"(?:[^\"\\]|\\.)*\"|[^ \"]+)$",
    re.IGNORECASE,
)
_ESCAPED = re.compile(rb"\\(.)")
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
_DATE = re.compile(
    rb"INTERNALDATE \"([ \d]\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\"",
    re.IGNORECASE,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: its name as the server writes it, and its attributes in lower case."""

    name: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was asked for of one mail."""

    uid: int
    received_at: datetime | None
    content: bytes


def folders(items: Iterable[Item | None]) -> Iterator[Folder]:
    """Read the answer to LIST; a name that is not ASCII, as RFC 3501 wants it, is left out."""
    for item in items:
        line, literal = item if isinstance(item, tuple) else (item or b"", None)
        found = _LISTED.match(line)
        if not found:
            continue
        name = literal if literal is not None else _unquoted(found["name"])
        if name.isascii() and not re.search(rb"[\x00-\x1f\x7f]", name):
            attributes = found["attributes"].decode("ascii", "replace").lower().split()
            yield Folder(name.decode(), tuple(attributes))


def fetched(items: Sequence[Item | None]) -> Iterator[Fetched]:
    """
    Read the answer to FETCH.

    What the server says unasked, such as a change of flags, has no content and is left out.
    """
    for item, after in zip_longest(items, items[1:]):
        if not isinstance(item, tuple):
            continue
        # Some servers put a part of what was asked for behind the content.
        said = item[0] + b" " + (after if isinstance(after, bytes) else b"")
        if uid := _UID.search(said):
            yield Fetched(int(uid[1]), _date(said), item[1])


def uids(items: Iterable[Item | None]) -> list[int]:
    """Read the answer to SEARCH, in ascending order."""
    numbers = (number for item in items if isinstance(item, bytes) for number in item.split())
    return sorted({int(number) for number in numbers if number.isdigit()})


def _unquoted(name: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", name[1:-1]) if name.startswith(b'"') else name


def _date(said: bytes) -> datetime | None:
    found = _DATE.search(said)
    if not found:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = (
        part.decode() for part in found.groups()
    )
    behind = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        number = MONTHS.index(month.title()) + 1
        local = datetime(
            int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
        return local - behind if sign == "+" else local + behind
    except (ValueError, OverflowError):
        return None
