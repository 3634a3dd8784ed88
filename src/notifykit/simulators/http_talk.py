"""What a simulated HTTP API hears and says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from notifykit.simulators.script import Act


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
