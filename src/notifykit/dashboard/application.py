"""Puts the dashboard together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from notifykit.dashboard.desk import Auth, Desk
from notifykit.dashboard.entering import enter, inside, language, leave, login, outside
from notifykit.dashboard.guard import Guard
from notifykit.dashboard.live import live
from notifykit.dashboard.look import Look
from notifykit.dashboard.pages import acting, detail, erasing, front, health, kinds, listing, mails
from notifykit.dashboard.paper import page, static
from notifykit.dashboard.visits import Visit
from notifykit.errors import ConfigurationError, NotifykitError
from notifykit.notifier import Notifier
from notifykit.settings import Settings
from notifykit.settings.kinds import SHORTEST_PASSWORD
from notifykit.storage.base import SubmissionRepository


def app(
    notifier: Notifier | SubmissionRepository,
    *,
    auth: Auth | None = None,
    password: SecretStr | str | None = None,
    hosts: Iterable[str] = (),
    look: Look | None = None,
    webhooks: ASGIApp | None = None,
) -> Starlette:
    """
    Make the dashboard as an ASGI application, to be mounted under any prefix.

    It has no lifespan of its own and starts nothing in the background; the notifier stays the
    caller's to close.

    Args:
        notifier: What may be resent, cancelled and so on goes through it. With a repository alone
            the dashboard only looks.
        auth: The host application's login: gives the visitor's name, which is recorded with
            decisions, or ``None`` for whoever may not see it; may be a coroutine function, and may
            raise Starlette's or FastAPI's ``HTTPException`` to answer something else.
        password: Asked for where there is no ``auth``; 8 characters at least. Without both only
            this machine is answered.
        hosts: The names under which visitors reach it, beside ``localhost`` and addresses; with
            ``"*"`` the host application checks them.
        look: Language, time zone, templates.
        webhooks: The application of `notifykit.webhooks`, served at ``/webhooks``; it proves its
            callers itself.

    Raises:
        ConfigurationError: The password is too short.
    """
    secret = SecretStr(password) if isinstance(password, str) else password
    if secret is not None and len(secret.get_secret_value()) < SHORTEST_PASSWORD:
        raise ConfigurationError(
            f"NOTIFYKIT_DASHBOARD_PASSWORD is too short: {SHORTEST_PASSWORD} characters at least"
        )
    acts = notifier if isinstance(notifier, Notifier) else None
    desk = Desk(
        notifier=acts,
        repository=notifier.repository if isinstance(notifier, Notifier) else notifier,
        look=look or Look(locale=acts.options.locale if acts else "ru"),
        password=secret,
        auth=auth,
    )
    inner = Starlette(routes=_routes(), exception_handlers=_explaining())
    inner.state.desk = desk
    guard = Guard(
        inner,
        hosts=hosts,
        known=auth is not None or secret is not None,
        locale=desk.look.locale,
    )
    outer = Starlette(
        routes=[*([Mount("/webhooks", webhooks)] if webhooks else []), Mount("/", guard)]
    )
    outer.state.desk = desk
    return outer


def from_env(
    notifier: Notifier | SubmissionRepository,
    environ: Mapping[str, str] | None = None,
    *,
    auth: Auth | None = None,
    webhooks: ASGIApp | None = None,
) -> Starlette:
    """
    Make it with password, host names and looks of the environment; see `app`.

    Raises:
        ConfigurationError: Names everything that is malformed.
    """
    settings = Settings.from_env(environ)
    return app(
        notifier,
        auth=auth,
        password=settings.dashboard_password,
        hosts=settings.dashboard_hosts,
        look=Look.from_settings(settings),
        webhooks=webhooks,
    )


def _routes() -> list[BaseRoute]:
    one = "/submissions/{id}"
    return [
        Route("/static/{name}", static),
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", health.metrics),
        Route("/login", outside(login)),
        Route("/login", outside(enter), methods=["POST"]),
        Route("/logout", inside(leave), methods=["POST"]),
        Route("/language", outside(language), methods=["POST"]),
        Route("/", inside(live(front.front))),
        Route("/check", inside(front.check), methods=["POST"]),
        Route("/submissions", inside(live(listing.listing))),
        Route("/submissions.csv", inside(listing.export)),
        Route(one, inside(live(detail.detail))),
        Route(f"{one}/mail.html", inside(mails.as_seen)),
        Route(f"{one}/mail.eml", inside(mails.source)),
        Route(f"{one}/{{action}}", inside(acting.ask)),
        Route(f"{one}/{{action}}", inside(acting.act), methods=["POST"]),
        Route("/holds/{provider}", inside(acting.ask_release)),
        Route("/holds/{provider}", inside(acting.release), methods=["POST"]),
        Route("/templates", inside(live(kinds.kinds))),
        Route("/templates/{kind}.html", inside(kinds.sample)),
        Route("/person", inside(erasing.ask)),
        Route("/person", inside(erasing.look), methods=["POST"]),
        Route("/person/erase", inside(erasing.erase), methods=["POST"]),
    ]


def _explaining() -> Mapping[Any, Any]:
    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        reason = error.detail if isinstance(error, HTTPException) else ""
        return _explained(request, status, reason, headers)

    async def unavailable(request: Request, error: Exception) -> Response:
        return _explained(request, 503, "storage", {"Retry-After": "5"})

    return {HTTPException: refused, NotifykitError: unavailable}


def _explained(request: Request, status: int, reason: str, headers: Mapping[str, str]) -> Response:
    if getattr(request.state, "visit", None) is None:
        request.state.visit = Visit.new()
    answer = page(request, "problem.html", status, number=status, reason=reason)
    answer.headers.update(headers)
    return answer
