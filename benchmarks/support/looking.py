"""The questions of a dashboard, and how long their answers take."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from benchmarks.support.submissions import COMMON, EVERY, MIDDLE, RARE, newest
from notifykit.storage import SqlRepository
from notifykit.storage.base import Filter
from notifykit.storage.overview import Period
from notifykit.submission import Status

# The 95th percentile of each, in milliseconds.
Looks = dict[str, float]

Look = Callable[[], Awaitable[object]]

_WARM = 3


async def measured(repository: SqlRepository, rows: int, times: int) -> Looks:
    """Ask every question so often."""
    found = {}
    for what, look in (await _looks(repository, rows)).items():
        for _ in range(_WARM):
            await look()
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            await look()
            taken.append(1_000 * (time.perf_counter() - start))
        found[what] = sorted(taken)[int(0.95 * (len(taken) - 1))]
    return found


async def _looks(repository: SqlRepository, rows: int) -> dict[str, Look]:
    until = newest() + timedelta(minutes=1)
    deep = await _middle(repository, rows)
    filters = {
        "list, first page": Filter(),
        "list, a page in the middle": Filter(before=deep),
        "filter, what needs somebody": Filter(status=(Status.FAILED, Status.UNCONFIRMED)),
        "filter, a frequent provider": Filter(provider="gmail"),
        "filter, a rare provider": Filter(provider="mailgun"),
        "filter, a rare bot": Filter(source="rare"),
        "filter, a rare kind": Filter(kind="refund"),
        "filter, an old day": Filter(
            created_after=until - timedelta(days=300), created_before=until - timedelta(days=299)
        ),
        "filter, failed at a rare provider": Filter(provider="mailgun", status=Status.FAILED),
        "filter, bounced": Filter(delivery="bounced"),
        "search, one submission's phone": Filter(search="+7 900 000-00-07"),
        "search, a rare word": Filter(search=RARE),
        "search, a middle word": Filter(search=MIDDLE),
        "search, a common word": Filter(search=COMMON),
        "search, two words": Filter(search=f"{COMMON} {MIDDLE}"),
        "search, the beginning of many words": Filter(search="+7 900"),
        "search, a common word that failed": Filter(search=COMMON, status=Status.FAILED),
        "search, nothing": Filter(search="nobody"),
    }
    looks: dict[str, Look] = {
        what: lambda wanted=wanted: repository.recent(wanted) for what, wanted in filters.items()
    }
    month, day = (Period(since=until - timedelta(days=days), until=until) for days in (14, 1))
    return looks | {
        "detail, with events and decisions": lambda: _detail(repository, deep),
        "front page, two weeks": lambda: repository.tally(month),
        "front page, a day": lambda: repository.tally(day),
        "front page, what is open": repository.backlog,
        "front page, choices": repository.choices,
    }


async def _middle(repository: SqlRepository, rows: int) -> str:
    half = Filter(created_before=newest() - rows // 2 * EVERY)
    (found,) = await repository.recent(half, limit=1)
    return found.id


async def _detail(repository: SqlRepository, id_: str) -> None:
    await repository.get(id_)
    await repository.events(id_)
    await repository.decisions(submission_id=id_)
