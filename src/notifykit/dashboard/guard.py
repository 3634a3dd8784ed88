"""Stands before everything: whom the dashboard answers at all, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifykit.dashboard.words import WORDS
from notifykit.transports.loopback import is_loopback

# W3C CSP 3: nothing is allowed but our own files, forms and frames; no inline script or style.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "via")
_ANY = "*"


class Guard:
    """
    Refuses names that are not ours, and without credentials everybody who is not on this machine.

    A page of another site can make a browser ask us under a name of its own (DNS rebinding); it
    cannot do so under ``localhost``, an address, or a name that is listed.

    Args:
        app: What is guarded.
        hosts: Names beside ``localhost`` and addresses; ``*`` allows all.
        known: Visitors prove who they are; without that only this machine is answered.
        locale: Of the refusals.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str] = (), known: bool, locale: str
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.strip().lower() for host in hosts)
        self._known = known
        self._words = WORDS[locale]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        answer = PlainTextResponse(refusal, 403) if refusal else self._app
        await answer(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if not self._is_ours(_name(headers.get("host", ""))):
            return str(self._words.refused_host)
        client = scope.get("client")
        here = client is not None and is_loopback(client[0])
        # Behind a proxy everybody seems to be on this machine.
        if self._known or (here and not _is_forwarded(scope, headers)):
            return None
        return str(self._words.refused_stranger)

    def _is_ours(self, name: str) -> bool:
        if is_loopback(name):
            return True
        return self._known and (_is_address(name) or bool({name, _ANY} & self._hosts))


def _is_forwarded(scope: Scope, headers: Headers) -> bool:
    # nginx, unless it is told otherwise, adds no header and asks as no browser does:
    # https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version
    return scope.get("http_version") == "1.0" or any(name in headers for name in _FORWARDED)


def _name(host: str) -> str:
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
