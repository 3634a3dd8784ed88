"""An HTTP server on this machine that keeps what it received, and misbehaves as told."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qsl

from notifykit.simulators.script import Act, HangUp
from notifykit.simulators.smtp_wire import Wire


@dataclass(frozen=True, slots=True)
class Part:
    """One field or file of a form."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request as it came.

    Attributes:
        headers: By lower-case name.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False, default=b"")

    def json(self) -> Any:
        """Read the body; ``None`` where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def parts(self) -> list[Part]:
        """Read the form, whichever of the two ways it was written."""
        kind = self.headers.get("content-type", "")
        boundary = re.search(r'boundary="?([^";]+)', kind)
        if kind.startswith("multipart/form-data") and boundary:
            chunks = self.body.split(b"--" + boundary[1].encode())[1:-1]
            return [_part(chunk) for chunk in chunks]
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return [Part(name, value.encode()) for name, value in pairs]

    def fields(self) -> list[tuple[str, str]]:
        """Read the form's fields that are not files."""
        return [(part.name, part.content.decode()) for part in self.parts() if not part.filename]

    def files(self) -> list[Part]:
        """Read the form's files."""
        return [part for part in self.parts() if part.filename]


def _part(chunk: bytes) -> Part:
    head, _, content = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = head.decode("utf-8", "replace")
    found = [
        re.search(pattern, headers, re.IGNORECASE)
        for pattern in (r'; name="([^"]*)"', r'; filename="([^"]*)"', r"Content-Type: ([^\r\n]+)")
    ]
    name, filename, kind = (match[1] if match else None for match in found)
    return Part(name or "", content.removesuffix(b"\r\n"), filename, kind)


@dataclass(frozen=True, slots=True)
class Answer(Act):
    """
    Answer with a status and a body; what is not text is sent as JSON.

    ``answer in server.taken`` holds for no other code than one of success.
    """

    code: int
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepts(self) -> bool:
        return self.code < HTTPStatus.MULTIPLE_CHOICES

    async def perform(self, line: Any) -> None:
        """Send it."""
        text = isinstance(self.body, str)
        body = (self.body if text else json.dumps(self.body)).encode()
        headers = {
            "Content-Type": "text/plain; charset=utf-8" if text else "application/json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.write(f"HTTP/1.1 {self.code} Answer\r\n{head}\r\n".encode() + body)


class _HttpWire(Wire):
    async def exactly(self, length: str) -> bytes:
        try:
            return await self._reader.readexactly(int(length))
        except (asyncio.IncompleteReadError, ValueError):
            raise HangUp from None


class HttpServer(ABC):
    """
    A provider's API on the loopback interface.

    Args:
        tls: Speak TLS with this context; left out, plain HTTP.

    Attributes:
        url: Where it is, for the transport's ``url=``.
        requests: Every request that was read whole, oldest first.
        taken: Those of them that handed over an email which the provider took.
        connections: How many there were.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.taken: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._script: dict[str, deque[Act]] = {"connect": deque(), "head": deque(), "body": deque()}
        self._clients: dict[_HttpWire, asyncio.Task[None]] = {}
        self._news = asyncio.Condition()

    def next(self, *acts: Act, at: str = "body") -> None:
        """
        Do something else than usual, one act for each request to come.

        ::

            server.next(Answer(429, headers={"Retry-After": "7"}), Close(accepts=True))

        Args:
            acts: `Answer`, or one of `Say`, `Drip`, `Junk`, `Close` and `Hang`.
            at: ``body`` when the request was read whole, ``head`` after its headers, ``connect``
                before anything.
        """
        self._script[at].extend(acts)

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests were read whole."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def wait_until_idle(self) -> None:
        """Wait until no client is connected any more."""
        async with self._news:
            await self._news.wait_for(lambda: not self._clients)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _HttpWire(self._connected, None), "127.0.0.1", 0, ssl=self._tls
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        tasks = list(self._clients.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Say what the provider says to a request."""

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
            await self._tell()

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
        await self._tell()
        usual = self.answer(request)
        act = self._script["body"].popleft() if self._script["body"] else usual
        if usual.accepts and act.accepts and self._hands_over(request):
            self.taken.append(request)
        await act.perform(wire)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _act(self, stage: str, wire: Wire) -> None:
        if self._script[stage]:
            await self._script[stage].popleft().perform(wire)
