"""Small bar charts, drawn as SVG by the server: no script, no style attribute, readable as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notifykit.dashboard.moments import Moments
from notifykit.storage.overview import Accepted, Tally
from notifykit.submission import OPERATOR, Outcome, Status

# From the bottom of a bar to its top: what needs somebody lies where the eye falls.
ORDER = (
    Status.SENT,
    Status.SENDING,
    Status.QUEUED,
    Status.UNCONFIRMED,
    Status.FAILED,
)
HEIGHT, STEP, BAR = 96, 24, 18
_LEAST = 2  # a count that is not nothing can be seen


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar, in the units of the drawing."""

    status: str
    count: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or day."""

    label: str
    x: int
    pieces: tuple[Piece, ...]

    @property
    def total(self) -> int:
        """Everything in it."""
        return sum(piece.count for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Chart:
    """
    Bars side by side.

    Attributes:
        most: The count that the full height stands for.
    """

    bars: tuple[Bar, ...]
    most: int

    @property
    def width(self) -> int:
        """Of the drawing."""
        return STEP * len(self.bars)

    @property
    def statuses(self) -> list[str]:
        """The statuses that there are, in the order of the bars."""
        found = {piece.status for bar in self.bars for piece in bar.pieces}
        return [status.value for status in ORDER if status.value in found]


@dataclass(frozen=True, slots=True)
class Share:
    """How a provider did."""

    provider: str
    taken: int
    refused: int

    @property
    def percent(self) -> int:
        """How much of what it was asked it took."""
        return round(100 * self.taken / (self.taken + self.refused))


def hours(tally: Tally, moments: Moments) -> Chart:
    """Draw the last 24 hours."""
    whole = moments.now.replace(minute=0, second=0, microsecond=0)
    starts = [whole - timedelta(hours=back) for back in range(23, -1, -1)]
    # By UTC: in autumn a clock shows one hour twice.
    slots = [(_utc(start), _hour(moments, start)) for start in starts]
    return _chart(tally.accepted, slots, _utc)


def days(tally: Tally, moments: Moments, count: int = 14) -> Chart:
    """Draw the last days, each from midnight to midnight where the reader is."""
    today = moments.local(moments.now).date()
    dates = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    form = "%d.%m" if moments.locale == "ru" else "%m-%d"
    return _chart(
        tally.accepted,
        [(date.isoformat(), date.strftime(form)) for date in dates],
        lambda at: moments.local(at).date().isoformat(),
    )


def shares(tally: Tally) -> list[Share]:
    """Say how each provider did, the busiest first."""
    taken: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for tried in tally.tried:
        if tried.provider != OPERATOR:
            side = taken if tried.outcome is Outcome.ACCEPTED else refused
            side[tried.provider] += tried.count
    total = taken + refused
    return [Share(name, taken[name], refused[name]) for name, _ in total.most_common() if name]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%m-%d %H}"


def _hour(moments: Moments, start: datetime) -> str:
    return f"{moments.local(start):%H:00}"


def _chart(
    accepted: Iterable[Accepted],
    slots: Sequence[tuple[str, str]],
    slot_of: Callable[[datetime], str],
) -> Chart:
    counts: dict[str, Counter[Status]] = {key: Counter() for key, _ in slots}
    for hour in accepted:
        if (key := slot_of(hour.at)) in counts:
            counts[key][hour.status] += hour.count
    most = max((count.total() for count in counts.values()), default=0)
    bars = tuple(
        Bar(label, place * STEP, _pieces(counts[key], most))
        for place, (key, label) in enumerate(slots)
    )
    return Chart(bars, most)


def _pieces(counts: Counter[Status], most: int) -> tuple[Piece, ...]:
    pieces, floor = [], HEIGHT
    for status in ORDER:
        if count := counts[status]:
            height = max(_LEAST, round(HEIGHT * count / most))
            floor = max(0, floor - height)
            pieces.append(Piece(status.value, count, floor, height))
    return tuple(pieces)
