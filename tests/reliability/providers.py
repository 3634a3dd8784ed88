"""The providers: servers in a process of their own that log what they take before they say so."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from email.utils import getaddresses
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from notifykit.simulators import (
    Answer,
    MailgunServer,
    ReceivedMail,
    SendGridServer,
    SmtpServer,
)
from notifykit.simulators.http import Request
from reliability.durable import Accept, DurableLines
from reliability.faults import HTTP_RATE, HTTP_SLOWNESS, DrawnScript, Late, Reset, http_fault

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)

Note = Callable[..., None]


class LoggedSmtp(SmtpServer):
    """An SMTP server whose log is ahead of its answers."""

    def __init__(self, note: Note, draw: Random, times: float) -> None:
        super().__init__()
        self.script = self.luck = DrawnScript(draw, times)
        self._note = note

    def keep(self, mail: ReceivedMail) -> None:
        """Log a mail that was taken; the answer comes afterwards."""
        found = _MESSAGE_ID.search(mail.content)
        self._note("smtp", found[1].decode() if found else "", mail.content, mail.rcpt_to)
        # What the server remembers for tests would fill the memory in a night.
        self.commands.clear()
        self.heard_in_clear.clear()
        self.tell()


class _Taken(list[Request]):
    def __init__(self, note: Callable[[Request], None], forget: list[Request]) -> None:
        super().__init__()
        self._note, self._forget = note, forget

    def append(self, request: Request) -> None:
        self._note(request)
        self._forget.clear()


class _Unlucky:
    """Draws what goes wrong with a request when its usual answer is known."""

    def __init__(self, draw: Random, times: float) -> None:
        self.draw = draw
        self.times = times

    def meet(self, usual: Answer, play: Callable[..., None]) -> Answer:
        if not usual.accepts:
            return usual
        if self.draw.random() < HTTP_RATE * self.times:
            lost = ("body", Reset(accepts=True))
            at, act = lost if self.times > 1 else http_fault(self.draw, usual)
            play(act, at=at)
        else:
            play(Late(usual, self.draw.uniform(0, HTTP_SLOWNESS)))
        return usual


class LoggedSendGrid(SendGridServer):
    """SendGrid, with a log that is ahead of its answers."""

    def __init__(self, note: Note, draw: Random, times: float) -> None:
        super().__init__()
        self.luck = _Unlucky(draw, times)
        self._note = note
        self.taken = _Taken(self._log, self.requests)

    def answer(self, request: Request) -> Answer:
        """Answer as usual, unless something goes wrong."""
        return self.luck.meet(super().answer(request), self.next)

    def _log(self, request: Request) -> None:
        mail = request.json()
        people = [
            person["email"]
            for block in mail["personalizations"]
            for name in ("to", "cc", "bcc")
            for person in block.get(name, [])
        ]
        self._note("sendgrid", mail["headers"]["Message-ID"], request.body, people)


class LoggedMailgun(MailgunServer):
    """Mailgun, with a log that is ahead of its answers."""

    def __init__(self, note: Note, draw: Random, times: float) -> None:
        super().__init__()
        self.luck = _Unlucky(draw, times)
        self._note = note
        self.taken = _Taken(self._log, self.requests)

    def answer(self, request: Request) -> Answer:
        """Answer as usual, unless something goes wrong."""
        return self.luck.meet(super().answer(request), self.next)

    def _log(self, request: Request) -> None:
        fields = request.fields()
        people = [value for name, value in fields if name in ("to", "cc", "bcc")]
        # The boundary of the form is drawn anew for each request; what it parts is the content.
        content = json.dumps(fields, ensure_ascii=False).encode()
        recipients = [address for _, address in getaddresses(people)]
        self._note("mailgun", dict(fields)["h:Message-Id"], content, recipients)


def serve(log: Path, seed: int, times: float, ready: int) -> None:
    """
    Run all providers until killed; a SIGUSR1 ends their faults.

    Args:
        log: The accept log.
        seed: What their faults are drawn from.
        times: How many times as much goes wrong as usual.
        ready: A pipe; gets one line of JSON with everybody's address when they listen.
    """
    asyncio.run(_serve(DurableLines(log), seed, times, ready))


async def _serve(log: DurableLines, seed: int, times: float, ready: int) -> None:
    def note(provider: str, message_id: str, content: bytes, recipients: Any) -> None:
        accept = Accept(
            provider=provider,
            message_id=message_id,
            sha256=sha256(content).hexdigest(),
            recipients=tuple(recipients),
            at=time.time(),
        )
        log.append(accept.line())

    smtp = LoggedSmtp(note, Random(f"{seed} smtp"), times)
    sendgrid = LoggedSendGrid(note, Random(f"{seed} sendgrid"), times)
    mailgun = LoggedMailgun(note, Random(f"{seed} mailgun"), times)

    lucks: tuple[DrawnScript | _Unlucky, ...] = (smtp.luck, sendgrid.luck, mailgun.luck)

    def calm() -> None:
        for luck in lucks:
            luck.times = 0

    async with AsyncExitStack() as stack:
        for server in (smtp, sendgrid, mailgun):
            await stack.enter_async_context(server)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, calm)
        addresses = {"smtp": smtp.port, "sendgrid": sendgrid.url, "mailgun": mailgun.url}
        os.write(ready, json.dumps(addresses).encode() + b"\n")
        await asyncio.Event().wait()
