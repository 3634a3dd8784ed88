"""A way to a server that can stop to carry anything, and tells neither end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url


class Network:
    """Carries bytes between clients and a server, on a port of its own."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._carried: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.swallowed = asyncio.Event()

    def url(self, driver: str) -> str:
        ours = self._server.set(drivername=driver, host="127.0.0.1", port=self._port)
        return ours.render_as_string(hide_password=False)

    def sever(self) -> None:
        """Carry nothing any more on the connections there are; new ones are as good as ever."""
        for severed in self._carried:
            severed.set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Network]:
        listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        severed = asyncio.Event()
        self._carried.append(severed)
        there, back = await asyncio.open_connection(self._server.host, self._server.port)
        try:
            with suppress(asyncio.CancelledError):
                await asyncio.gather(
                    self._carry(reader, back, severed), self._carry(there, writer, severed)
                )
        finally:
            for each in (writer, back):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, severed: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while told := await reader.read(65536):
                if severed.is_set():
                    self.swallowed.set()
                else:
                    writer.write(told)
            if not severed.is_set():
                writer.write_eof()
