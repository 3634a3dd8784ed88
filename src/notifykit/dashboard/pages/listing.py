"""The list of submissions, and the same as a file for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable
from io import StringIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from notifykit.dashboard.desk import Desk, desk_of
from notifykit.dashboard.facts import Facts
from notifykit.dashboard.moments import Moments
from notifykit.dashboard.pages.filters import PERIODS, WANTED, Wanted
from notifykit.dashboard.paper import locale_of, moments_of, page, words_of
from notifykit.dashboard.words import Words

PAGE = 50
_EXPORTED, _AT_ONCE = 50_000, 500
_COLUMNS = (
    *("id", "reference", "kind", "source", "status", "delivery", "customer", "phone", "sum"),
    *("currency", "provider", "attempts", "created", "sent", "subject", "error", "message_id"),
)
# OWASP, CSV injection: a spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


async def listing(request: Request) -> Response:
    """Show one page of the list."""
    desk, wanted = desk_of(request), Wanted.read(request.query_params)
    found = await desk.repository.recent(wanted.filter(desk.now()), limit=PAGE + 1)
    shown = [Facts(each) for each in found[:PAGE]]
    return page(
        request,
        "list.html",
        rows=shown,
        wanted=wanted,
        older=shown[-1].submission.id if len(found) > PAGE else None,
        choices=await desk.repository.choices(),
        statuses=WANTED,
        periods=list(PERIODS),
    )


async def export(request: Request) -> Response:
    """Hand out what the filters select, newest first, up to 50,000 rows."""
    desk, wanted = desk_of(request), Wanted.read(request.query_params)
    words, moments = words_of(request), moments_of(request)
    # Excel splits at what the region's decimal comma leaves over.
    separator = ";" if locale_of(request) == "ru" else ","
    lines = _lines(desk, wanted, (words, moments, separator))
    # Before the answer begins: where the database is away, a page says so and no file is broken.
    first = await anext(lines)
    return StreamingResponse(
        _joined(first, lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="submissions.csv"'},
    )


async def _joined(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for other in others:
        yield other


async def _lines(
    desk: Desk, wanted: Wanted, telling: tuple[Words, Moments, str]
) -> AsyncIterator[bytes]:
    words, moments, separator = telling
    head = "\ufeff" + _line([words.known[f"col_{name}"] for name in _COLUMNS], separator)
    before, count = wanted.before, 0
    while count < _EXPORTED:
        found = await desk.repository.recent(
            wanted.filter(moments.now, before=before), limit=_AT_ONCE
        )
        rows = (_line(_cells(Facts(each), words, moments), separator) for each in found)
        yield "".join([head, *rows]).encode()
        if len(found) < _AT_ONCE:
            return
        head, before, count = "", found[-1].id, count + len(found)
    yield _line([words.filled("list_cut", count=count)], separator).encode()


def _cells(facts: Facts, words: Words, moments: Moments) -> list[str]:
    submission, total = facts.submission, facts.total
    phone = getattr(facts.customer, "phone", None)
    return [
        submission.id,
        submission.reference,
        words.of("kind", submission.kind),
        submission.source,
        words.of("status", submission.status),
        words.of("status", submission.delivery) if submission.delivery else "",
        facts.who,
        phone or "",
        _number(str(total[0]), words.locale) if total else "",
        total[1] if total else "",
        facts.provider,
        str(len(facts.tries)),
        moments.full(submission.created_at),
        moments.full(submission.sent_at),
        submission.subject,
        submission.last_error or "",
        submission.message_id,
    ]


def _number(text: str, locale: str) -> str:
    return text.replace(".", ",") if locale == "ru" else text


def _line(cells: Iterable[str], separator: str) -> str:
    written = StringIO()
    csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(
        [unformulated(cell) for cell in cells]
    )
    return written.getvalue()


def unformulated(cell: str) -> str:
    """Let no spreadsheet take a text for a formula."""
    return (
        f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) or cell[:1] in _FORMULA else cell
    )
