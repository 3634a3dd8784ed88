"""Erases a person who asks for it: first counted, then done, and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from notifykit import deciding
from notifykit.dashboard.desk import desk_of, visit_of
from notifykit.dashboard.forms import posted
from notifykit.dashboard.paper import page

if TYPE_CHECKING:
    from notifykit.storage.retention import Erased
    from notifykit.storage.sql import SqlRepository


async def ask(request: Request) -> Response:
    """Ask who it is about."""
    return _page(request)


async def look(request: Request) -> Response:
    """Count what would go, and change nothing."""
    fields = await posted(request)
    contact = fields.get("contact", "")
    try:
        found = await _counted(request, contact)
    except ValueError:
        return _page(request, 422, contact=contact, wrong=True)
    return _page(request, contact=contact, found=found)


async def erase(request: Request) -> Response:
    """Do it. The same form once more finds nobody, and changes nothing."""
    fields = await posted(request)
    desk, contact = desk_of(request), fields.get("contact", "")
    if desk.notifier is None:
        raise HTTPException(409, "looks")
    also_open = fields.get("also_open") == "yes"
    async with desk.one_at_a_time("erase"):
        try:
            done = await deciding.erase(
                _sql(request),
                contact,
                source=desk.source,
                noted_for=desk.notifier.options.source,
                by=visit_of(request).name or "dashboard",
                also_open=also_open,
            )
        except ValueError:
            return _page(request, 422, contact=contact, wrong=True)
    return _page(request, done=done)


async def _counted(request: Request, contact: str) -> Erased:
    from notifykit.storage import retention  # noqa: PLC0415 - brings sqlalchemy along

    source = desk_of(request).source
    return await retention.erase(_sql(request), contact, source=source, dry_run=True)


def _sql(request: Request) -> SqlRepository:
    from notifykit.storage.sql import SqlRepository  # noqa: PLC0415 - brings sqlalchemy along

    repository = desk_of(request).repository
    if not isinstance(repository, SqlRepository):
        raise HTTPException(409, "elsewhere")
    return repository


def _page(
    request: Request,
    status: int = 200,
    *,
    contact: str = "",
    wrong: bool = False,
    found: Erased | None = None,
    done: Erased | None = None,
) -> Response:
    values = {"contact": contact, "wrong": wrong, "found": found, "done": done}
    return page(request, "person.html", status, **values)
