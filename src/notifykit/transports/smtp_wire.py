"""One SMTP connection as commands and answers, on aiosmtplib's protocol."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Self, cast

from aiosmtplib.errors import SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

from notifykit.transports.base import reached

# The first digit of an answer (RFC 5321, section 4.2.1).
DONE, GO_ON = 2, 3

_CHUNK = 64 * 1024
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the server said.

    Attributes:
        code: 200 to 599.
        text: The words without the codes, lines joined by a newline.
    """

    code: int
    text: str

    @property
    def kind(self) -> int:
        """The first digit: 2 done, 3 go on, 4 not now, 5 no (RFC 5321, section 4.2.1)."""
        return self.code // 100

    @property
    def enhanced_code(self) -> str | None:
        """The code of RFC 3463 that the text begins with."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else None

    def capabilities(self) -> dict[str, str]:
        """Read an answer to EHLO: what the server can, by name (RFC 5321, section 4.1.1.1)."""
        found: dict[str, str] = {}
        for line in self.text.upper().split("\n")[1:]:
            # Old servers also say "AUTH=LOGIN" for old clients.
            name, _, rest = line.replace("=", " ").partition(" ")
            found[name] = f"{found.get(name, '')} {rest}".strip()
        return found


@dataclass(frozen=True, slots=True)
class Content:
    """
    What goes out after DATA.

    Attributes:
        size: Of the content in bytes, as SIZE counts it (RFC 1870).
        stuffed: The bytes for the wire, the final dot included.
    """

    size: int
    stuffed: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Make whole lines of it, and double the dots at their start (RFC 5321, section 4.5.2)."""
        if not content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"):
            content = _LINE_END.sub(b"\r\n", content)
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
        return cls(len(content), stuffed)


class SmtpWire(SMTPProtocol):
    """
    aiosmtplib's protocol, which also notices what nobody asked for.

    aiosmtplib drops words that come unasked, or keeps them for the next command. Either way an
    answer could be taken for that of another command; here the connection is then out of step and
    serves no more. Whatever goes wrong is raised as aiosmtplib, asyncio and ssl raise it.
    """

    out_of_step = False

    @classmethod
    async def connect(cls, host: str, port: int, context: ssl.SSLContext | None) -> Self:
        """Connect; with a context TLS comes first. The greeting is still to be read."""
        loop = asyncio.get_running_loop()

        def made() -> SmtpWire:
            reached("connect")  # asyncio asks for the protocol right after TCP, before TLS
            return cls(loop)

        connected = await loop.create_connection(made, host, port, ssl=context)
        wire = cast("Self", connected[1])
        if context is not None:
            reached("tls")
        return wire

    def data_received(self, data: bytes) -> None:
        """Take what the server says."""
        waiter = self._response_waiter
        if not self._response_pending or waiter is None or waiter.done():
            self.out_of_step = True
        super().data_received(data)

    @property
    def in_step(self) -> bool:
        """Whether the next answer will be the one to the next command."""
        return self.is_connected and not self.out_of_step and not self._buffer

    async def greeting(self) -> Answer:
        """Read the server's first words."""
        return self._answer(*await self.read_response())

    async def ask(self, command: str) -> Answer:
        """Send a command and read the answer."""
        if not self.in_step:
            raise SMTPServerDisconnected("Connection lost or out of step")
        return self._answer(*await self.execute_command(command.encode("ascii")))

    async def upgrade(self, context: ssl.SSLContext, host: str) -> None:
        """Switch TLS on; words that came in clear are forgotten (RFC 3207, section 4.2)."""
        await self.start_tls(context, server_hostname=host)
        self._buffer.clear()
        self.out_of_step = False

    async def pour(self, content: Content) -> Answer:
        """Send the content and read the answer."""
        stuffed = content.stuffed
        self._response_pending = True
        early = False
        try:
            for start in range(0, len(stuffed), _CHUNK):
                early = early or self._response_waiter is None or self._response_waiter.done()
                self.write(stuffed[start : start + _CHUNK])
                await self._drain_helper()
        except ConnectionError:
            early = True  # whoever hangs up in the middle may have said why before
        answer = self._answer(*await self.read_response())
        self.out_of_step = self.out_of_step or early
        if early and answer.kind == DONE:
            raise SMTPResponseException(-1, "accepted before the content had ended")
        return answer

    def abort(self) -> None:
        """Drop the connection at once."""
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    def _answer(self, code: int, text: str) -> Answer:
        if not 200 <= code <= 599:  # noqa: PLR2004 - RFC 5321, section 4.2
            self.out_of_step = True
            raise SMTPResponseException(-1, f"Malformed SMTP response: {code}")
        words = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return Answer(code, words)
