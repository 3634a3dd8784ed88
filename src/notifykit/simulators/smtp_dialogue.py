"""One client's dialogue with the simulated SMTP server (RFC 5321, 3207 and 4954)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

from notifykit.simulators.script import Act, HangUp, wire_form
from notifykit.simulators.smtp_wire import Wire

if TYPE_CHECKING:
    from notifykit.simulators.smtp import SmtpServer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """
    A mail the server took.

    Attributes:
        mail_from, rcpt_to: The envelope.
        content: The bytes as the client meant them, dot-stuffing undone.
        user: Who was logged in; ``None``: nobody.
        tls: Whether it came over TLS.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes = field(repr=False)
    user: str | None
    tls: bool

    @property
    def parsed(self) -> EmailMessage:
        """The content as the standard library reads it."""
        return message_from_bytes(self.content, policy=default)


class Dialogue:
    """What one client said so far, and what that leads to."""

    def __init__(self, server: SmtpServer, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self._user: str | None = None
        self._mail_from: str | None = None
        self._rcpt_to: list[str] = []
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }

    async def run(self) -> None:
        """Talk until one side hangs up."""
        try:
            await self._play("greeting", self._server.profile.greeting)
            while True:
                await self._obey((await self._wire.line()).decode("utf-8", "replace").strip())
        except HangUp:
            self._wire.transport.close()
        finally:
            if not self._wire.transport.is_closing():
                self._wire.transport.abort()

    async def _obey(self, command: str) -> None:
        verb, _, rest = command.partition(" ")
        verb = verb.upper()
        # The word after AUTH names the mechanism; what may follow is the password.
        shown = " ".join(command.split()[:2]) if verb == "AUTH" else command
        self._server.commands.append(shown)
        self._server.tell()
        obey = self._verbs.get(verb)
        if obey is None:
            self._say("502 5.5.1 Error: command not recognized")
        else:
            await obey(rest)

    def _say(self, text: str) -> None:
        self._wire.write(wire_form(text))

    async def _play(self, stage: str, usual: str, recipient: str | None = None) -> bool:
        act = self._act(stage, usual, recipient)
        await act.perform(self._wire)
        return act.accepts

    def _act(self, stage: str, usual: str, recipient: str | None = None) -> Act:
        return self._server.script.act(stage, usual, recipient)

    async def _ehlo(self, _: str) -> None:
        self._forget()
        server = self._server
        lines = [server.profile.greeting.split()[1], *server.profile.capabilities]
        if server.security == "starttls" and not self._wire.tls:
            lines.append("STARTTLS")
        elif server.users:
            lines.append(f"AUTH {' '.join(server.profile.mechanisms)}")
        said = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        await self._play("ehlo", "\n".join(said))

    async def _helo(self, _: str) -> None:
        self._forget()
        await self._play("ehlo", f"250 {self._server.profile.greeting.split()[1]}")

    async def _starttls(self, _: str) -> None:
        context = self._server.tls
        if context is None or self._wire.tls:
            self._say("503 5.5.1 Error: no TLS to start here")
        elif await self._play("starttls", "220 2.0.0 Ready to start TLS"):
            await self._wire.start_tls(context)
            self._forget()

    async def _auth(self, rest: str) -> None:
        if self._server.security == "starttls" and not self._wire.tls:
            return self._say("530 5.7.0 Must issue a STARTTLS command first")
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() not in self._server.profile.mechanisms:
            return self._say("504 5.7.4 Unrecognized Authentication Type")
        if mechanism.upper() not in ("PLAIN", "LOGIN"):
            return self._say("454 4.7.0 Temporary authentication failure")
        user, password = await self._credentials(mechanism.upper(), initial)
        self._server.login_attempts += 1
        known = self._server.users.get(user)
        right = known is not None and known == password
        words = "235 2.7.0 Authentication successful"
        act = self._act("auth", words if right else self._server.profile.refused_login)
        if act.accepts:
            self._user = user
            self._server.logins += 1
        await act.perform(self._wire)
        return None

    async def _credentials(self, mechanism: str, initial: str) -> tuple[str, str]:
        if mechanism == "PLAIN":
            fields = (_decoded(initial) if initial else await self._asked("")).split("\0")
            return (fields[1], fields[2]) if len(fields) == 3 else ("", "")  # noqa: PLR2004 - RFC 4616
        user = _decoded(initial) if initial else await self._asked("VXNlcm5hbWU6")
        return user, await self._asked("UGFzc3dvcmQ6")

    async def _asked(self, challenge: str) -> str:
        self._say(f"334 {challenge}")
        return _decoded((await self._wire.line()).decode("utf-8", "replace").strip())

    async def _mail(self, rest: str) -> None:
        if self._server.security == "starttls" and not self._wire.tls:
            return self._say("530 5.7.0 Must issue a STARTTLS command first")
        if self._server.users and self._user is None:
            return self._say("530 5.7.0 Authentication Required")
        path = re.match(r"FROM:\s*<([^<>\s]*)>(.*)", rest, re.IGNORECASE)
        if path is None:
            return self._say("501 5.1.7 Bad sender address syntax")
        size = re.search(r"\sSIZE=(\d+)", path[2], re.IGNORECASE)
        usual = self._too_large(int(size[1]) if size else 0) or "250 2.1.0 Ok"
        if await self._play("mail", usual):
            self._mail_from, self._rcpt_to = path[1], []
        return None

    async def _rcpt(self, rest: str) -> None:
        path = re.match(r"TO:\s*<([^<>\s]+)>", rest, re.IGNORECASE)
        if self._mail_from is None:
            return self._say("503 5.5.1 Error: need MAIL command")
        if path is None:
            return self._say("501 5.1.3 Bad recipient address syntax")
        if await self._play("rcpt", "250 2.1.5 Ok", path[1]):
            self._rcpt_to.append(path[1])
        return None

    async def _data(self, _: str) -> None:
        if not self._rcpt_to:
            return self._say("554 5.5.1 Error: no valid recipients")
        if await self._play("data", "354 End data with <CR><LF>.<CR><LF>"):
            content = await self._content()
            queued = self._server.profile.queued.replace("{id}", self._server.new_id())
            act = self._act("content", self._too_large(len(content)) or queued)
            if act.accepts:
                self._keep(content)
            self._forget()
            await act.perform(self._wire)
        return None

    async def _content(self) -> bytes:
        lines = [b"\r\n"]
        # Only CRLF . CRLF ends the content: a server that takes less can be made to see two mails.
        while (line := await self._wire.line()) != b".\r\n" or not lines[-1].endswith(b"\r\n"):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines[1:])

    def _keep(self, content: bytes) -> None:
        mail = ReceivedMail(
            mail_from=self._mail_from or "",
            rcpt_to=tuple(self._rcpt_to),
            content=content,
            user=self._user,
            tls=self._wire.tls,
        )
        self._server.keep(mail)

    def _too_large(self, size: int) -> str | None:
        largest = self._server.profile.size
        if largest is None or size <= largest:
            return None
        return "552 5.3.4 Message size exceeds fixed limit"

    async def _rset(self, _: str) -> None:
        self._forget()
        await self._play("rset", "250 2.0.0 Ok")

    async def _noop(self, _: str) -> None:
        await self._play("noop", "250 2.0.0 Ok")

    async def _quit(self, _: str) -> None:
        await self._play("quit", "221 2.0.0 Bye")
        raise HangUp

    def _forget(self) -> None:
        self._mail_from, self._rcpt_to = None, []


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
