"""Fills the pages in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from notifykit.dashboard.desk import desk_of
from notifykit.dashboard.moments import Moments
from notifykit.dashboard.words import WORDS, Words
from notifykit.rendering.filters import filters
from notifykit.rendering.locales import LOCALES

LANGUAGE = "notifykit_language"

_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_A_YEAR = "public, max-age=31536000, immutable"


def locale_of(request: Request) -> str:
    """Say which language this visitor reads."""
    chosen = request.cookies.get(LANGUAGE)
    return chosen if chosen in LOCALES else desk_of(request).look.locale


def words_of(request: Request) -> Words:
    """Give the words of the visitor's language."""
    return WORDS[locale_of(request)]


def moments_of(request: Request) -> Moments:
    """Give what tells the visitor the time."""
    desk = desk_of(request)
    return Moments(locale_of(request), desk.look.timezone, desk.now())


def url(request: Request, path: str = "/", query: Mapping[str, object] | None = None) -> str:
    """Make a link to one of our pages, wherever we are mounted; empty values are left out."""
    given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
    tail = f"?{urlencode(given)}" if given else ""
    return f"{request.scope.get('root_path', '').rstrip('/')}{path}{tail}"


def page(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """Fill one page in."""
    return HTMLResponse(filled(request, template, **values), status)


def filled(request: Request, template: str, /, **values: Any) -> str:
    """Fill a template in with what every page knows and with values of its own."""
    locale = locale_of(request)
    visit = getattr(request.state, "visit", None)

    def link(path: str = "/", query: Mapping[str, object] | None = None) -> str:
        return url(request, path, query)

    return (
        _environment(locale)
        .get_template(template)
        .render(
            {
                "t": WORDS[locale],
                "locale": locale,
                "url": link,
                "static": {
                    name: link(f"/static/{name}", {"v": mark}) for name, mark in marks().items()
                },
                "desk": desk_of(request),
                "visit": visit,
                "when": moments_of(request),
                "here": request.url.path.removeprefix(request.scope.get("root_path", "")) or "/",
                "query": request.url.query,
                # What a form was answered with has no address to come back to.
                "stays": request.method != "POST" or request.url.path.endswith("/login"),
                "request_done": f"done_{request.query_params.get('done', '')}",
                **values,
            }
        )
    )


async def static(request: Request) -> Response:
    """Serve one of our own files; what it says is in its address, so it may be kept for ever."""
    name = request.path_params["name"]
    if name not in marks():
        return Response(status_code=404)
    kind = _KINDS[name.rpartition(".")[2]]
    return Response(_content(name), headers={"Content-Type": kind, "Cache-Control": _A_YEAR})


@cache
def marks() -> Mapping[str, str]:
    """Give a mark of each static file's content, by name."""
    names = [file.name for file in (files("notifykit.dashboard") / "static").iterdir()]
    return {name: hashlib.sha256(_content(name)).hexdigest()[:12] for name in sorted(names)}


@cache
def _content(name: str) -> bytes:
    return (files("notifykit.dashboard") / "static" / name).read_bytes()


@cache
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("notifykit.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters(LOCALES[locale])
    return environment
