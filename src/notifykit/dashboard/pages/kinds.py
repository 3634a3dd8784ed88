"""Every kind of mail with sample data, as its templates make it right now."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from notifykit.dashboard.desk import Desk, desk_of
from notifykit.dashboard.facts import kinds as known_kinds
from notifykit.dashboard.pages.mails import framed, with_pictures
from notifykit.dashboard.pages.samples import stock_sample
from notifykit.dashboard.paper import locale_of, page
from notifykit.errors import ConfigurationError, RenderError
from notifykit.notifications import Notification
from notifykit.rendering import Rendered
from notifykit.rendering.locales import LOCALES
from notifykit.rendering.sources import stock
from notifykit.storage.base import Filter

WIDTHS: Mapping[str, int] = {"phone": 360, "desktop": 760}
SCHEMES = ("light", "dark")

# A moment of its own: the page must look the same every time.
_MOMENT = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)
_REFERENCE = "KMT-4827"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a template makes of a sample, or why it does not."""

    subject: str = ""
    text: str = ""
    problem: str = ""
    has_html: bool = False
    has_sample: bool = True


async def kinds(request: Request) -> Response:
    """Show one kind; the frames inside ask for its parts."""
    desk, names = desk_of(request), sorted(known_kinds())
    query = request.query_params
    kind = _one_of(query.get("kind"), names, "order")
    locale = _one_of(query.get("locale"), LOCALES, locale_of(request))
    shown = await _shown(desk, kind, locale)
    return page(
        request,
        "kinds.html",
        kinds=names,
        kind=kind,
        mail_locale=locale,
        locales=list(LOCALES),
        width=_one_of(query.get("width"), WIDTHS, "phone"),
        widths=WIDTHS,
        scheme=_one_of(query.get("scheme"), SCHEMES, "light"),
        schemes=SCHEMES,
        shown=shown,
        mark=await asyncio.to_thread(_mark, desk),
    )


async def sample(request: Request) -> Response:
    """Give the HTML of a sample mail, for the page's frame."""
    desk, kind = desk_of(request), request.path_params["kind"]
    locale = _one_of(request.query_params.get("locale"), LOCALES, locale_of(request))
    if kind not in known_kinds():
        raise HTTPException(404)
    try:
        made = await _made(desk, kind, locale)
    except (RenderError, ConfigurationError) as error:
        return PlainTextResponse(str(error), 422)
    if made is None or made.html is None:
        raise HTTPException(404)
    scheme = _one_of(request.query_params.get("scheme"), SCHEMES, "light")
    return framed(with_pictures(made.html, made.inline), scheme=scheme)


async def _shown(desk: Desk, kind: str, locale: str) -> Shown:
    try:
        made = await _made(desk, kind, locale)
    except (RenderError, ConfigurationError) as error:
        return Shown(problem=str(error))
    if made is None:
        return Shown(has_sample=False)
    return Shown(subject=made.subject, text=made.text, has_html=made.html is not None)


async def _made(desk: Desk, kind: str, locale: str) -> Rendered | None:
    told = await _sample(desk, kind, locale)
    if told is None:
        return None
    return await asyncio.to_thread(_rendered, desk, told, locale)


def _rendered(desk: Desk, told: Notification, locale: str) -> Rendered:
    return desk.look.renderer(locale).render(told, reference=_REFERENCE, created_at=_MOMENT)


async def _sample(desk: Desk, kind: str, locale: str) -> Notification | None:
    model = known_kinds()[kind]
    made = stock_sample(kind, locale)
    if made is not None:
        return made
    own = getattr(model, "sample", None)
    if callable(own):
        said: Notification = own(locale)
        return said
    for stored in await desk.repository.recent(Filter(kind=kind), limit=1):
        try:
            return model.model_validate(dict(stored.notification))
        except ValidationError:
            return None
    return None


def _one_of(
    value: str | None, known: Mapping[str, object] | list[str] | tuple[str, ...], default: str
) -> str:
    return value if value is not None and value in known else default


def _mark(desk: Desk) -> str:
    """Name the state of all template files: another one when any of them is saved."""
    state = "".join(f"{path} {path.stat().st_mtime_ns}\n" for path in _files(desk))
    return hashlib.sha256(state.encode()).hexdigest()[:12]


def _files(desk: Desk) -> Iterator[Path]:
    for folder in (desk.look.templates, stock()):
        if isinstance(folder, Path) and folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.is_file())
