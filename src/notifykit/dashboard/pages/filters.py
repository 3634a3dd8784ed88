"""What a list was asked for: read from its address, and put back into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from notifykit.reception import BOUNCED, COMPLAINED, DELIVERED
from notifykit.storage.base import Filter
from notifykit.submission import Status

ATTENTION, CALLS = "attention", "calls"
PERIODS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
WANTED = (ATTENTION, CALLS, *Status, DELIVERED, BOUNCED, COMPLAINED)

_NAMES = ("search", "status", "kind", "provider", "source", "period")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a visitor asked for.

    Attributes:
        given: The fields of the form that are filled in, by name.
        before: The last id of the page before.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        """Read what makes sense of an address; the rest is as if it were not there."""
        given = {name: query.get(name, "").strip()[:_LONGEST] for name in _NAMES}
        if given["status"] not in WANTED:
            given["status"] = ""
        if given["period"] not in PERIODS:
            given["period"] = ""
        given = {name: value.replace("\0", "") for name, value in given.items()}
        return cls({name: value for name, value in given.items() if value}, _id(query))

    def get(self, name: str) -> str:
        """Give one field, or nothing."""
        return self.given.get(name, "")

    def filter(self, now: datetime, *, before: str | None = None) -> Filter:
        """Say it in the repository's words."""
        status = self.get("status")
        period = PERIODS.get(self.get("period"))
        return Filter(
            source=self.given.get("source"),
            status=_statuses(status),
            kind="manager_call" if status == CALLS else self.given.get("kind"),
            acknowledged=False if status == CALLS else None,
            delivery=status if status in (DELIVERED, BOUNCED, COMPLAINED) else None,
            provider=self.given.get("provider"),
            search=self.given.get("search"),
            created_after=now - period if period else None,
            before=before or self.before,
        )


def _statuses(word: str) -> tuple[Status, ...] | None:
    if word == ATTENTION:
        return (Status.FAILED, Status.UNCONFIRMED)
    return (Status(word),) if word in Status.__members__ else None


def _id(query: Mapping[str, str]) -> str | None:
    try:
        return str(UUID(query["before"]))
    except (KeyError, ValueError):
        return None
