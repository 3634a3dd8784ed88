"""Reads the body of an ASGI request within a limit, and answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from notifykit.webhooks.refusals import Refused

MAX_BYTES = 1024 * 1024
_DIGITS = 9  # no number of bytes that anybody could mean has more

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Mapping[bytes, bytes]


class Gone(Exception):  # noqa: N818 - nobody is left to be answered
    """The client hung up."""


async def body_of(headers: Headers, receive: Receive) -> bytes:
    """
    Read the body.

    Raises:
        Gone: The client hung up.
        Refused: It is longer than 1 MB; the rest is not read.
    """
    announced = headers.get(b"content-length", b"").lstrip(b"0")
    if announced.isdigit() and (len(announced) > _DIGITS or int(announced) > MAX_BYTES):
        raise _too_large()
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BYTES:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(chunks)


def _too_large() -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_BYTES:,} bytes")


async def answer(send: Send, code: HTTPStatus, said: Mapping[str, Any]) -> None:
    """Answer with JSON."""
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if code is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": int(code), "headers": headers})
    await send({"type": "http.response.body", "body": body})
