"""What the simulated IMAP server says to one client: the part of RFC 3501 that reading takes."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notifykit.simulators.script import HangUp, Say
from notifykit.simulators.smtp_wire import Wire

if TYPE_CHECKING:
    from notifykit.simulators.imap import ImapServer

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COMMAND = re.compile(r"(\S+) ((?:UID )?[A-Z]+)(?: (.*))?", re.IGNORECASE)
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_SEARCH = re.compile(r"UID (\d+):\* SINCE (\d{1,2})-(\w{3})-(\d{4})", re.IGNORECASE)
_BODY = re.compile(
    r"(?P<whole>BODY(?P<peek>\.PEEK)?\[(?P<what>[^\]]*)\])(?:<0\.(?P<most>\d+)>)?", re.IGNORECASE
)

_REFUSED = {
    "gmail": "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    "yandex": "[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=000001",
    "imap": "[AUTHENTICATIONFAILED] Authentication failed.",
}
# "imap" takes the command LOGIN only.
_MECHANISMS = {"gmail": "AUTH=PLAIN AUTH=XOAUTH2", "yandex": "AUTH=PLAIN AUTH=XOAUTH2", "imap": ""}
_SEPARATOR = {"gmail": "/", "yandex": "|", "imap": "/"}
# Whatever changes a mailbox; a folder that was opened by EXAMINE takes none of it.
_CHANGES = ("STORE", "COPY", "MOVE", "EXPUNGE", "APPEND", "CREATE", "DELETE", "RENAME")


@dataclass(slots=True)
class StoredMail:
    """A mail in a folder."""

    uid: int
    content: bytes = field(repr=False)
    received_at: datetime
    seen: bool = False


class ImapDialogue:
    """The server's side of one connection."""

    def __init__(self, server: ImapServer, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self._user: str | None = None
        self._mails: list[StoredMail] = []
        self._writable = False

    async def run(self) -> None:
        """Talk until the client leaves."""
        try:
            await self._do("greeting", "*", lambda: "OK IMAP4rev1 ready")
            while True:
                line = (await self._wire.line()).decode("utf-8", "replace").rstrip("\r\n")
                await self._answer(line)
        except HangUp:
            self._wire.transport.close()

    async def _answer(self, line: str) -> None:
        found = _COMMAND.fullmatch(line)
        if not found:
            self._say("* BAD not a command")
            return
        tag, command, rest = found[1], found[2].upper(), found[3] or ""
        self._server.commands.append(f"{command} {rest if command != 'LOGIN' else '***'}".strip())
        self._server.tell()
        if any(command.endswith(change) for change in _CHANGES):
            self._server.changes.append(line)
            self._say(f"{tag} NO [READ-ONLY] nothing is changed here")
            return
        if command == "AUTHENTICATE":
            rest = await self._plain()
        await self._do(command.removeprefix("UID ").lower(), tag, self._usual(command, rest))

    async def _do(self, stage: str, tag: str, usual: Callable[[], str]) -> None:
        act = self._server.script.act(stage, "")
        if not isinstance(act, Say):
            await act.perform(self._wire)
            return
        self._say(f"{tag} {act.text or usual()}")
        if act.close or stage == "logout":
            raise HangUp

    def _usual(self, command: str, rest: str) -> Callable[[], str]:
        commands: dict[str, Callable[[str], str]] = {
            "CAPABILITY": self._capability,
            "LOGIN": lambda rest: self._log_in(*_words(rest)[:2]),
            "AUTHENTICATE": lambda rest: self._log_in(*rest.split("\0")[1:3]),
            "LOGOUT": self._log_out,
        }
        if self._user is not None:
            commands |= {
                "LIST": self._list,
                "EXAMINE": lambda rest: self._open(_words(rest)[0], writable=False),
                "SELECT": lambda rest: self._open(_words(rest)[0], writable=True),
                "UID SEARCH": self._search,
                "UID FETCH": self._fetch,
            }
        do = commands.get(command, _unknown)
        return lambda: do(rest)

    def _capability(self, rest: str) -> str:
        self._say(f"* CAPABILITY IMAP4rev1 IDLE UIDPLUS {_MECHANISMS[self._server.profile]}")
        return "OK done"

    async def _plain(self) -> str:
        self._say("+ ")
        return b64decode(await self._wire.line()).decode("utf-8", "replace")

    def _log_in(self, user: str, password: str) -> str:
        self._server.login_attempts += 1
        if self._server.users.get(user) != password:
            return f"NO {_REFUSED[self._server.profile]}"
        self._server.logins += 1
        self._user = user
        return "OK logged in"

    def _log_out(self, rest: str) -> str:
        self._say("* BYE see you")
        return "OK done"

    def _list(self, rest: str) -> str:
        separator = _SEPARATOR[self._server.profile]
        for name in self._server.folders:
            use = " \\Junk" if name == self._server.junk else ""
            self._say(f'* LIST (\\HasNoChildren{use}) "{separator}" "{name}"')
        return "OK done"

    def _open(self, name: str, *, writable: bool) -> str:
        if name not in self._server.folders:
            return "NO [NONEXISTENT] there is no such folder"
        self._mails, self._writable = self._server.folders[name], writable
        self._say(f"* {len(self._mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self._server.validity}] UIDs valid")
        return f"OK [READ-{'WRITE' if writable else 'ONLY'}] opened"

    def _search(self, rest: str) -> str:
        found = _SEARCH.fullmatch(rest)
        if not found:
            return "BAD this server searches by UID and SINCE only"
        month = _MONTHS.index(found[3].title()) + 1
        since = datetime(int(found[4]), month, int(found[2]), tzinfo=UTC).date()
        highest = max((mail.uid for mail in self._mails), default=0)
        # "9:*" is the last mail also where its UID is 8 (RFC 3501, 6.4.8).
        numbers = [
            str(mail.uid)
            for mail in self._mails
            if mail.uid >= min(int(found[1]), highest) and mail.received_at.date() >= since
        ]
        self._say(" ".join(["* SEARCH", *numbers]))
        return "OK done"

    def _fetch(self, rest: str) -> str:
        numbers, _, what = rest.partition(" ")
        wanted = {int(number) for number in numbers.split(",") if number.isdigit()}
        for place, mail in enumerate(self._mails, 1):
            if mail.uid in wanted:
                self._tell_mail(place, mail, what)
        return "OK done"

    def _tell_mail(self, place: int, mail: StoredMail, what: str) -> None:
        attributes = [f"UID {mail.uid}"]
        if "INTERNALDATE" in what.upper():
            day = mail.received_at
            attributes.append(
                f'INTERNALDATE "{day:%d}-{_MONTHS[day.month - 1]}-{day:%Y %H:%M:%S %z}"'
            )
        content = b""
        if body := _BODY.search(what):
            if not body["peek"] and self._writable:
                mail.seen = True
                self._server.changes.append(f"{mail.uid} was marked as read")
            content = _section(mail.content, body["what"])[: int(body["most"] or 2**31)]
            origin = "<0>" if body["most"] else ""
            attributes.append(f"BODY[{body['what']}]{origin} {{{len(content)}}}")
        line = f"* {place} FETCH ({' '.join(attributes)}"
        self._wire.write(line.encode() + b"\r\n" * bool(body) + content + b")\r\n")

    def _say(self, line: str) -> None:
        self._wire.write(f"{line}\r\n".encode())


def _unknown(rest: str) -> str:
    return "BAD unknown, or not now"


def _words(rest: str) -> list[str]:
    return [bare or re.sub(r"\\(.)", r"\1", quoted) for quoted, bare in _WORD.findall(rest)]


def _section(content: bytes, what: str) -> bytes:
    if not what:
        return content
    header = content.partition(b"\r\n\r\n")[0]
    names = what.upper().partition("(")[2].rstrip(")").split()
    return b"".join(_fields(header, names)) + b"\r\n"


def _fields(header: bytes, names: list[str]) -> Iterator[bytes]:
    for one in re.split(rb"\r\n(?![ \t])", header):
        if one.partition(b":")[0].strip().upper().decode("ascii", "replace") in names:
            yield one + b"\r\n"
