"""How much in how much time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from notifykit.errors import ConfigurationError

_MOST = 1_000_000
_UNITS = {
    1: ("s", "sec", "second", "seconds"),
    60: ("min", "minute", "minutes"),
    3_600: ("hour", "h", "hours"),
    86_400: ("day", "d", "days"),
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words}
_WRITTEN = re.compile(
    r"(?P<count>\d{1,7})\s*(?P<recipients>recipients?)?\s*/\s*(?P<times>\d{1,5})?\s*"
    r"(?P<unit>[a-z]+)(?:\s+burst\s+(?P<burst>\d{1,7}))?",
    re.ASCII | re.IGNORECASE,
)
# A bucket that lacks more than so much was not filled by this rate; one email is never more.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """
    So many in any stretch of so much time, and never more.

    That is a promise about every stretch, not about calendar days, as the quotas of mailboxes are
    counted over the last 24 hours. A bucket holds what may go at once; it fills as fast as it can
    without breaking the promise. So a small ``burst`` lets nearly all of ``count`` through in the
    long run, and a large one lets more go at once.

    It is counted by the generic cell rate algorithm (ITU-T I.371, appendix A), which remembers one
    moment for each bucket: when it will be full again.

    Attributes:
        count: The most in any stretch of ``per``.
        per: How long that stretch is.
        burst: How many may go at once, from 1 to ``count``; ``None``: a tenth of ``count``.
        recipients: Each recipient of an email counts, as at Yandex.

    Raises:
        ConfigurationError: It is no rate.
    """

    count: int
    per: timedelta
    burst: int | None = None
    recipients: bool = False

    def __post_init__(self) -> None:
        whole = 1 <= self.count <= _MOST and timedelta(seconds=1) <= self.per <= timedelta(days=366)
        if not whole or not 1 <= self.at_once <= self.count:
            raise ConfigurationError(
                f"{self}: no rate: at least 1, in a second to a year, at once no more than all"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``20/s``, ``60/min``, ``2000/24h``, ``500/day burst 50``, ``500 recipients/day``.

        Raises:
            ConfigurationError: It is written otherwise.
        """
        found = _WRITTEN.fullmatch(text.strip())
        unit = _SECONDS.get(found["unit"].lower()) if found else None
        if found is None or unit is None:
            raise ConfigurationError(
                "a rate is written like 60/min, 500/day, 2000/24h or 500/day burst 50"
            )
        return cls(
            int(found["count"]),
            timedelta(seconds=unit * int(found["times"] or 1)),
            int(found["burst"]) if found["burst"] else None,
            recipients=bool(found["recipients"]),
        )

    def __str__(self) -> str:
        seconds = self.per.total_seconds()
        size = max((size for size in _UNITS if seconds % size == 0), default=1)
        times = "" if seconds == size else f"{seconds / size:g}"
        whom = " recipients" if self.recipients else ""
        burst = "" if self.burst is None else f" burst {self.burst}"
        return f"{self.count}{whom}/{times}{_UNITS[size][0]}{burst}"

    @property
    def at_once(self) -> int:
        """How many may go at once."""
        return max(1, self.count // 10) if self.burst is None else self.burst

    @property
    def pause(self) -> timedelta:
        """How long it takes until one more may go."""
        # Of at_once at the beginning of a stretch and the others one by one, the last may come
        # only when the stretch is over; rounded up, or it would come too early.
        return -(-self.per // (self.count - self.at_once + 1))

    @property
    def reach(self) -> timedelta:
        """The longest that a bucket of this rate can take to be full again."""
        return self.pause * max(self.count, _DEEPEST)

    def slack(self, cost: int) -> timedelta:
        """How long a bucket may still need to be full when ``cost`` is taken from it."""
        return self.pause * (self.at_once - cost)

    def start(self, full_at: datetime | None, now: datetime) -> datetime:
        """
        Say when a bucket is full, from now on.

        One that is further from full than this rate can bring it was filled by another rate, or by
        a clock that was wrong: it begins anew.
        """
        stale = full_at is None or full_at > now + self.reach
        return now if stale or full_at is None else full_at

    def wait(self, full_at: datetime | None, now: datetime, cost: int = 1) -> timedelta:
        """
        Say how long until ``cost`` may be taken; zero: now.

        What costs more than may go at once has to wait until the bucket has been full for as long
        as the rest takes.
        """
        if full_at is None:
            return timedelta(0)
        return max(timedelta(0), self.start(full_at, now) - now - self.slack(cost))

    def room(self, filling: timedelta) -> int:
        """Say how many may go now from a bucket that needs so long to be full."""
        if filling > self.reach:
            return self.at_once
        return max(0, (self.pause * self.at_once - filling) // self.pause)

    def taken(self, full_at: datetime | None, now: datetime, cost: int) -> datetime:
        """Say when the bucket is full again after ``cost`` was taken."""
        return max(self.start(full_at, now), now) + self.pause * cost
