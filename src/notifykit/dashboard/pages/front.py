"""The front page: what needs attention, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notifykit import doctor
from notifykit.dashboard.desk import Checked, Desk, desk_of
from notifykit.dashboard.facts import Facts
from notifykit.dashboard.forms import posted
from notifykit.dashboard.pages import charts
from notifykit.dashboard.paper import moments_of, page, url
from notifykit.storage.base import Filter
from notifykit.storage.overview import CALL, Period, Tally
from notifykit.submission import Hold, Status

DAYS = 14
_RECENT = 8
_CALLS = 10
_FAILED_IN = timedelta(days=7)
# As the backlog counts them.
_CALLED_IN = timedelta(days=7)


async def front(request: Request) -> Response:
    """Show the front page."""
    desk, moments = desk_of(request), moments_of(request)
    until = moments.now + timedelta(minutes=1)
    tally = await desk.tallied(Period(since=until - timedelta(days=DAYS), until=until))
    day = await desk.repository.tally(Period(since=until - timedelta(days=1), until=until))
    backlog = await desk.repository.backlog()
    return page(
        request,
        "front.html",
        backlog=backlog,
        failed=_failed(tally, moments.now - _FAILED_IN),
        pace=day.pace,
        hours=charts.hours(day, moments),
        days=charts.days(tally, moments, DAYS),
        shares=charts.shares(tally),
        held=await held(desk),
        calls=await _calls(desk, moments.now - _CALLED_IN) if backlog.calls else [],
        recent=[Facts(each) for each in await desk.repository.recent(limit=_RECENT)],
        checked=desk.checked,
        asked=[each.name for each in desk.notifier.transports] if desk.notifier else [],
    )


async def check(request: Request) -> Response:
    """Look at every provider, the database and the templates, and keep it for the page."""
    await posted(request)
    desk = desk_of(request)
    if desk.notifier is None:
        raise HTTPException(409, "looks")
    async with desk.one_at_a_time("check"):
        findings = await doctor.check(desk.notifier)
        desk.checked = Checked(desk.now(), tuple(findings))
    return RedirectResponse(url(request) + "#check", 303)


async def held(desk: Desk) -> Sequence[Hold]:
    """List the holds of every bot."""
    choices = await desk.repository.choices()
    sources = dict.fromkeys([*([desk.source] if desk.source else []), *choices.sources])
    return [hold for source in sources for hold in await desk.repository.holds(source)]


def _failed(tally: Tally, since: datetime) -> int:
    return sum(
        hour.count for hour in tally.accepted if hour.status is Status.FAILED and hour.at >= since
    )


async def _calls(desk: Desk, since: datetime) -> list[Facts]:
    """Find the calls that nobody has taken, the newest first."""
    untaken = Filter(kind=CALL, created_after=since, acknowledged=False)
    return [Facts(call) for call in await desk.repository.recent(untaken, limit=_CALLS)]
