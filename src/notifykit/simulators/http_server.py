"""An HTTP server on this machine that keeps what it received, and misbehaves as told."""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from collections import deque
from typing import cast

from notifykit.simulators.http_scenes import HTTP_SCENES
from notifykit.simulators.http_talk import Answer, Part, Request
from notifykit.simulators.rates import RateLimit
from notifykit.simulators.script import Act, HangUp
from notifykit.simulators.serving import LocalServer
from notifykit.simulators.smtp_wire import Wire

__all__ = ["Answer", "HttpServer", "Part", "Request"]


class _HttpWire(Wire):
    async def exactly(self, length: str) -> bytes:
        try:
            return await self._reader.readexactly(int(length))
        except (asyncio.IncompleteReadError, ValueError):
            raise HangUp from None


class HttpServer(LocalServer):
    """
    A provider's API on the loopback interface.

    Args:
        tls: Speak TLS with this context; left out, plain HTTP.
        limit: How many emails it takes in a while; left out, any number.

    Attributes:
        url: Where it is, for the transport's ``url=``.
        requests: Every request that was read whole, oldest first.
        taken: Those of them that handed over an email which the provider took.
        connections: How many there were.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, limit: RateLimit | None = None
    ) -> None:
        super().__init__()
        self.url = ""
        self.limit = limit
        self.requests: list[Request] = []
        self.taken: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._script: dict[str, deque[Act]] = {"connect": deque(), "head": deque(), "body": deque()}
        self._clients: dict[_HttpWire, asyncio.Task[None]] = {}

    def next(self, *acts: Act, at: str = "body") -> None:
        """
        Do something else than usual, one act for each request to come.

        ::

            server.next(Answer(429, headers={"Retry-After": "7"}), Close(accepts=True))

        Args:
            acts: `Answer`, or one of `Say`, `Drip`, `Junk`, `Close`, `Hang` and `Late`.
            at: ``body`` when the request was read whole, ``head`` after its headers, ``connect``
                before anything.
        """
        self._script[at].extend(acts)

    def play(self, scene: str, *, times: int = 1) -> None:
        """Answer the next requests with one of `HTTP_SCENES`: a provider's real words."""
        self.next(*[HTTP_SCENES[scene].act] * times)

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests were read whole."""
        await self.until(lambda: len(self.requests) >= count)

    async def wait_until_idle(self) -> None:
        """Wait until no client is connected any more."""
        await self.until(lambda: not self._clients)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _HttpWire(self._connected, None), self.host, 0, ssl=self._tls
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://{self.host}:{port}"

    async def _close(self) -> None:
        self._server.close()
        tasks = list(self._clients.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Say what the provider says to a request."""

    def too_many(self, limit: RateLimit) -> Answer:
        """Say what the provider says when its limit is reached."""
        return Answer(429)

    @abstractmethod
    def _hands_over(self, request: Request) -> bool: ...

    def _connected(self, wire: Wire) -> None:
        self.connections += 1
        client = cast("_HttpWire", wire)
        self._clients[client] = asyncio.ensure_future(self._talk(client))

    async def _talk(self, wire: _HttpWire) -> None:
        try:
            await self._act("connect", wire)
            while True:
                await self._serve(wire)
        except HangUp:
            pass
        finally:
            wire.transport.close()
            await wire.lost.wait()
            del self._clients[wire]
            self.tell()

    async def _serve(self, wire: _HttpWire) -> None:
        method, _, path = (await wire.line()).decode("latin-1").rpartition(" ")[0].partition(" ")
        headers = {}
        while (line := (await wire.line()).decode("utf-8", "replace").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        await self._act("head", wire)
        body = await wire.exactly(headers.get("content-length", "0"))
        request = Request(method, path, headers, body)
        self.requests.append(request)
        usual = self._within_limit(request, self.answer(request))
        act = self._script["body"].popleft().instead_of(usual) if self._script["body"] else usual
        if usual.accepts and act.accepts and self._hands_over(request):
            self.taken.append(request)
        self.tell()
        await act.perform(wire)

    def _within_limit(self, request: Request, usual: Answer) -> Answer:
        counts = self.limit and usual.accepts and self._hands_over(request)
        if self.limit is None or not counts or self.limit.admits():
            return usual
        return self.too_many(self.limit)

    async def _act(self, stage: str, wire: Wire) -> None:
        if self._script[stage]:
            await self._script[stage].popleft().perform(wire)
