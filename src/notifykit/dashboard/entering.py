"""Lets visitors in: the host application's word, our own password, or this machine alone."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notifykit.dashboard.desk import Desk, desk_of, visit_of
from notifykit.dashboard.forms import posted
from notifykit.dashboard.paper import LANGUAGE, page, url
from notifykit.dashboard.visits import COOKIE, LASTS, Visit
from notifykit.rendering.locales import LOCALES

View = Callable[[Request], Awaitable[Response]]

_SEE_OTHER = 303
_A_YEAR = 365 * 24 * 60 * 60


def inside(view: View) -> View:
    """Show a page only to those who may see it; others are asked for the password, or refused."""

    async def endpoint(request: Request) -> Response:
        desk = desk_of(request)
        if _comes_from_afar(request):
            return page(
                request, "arrival.html", again=str(request.url.replace(scheme="", netloc=""))
            )
        visit = await _visit(request, desk)
        request.state.visit = visit
        if desk.password is not None and desk.auth is None and not visit.entered:
            return _to_login(request)
        return _remembered(request, await view(request), visit)

    endpoint.__name__ = getattr(view, "__name__", "view")
    return endpoint


def outside(view: View) -> View:
    """Show a page to everybody whom the guard lets through."""

    async def endpoint(request: Request) -> Response:
        visit = _cookie(request, desk_of(request)) or Visit.new()
        request.state.visit = visit
        return _remembered(request, await view(request), visit)

    return endpoint


async def login(request: Request) -> Response:
    """Ask for the password."""
    if desk_of(request).password is None or visit_of(request).entered:
        return RedirectResponse(url(request), _SEE_OTHER)
    wanted = request.query_params.get("next", "")
    return page(request, "login.html", next=wanted, name="", problem="")


async def enter(request: Request) -> Response:
    """Let somebody in who knows the password; slow down who guesses."""
    desk, fields = desk_of(request), await posted(request)
    address = request.client.host if request.client else ""
    wait = math.ceil(desk.throttle.wait(address))
    wanted, name = fields.get("next", ""), fields.get("name", "")
    if wait:
        answer = page(request, "login.html", 429, next=wanted, name=name, problem="slow", wait=wait)
        answer.headers["Retry-After"] = str(wait)
        return answer
    if not desk.seal.knows(fields.get("password", "")):
        desk.throttle.failed(address)
        return page(request, "login.html", 401, next=wanted, name=name, problem="wrong")
    desk.throttle.succeeded(address)
    request.state.visit = visit_of(request).enter(name)
    return RedirectResponse(url(request, _own(wanted)), _SEE_OTHER)


async def leave(request: Request) -> Response:
    """End a visit."""
    await posted(request)
    request.state.visit = Visit.new()
    return RedirectResponse(url(request, "/login"), _SEE_OTHER)


async def language(request: Request) -> Response:
    """Change the language and go back to where the visitor was."""
    fields = await posted(request)
    answer = RedirectResponse(url(request, _own(fields.get("next", ""))), _SEE_OTHER)
    if fields.get("locale") in LOCALES:
        _set(request, answer, (LANGUAGE, fields["locale"]), lasts=_A_YEAR)
    return answer


def _own(path: str) -> str:
    """Let nobody be sent to another site: a path of ours, or the front page."""
    try:
        parts = urlsplit(path)
    except ValueError:  # such as "//["
        return "/"
    foreign = parts.scheme or parts.netloc or "\\" in path or not path.startswith("/")
    return "/" if foreign or path.startswith("//") else path


async def _visit(request: Request, desk: Desk) -> Visit:
    visit = _cookie(request, desk) or Visit.new()
    if desk.auth is None:
        return visit
    said = desk.auth(request)
    name = await said if inspect.isawaitable(said) else said
    if not name:
        raise HTTPException(403, "stranger")
    return visit.named(name)


def _cookie(request: Request, desk: Desk) -> Visit | None:
    return desk.seal.opened(request.cookies.get(COOKIE, ""))


def _comes_from_afar(request: Request) -> bool:
    # A link on another site brings no SameSite=Strict cookie along; the same page, asked for once
    # more from here, does. Without this the visitor would seem to be nobody.
    site = request.headers.get("sec-fetch-site")
    return site == "cross-site" and request.method == "GET" and COOKIE not in request.cookies


def _to_login(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        raise HTTPException(401, "entered")
    here = request.url.path.removeprefix(request.scope.get("root_path", ""))
    tail = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(url(request, "/login", {"next": here + tail}), _SEE_OTHER)


def _remembered(request: Request, answer: Response, before: Visit) -> Response:
    visit, desk = visit_of(request), desk_of(request)
    if visit != before or COOKIE not in request.cookies or _cookie(request, desk) is None:
        _set(request, answer, (COOKIE, desk.seal.closed(visit)), lasts=LASTS)
    return answer


def _set(request: Request, answer: Response, cookie: tuple[str, str], *, lasts: int) -> None:
    answer.set_cookie(
        *cookie,
        max_age=lasts,
        path=request.scope.get("root_path", "") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
