"""How long a provider asks to be left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=1)


def retry_after(headers: Mapping[str, str], text: str, now: datetime) -> timedelta | None:
    """
    Read the wait out of a refusal; ``None`` where it states none, never longer than a day.

    ``Retry-After`` as seconds or date (RFC 9110, section 10.2.3); SendGrid's ``X-RateLimit-Reset``
    in Unix time; Mailgun says it in words: ``try again after 120 seconds`` or ``… after <date>``.

    Args:
        headers: By lower-case name. Points in time are compared with the provider's own ``Date``
            where it is there, as this machine's clock may be wrong.
        text: The provider's words.
        now: Aware.
    """
    clock = _date(headers.get("date", "")) or now
    said = re.search(r"try again after ([^\n]+)", text)
    stated = (
        _wait(headers.get("retry-after", ""), clock)
        or _until(headers.get("x-ratelimit-reset", ""), clock)
        or (_wait(said[1], clock) if said else None)
    )
    return None if stated is None else min(max(stated, timedelta(0)), _LONGEST)


def _wait(text: str, clock: datetime) -> timedelta | None:
    seconds = re.fullmatch(r"(\d{1,9})(?: seconds?)?\.?", text.strip())
    if seconds:
        return timedelta(seconds=int(seconds[1]))
    date = _date(text)
    return date - clock if date else None


def _until(text: str, clock: datetime) -> timedelta | None:
    if not re.fullmatch(r"\d{1,11}", text.strip()):
        return None
    return datetime.fromtimestamp(int(text), UTC) - clock


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
