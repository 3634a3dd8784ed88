"""Takes a port for a page, and says its address."""

from __future__ import annotations

import errno
import socket

from notifykit.cli.context import Context
from notifykit.cli.problems import UsageError


def listening(context: Context, host: str, port: int) -> socket.socket:
    """
    Take the port.

    Raises:
        UsageError: It is taken, or there is no such address here.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            names = {"host": host, "port": port, "other": port + 1}
            raise UsageError(context.say("dashboard.busy", **names)) from None
        why = error.strerror or type(error).__name__
        raise UsageError(context.say("dashboard.address", host=host, why=why)) from None


def address(taken: socket.socket, path: str) -> str:
    """Give the URL of a page."""
    host, port = taken.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"
