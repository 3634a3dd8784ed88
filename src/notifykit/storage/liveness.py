"""Makes the system notice that the other end of a connection is gone, where nobody tells it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

# In libpq's names and units: https://www.postgresql.org/docs/current/libpq-connect.html
# A firewall that forgets silent connections is kept from it. What is sent and not confirmed for
# half a minute breaks the connection, and then there is still time to do it on a new one. A server
# that is busy confirms all the same.
DEFAULTS: Mapping[str, int] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# What the systems call it; where one has no name for it, its own setting stays.
_OPTIONS = {
    "keepalives_idle": ("TCP_KEEPIDLE", "TCP_KEEPALIVE"),
    "keepalives_interval": ("TCP_KEEPINTVL",),
    "keepalives_count": ("TCP_KEEPCNT",),
    "tcp_user_timeout": ("TCP_USER_TIMEOUT",),
}


def keep_alive(connected: Any, wanted: Mapping[str, int]) -> None:
    """
    Set a socket as libpq would.

    Args:
        connected: A socket; nothing is done to one that is not TCP.
        wanted: As `DEFAULTS`; zero leaves what the system has.
    """
    if connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(wanted["keepalives"] > 0))
    for name, spellings in _OPTIONS.items():
        option = next((getattr(socket, one) for one in spellings if hasattr(socket, one)), None)
        if option is not None and wanted[name] > 0:
            connected.setsockopt(socket.IPPROTO_TCP, option, wanted[name])
