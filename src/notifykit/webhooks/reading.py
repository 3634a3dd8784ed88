"""Reads events: whatever stands in them, nothing but events comes out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Self

from notifykit.cleaning import clean_line
from notifykit.diagnosis import (
    Diagnosis,
    Reply,
    complained,
    delayed,
    dropped,
    returned,
    scrub,
)
from notifykit.submission import Event, EventKind

_MOST = 320  # of an address; ids are shorter
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_CODE = re.compile(r"\s*([2-6][0-9]{2})\b")
_CODES = range(200, 700)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """
    What one event of a provider says.

    Attributes:
        event: Its ``submission_id`` is empty where the provider did not hand our own id back.
        message_id: Then it may be found by this one.
    """

    event: Event
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that says nothing about delivery, such as that somebody unsubscribed."""


class Unreadable(ValueError):  # noqa: N818 - it is counted, not raised to anybody
    """This is not an event."""


class Fields:
    """The fields of one event, by a path of names; what is not as it should be is not there."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, Mapping):
            raise Unreadable("an event is an object")
        self.values = values

    def text(self, *path: str, most: int = _MOST) -> str | None:
        """Give a text on one line; ``None`` where it is empty, no text, or too long."""
        value = self._at(path)
        if not isinstance(value, str) or len(value) > most:
            return None
        return clean_line(value) or None

    def words(self, *path: str) -> str | None:
        """Give somebody's words, scrubbed and cut."""
        value = self._at(path)
        return (scrub(value) or None) if isinstance(value, str) else None

    def number(self, *path: str) -> float | None:
        """Give a number, also where it is written as text."""
        value = self._at(path)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def code(self, *path: str) -> int | None:
        """Give an SMTP code."""
        number = self.number(*path)
        return int(number) if number is not None and number in _CODES else None

    def enhanced(self, *path: str) -> str | None:
        """Give an RFC 3463 code."""
        text = self.text(*path)
        return text if text and _ENHANCED.fullmatch(text) else None

    def moment(self, *path: str, now: datetime) -> datetime:
        """Give a point in time; where there is none that can be, now: it was told, after all."""
        try:
            return datetime.fromtimestamp(self.number(*path) or math.nan, UTC)
        except (ValueError, OverflowError, OSError):
            return now

    def fingerprint(self) -> str:
        """Make an id of all the fields, for an event that has none."""
        text = json.dumps(self.values, sort_keys=True, ensure_ascii=True)
        return f"sha256:{sha256(text.encode()).hexdigest()}"

    def _at(self, path: tuple[str, ...]) -> Any:
        value: Any = self.values
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


def parsed(body: bytes) -> Any:
    """
    Read JSON from a stranger.

    Raises:
        ValueError: It is none, or deeper than anybody writes it.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("too deep") from None


def code_in(text: str | None) -> int | None:
    """Find the SMTP code that a server's words begin with."""
    found = _CODE.match(text or "")
    return int(found[1]) if found else None


def diagnosed(kind: EventKind, reply: Reply) -> Diagnosis | None:
    """Say what the words of an event mean and what to do, where something went wrong."""
    if kind is EventKind.COMPLAINED:
        return complained()
    means = {
        EventKind.BOUNCED: returned,
        EventKind.REJECTED: dropped,
        EventKind.DEFERRED: delayed,
    }.get(kind)
    return means(reply) if means else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """
    What one request says.

    Attributes:
        notes: The events that say something about delivery.
        ignored: How many say something else.
        malformed: How many say nothing that can be understood.
    """

    notes: tuple[Note, ...]
    ignored: int = 0
    malformed: int = 0

    @classmethod
    def read(cls, events: Iterable[Any], read: Callable[[Fields], Note | Ignored]) -> Self:
        """Read each; what is wrong with one does not concern the others."""
        notes: list[Note] = []
        ignored = malformed = 0
        for values in events:
            try:
                found = read(Fields(values))
            except Unreadable:
                malformed += 1
                continue
            if isinstance(found, Note):
                notes.append(found)
            else:
                ignored += 1
        return cls(notes=tuple(notes), ignored=ignored, malformed=malformed)
