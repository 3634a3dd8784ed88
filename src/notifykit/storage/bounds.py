"""Which ids can be on a page."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from notifykit.storage.base import Filter

_SLACK = timedelta(days=1)
_LATEST = 2**48 - 1


def within(id_: ColumnElement[str], wanted: Filter) -> list[ColumnElement[bool]]:
    """
    Bound the ids by what is known of when they were made.

    A UUID of version 7 begins with its time (RFC 9562, 5.7), so that an old period is found without
    looking at everything that is newer.
    """
    bounds = []
    if wanted.before is not None:
        bounds.append(id_ < wanted.before)
    if wanted.created_before is not None:
        bounds.append(id_ < _first_id(wanted.created_before + _SLACK))
    if wanted.created_after is not None:
        bounds.append(id_ >= _first_id(wanted.created_after - _SLACK))
    return bounds


def _first_id(moment: datetime) -> str:
    milliseconds = min(max(int(moment.timestamp() * 1_000), 0), _LATEST)
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}"
