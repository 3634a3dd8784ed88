"""Tells the time: on the clock of the settings' zone, and how long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notifykit.dashboard.words import WORDS

_FORMS = {"ru": "%d.%m.%Y %H:%M:%S", "en": "%Y-%m-%d %H:%M:%S"}
_SHORT = {"ru": "%d.%m %H:%M", "en": "%m-%d %H:%M"}
_DAYS = {"ru": "%d.%m", "en": "%m-%d"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TEN = 10


@dataclass(frozen=True, slots=True)
class Moments:
    """
    Tells moments to one visitor.

    Attributes:
        locale: ``ru`` or ``en``.
        timezone: A name of the IANA database.
        now: Aware.
    """

    locale: str
    timezone: str
    now: datetime

    def full(self, moment: datetime | None) -> str:
        """Write date and time to the second."""
        return self.local(moment).strftime(_FORMS[self.locale]) if moment else ""

    def short(self, moment: datetime | None) -> str:
        """Write day, month, hour and minute."""
        return self.local(moment).strftime(_SHORT[self.locale]) if moment else ""

    def clock(self, moment: datetime | None) -> str:
        """Write the time of the day to the second."""
        return f"{self.local(moment):%H:%M:%S}" if moment else ""

    def day(self, moment: datetime) -> str:
        """Write day and month."""
        return self.local(moment).strftime(_DAYS[self.locale])

    def local(self, moment: datetime) -> datetime:
        """Give it in the zone of the settings."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def ago(self, moment: datetime | None) -> str:
        """Write how long ago it was, in its largest unit; nothing finer than a minute."""
        return self.span(self.now - moment, seconds=False) if moment else ""

    def span(self, span: timedelta, *, seconds: bool = True) -> str:
        """Write how long something takes, in its largest unit."""
        total = abs(span.total_seconds())
        units = WORDS[self.locale].known["units"]
        if total < _MINUTE:
            return self._seconds(total) if seconds else str(units["moment"])
        for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
            if total >= size:
                return f"{int(total // size)}\u00a0{units[unit]}"
        raise AssertionError  # a minute is the least

    def _seconds(self, total: float) -> str:
        text = f"{total:.1f}" if total < _TEN else f"{total:.0f}"
        unit = WORDS[self.locale].known["units"]["second"]
        return f"{text.replace('.', ',') if self.locale == 'ru' else text}\u00a0{unit}"
