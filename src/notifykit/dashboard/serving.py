"""Serves the dashboard by itself, in a process of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

PREFIX = "/dashboard"

# What is under way when somebody stops it, such as a resend, may still be answered.
_GRACE = 10


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the server."""
        yield


async def serve(dashboard: Starlette, taken: socket.socket, stop: asyncio.Event) -> None:
    """
    Serve it below ``/dashboard`` until told to stop; open pages do not hold that up.

    ``/healthz``, ``/readyz`` and ``/metrics`` answer without the prefix too.

    Args:
        dashboard: What `app` made.
        taken: The socket to listen at.
        stop: Ends it.
    """
    server = _Server(
        uvicorn.Config(
            _with_prefix(dashboard),
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    dashboard.state.desk.closing.set()
    server.should_exit = True
    await serving


def _with_prefix(dashboard: Starlette) -> Starlette:
    for_machines = [Route(path, dashboard) for path in ("/healthz", "/readyz", "/metrics")]
    home = Route("/", lambda request: RedirectResponse(f"{PREFIX}/"))
    return Starlette(routes=[home, *for_machines, Mount(PREFIX, dashboard)])
