"""Tells an open page that what it shows has changed (server-sent events, HTML 9.2)."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from notifykit.dashboard.desk import Desk, desk_of
from notifykit.errors import NotifykitError

View = Callable[[Request], Awaitable[Response]]

# A browser comes back by itself; so a server that stops waits for nobody, and a visit that is over
# is seen to be over.
LASTS = 20.0
MOST = 20

_STREAM = "text/event-stream"
_GONE, _AWAY = "gone", "away"


def live(view: View) -> View:
    """Serve a page, or to whoever asks for a stream of events a word each time it changes."""

    async def endpoint(request: Request) -> Response:
        if _STREAM not in request.headers.get("accept", ""):
            return await view(request)
        desk = desk_of(request)
        if desk.streams >= MOST:
            return Response(status_code=204)  # the browser gives up, and the page asks now and then
        return StreamingResponse(_changes(request, desk, view), media_type=_STREAM)

    endpoint.__name__ = getattr(view, "__name__", "view")
    return endpoint


async def _changes(request: Request, desk: Desk, view: View) -> AsyncIterator[bytes]:
    desk.streams += 1
    try:
        ends, shown = time.monotonic() + LASTS, request.headers.get("last-event-id")
        yield b"retry: 1000\n\n"
        while time.monotonic() < ends and not desk.closing.is_set():
            mark = await _mark(request, view)
            if mark != shown:
                event = mark if mark == _AWAY else "changed" if shown else "shown"
                yield f"id: {mark}\nevent: {event}\ndata: \n\n".encode()
            shown = mark
            with suppress(TimeoutError):
                await asyncio.wait_for(desk.closing.wait(), desk.looks_every)
    finally:
        desk.streams -= 1


async def _mark(request: Request, view: View) -> str:
    try:
        answer = await view(request)
    except HTTPException:  # it is gone, which the page will be told when it asks
        return _GONE
    except NotifykitError:  # the database may come back
        return _AWAY
    return hashlib.sha256(bytes(answer.body)).hexdigest()[:16]
