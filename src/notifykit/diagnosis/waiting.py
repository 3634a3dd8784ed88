"""Finds out of a provider's words when it wants to be asked again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# A provider that names a later time has a clock that is wrong; waiting longer would lose orders.
LONGEST = timedelta(hours=24)

_ASKED = re.compile(
    r"\b(?:try|retry) (?:again )?(?:after|in|at)\s+(?P<when>.{1,60})", re.IGNORECASE
)
_SPAN = re.compile(
    r"(?P<number>[0-9]{1,6}) ?(?P<unit>s|m|h)(?:ec|econd|in|inute|our)?s?\b", re.IGNORECASE
)
_DATE = re.compile(
    r"(?:[a-z]{3}, )?[0-9]{1,2} [a-z]{3} [0-9]{4} [0-9:]{5,8}(?: (?:[a-z]{1,4}|[+-][0-9]{4}))?\b",
    re.IGNORECASE,
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def retry_after_in(text: str, now: datetime) -> timedelta | None:
    """
    Read how long to wait out of ``try again after …``, with a span or with a point in time.

    Mailgun writes both ``120 seconds`` and the date of RFC 2822, and sends no header with it; other
    servers write ``try again in 5 minutes``.

    Args:
        text: The provider's words.
        now: Aware; what a point in time is measured from.

    Returns:
        Between nothing and 24 hours; ``None`` where the text names no time.
    """
    asked = _ASKED.search(" ".join(text.split()))
    wait = _wait(asked["when"], now) if asked else None
    return None if wait is None else min(max(wait, timedelta(0)), LONGEST)


def _wait(when: str, now: datetime) -> timedelta | None:
    if span := _SPAN.match(when):
        return timedelta(**{_UNITS[span["unit"].lower()]: int(span["number"])})
    date = _DATE.match(when)
    at = _point(date[0]) if date else None
    return at - now if at else None


def _point(date: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(date)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
