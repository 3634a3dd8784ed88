"""The bytes between the simulated SMTP server and one client."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from notifykit.simulators.script import HangUp

_LONGEST_LINE = 1024 * 1024


class Wire(asyncio.Protocol):
    """
    The bytes to and from one client, with TLS switched on when asked.

    `asyncio.StreamWriter.start_tls` differs between the releases of Python; this does not.
    """

    def __init__(self, connected: Callable[[Wire], None], clear: bytearray | None) -> None:
        self._connected = connected
        self._clear = clear
        self._reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the dialogue."""
        self.transport = cast("asyncio.Transport", transport)
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        """Keep what came."""
        if self._clear is not None:
            self._clear += data
        self._reader.feed_data(data)

    def eof_received(self) -> None:
        """Let the dialogue come to the end of its input."""
        self._reader.feed_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the dialogue."""
        self._reader.feed_eof()
        self.lost.set()

    @property
    def tls(self) -> bool:
        """Whether TLS is on."""
        return self.transport.get_extra_info("sslcontext") is not None

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        self.transport.write(data)

    async def line(self) -> bytes:
        """Read one line with its end. Raises `HangUp` where there is none any more."""
        try:
            line = await self._reader.readline()
        except ValueError:  # longer than any client of ours would send
            raise HangUp from None
        if not line.endswith(b"\n"):
            raise HangUp
        return line

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Switch TLS on; what came before in clear is forgotten (RFC 3207, section 4.2)."""
        self._clear = None
        self._reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(self.transport, self, context, server_side=True)
        except (OSError, ConnectionError):  # the client does not like our certificate
            raise HangUp from None
        self.transport = cast("asyncio.Transport", upgraded)
