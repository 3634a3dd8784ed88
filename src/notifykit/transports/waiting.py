"""How long a provider asks, in the headers of its answer, to be left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(hours=24)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """
    Read ``Retry-After`` (RFC 9110, section 10.2.3), or SendGrid's ``X-RateLimit-Reset``.

    Args:
        headers: By lower-case name.
        now: Aware; what a point in time is measured from.

    Returns:
        Between nothing and 24 hours; ``None`` where there is no such header, or junk in it.
    """
    asked = headers.get("retry-after", "").strip()
    reset = headers.get("x-ratelimit-reset", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        wait = timedelta(seconds=int(asked))
    elif date := _date(asked):
        wait = date - now
    elif re.fullmatch(r"[0-9]{1,11}", reset):
        wait = datetime.fromtimestamp(int(reset), UTC) - now
    else:
        return None
    return min(max(wait, timedelta(0)), _LONGEST)


def date_in(headers: Mapping[str, str]) -> datetime | None:
    """Read the provider's clock, its ``Date``; ``None`` where it shows none."""
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
