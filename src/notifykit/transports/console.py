"""Shows emails instead of sending them."""

from __future__ import annotations

import sys
from typing import TextIO

from notifykit.errors import UnavailableError
from notifykit.message import Email
from notifykit.submission import Receipt
from notifykit.transports.base import Transport

_RULE = "─" * 72


class ConsoleTransport(Transport):
    """
    Prints who would get what: for the first minutes with the library, and for development.

    Args:
        stream: Where to; standard output where left out.
    """

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, email: Email) -> Receipt:
        stream = self._stream or sys.stdout
        # A Windows console may not know every letter of the email.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = _readable(email).encode(encoding, "replace").decode(encoding)
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError) as error:
            words = f"the console cannot be written to: {error}"
            raise UnavailableError(words, provider=self.name) from error
        return Receipt(self.name, email.message_id.strip("<>"), email.envelope.rcpt_to)


def _readable(email: Email) -> str:
    people = {"To": email.to, "Cc": email.cc, "Bcc": email.bcc, "Reply-To": email.reply_to}
    lines = [
        _RULE,
        f"Envelope: {email.envelope.mail_from} → {', '.join(email.envelope.rcpt_to)}",
        f"From: {email.sender}",
        *(f"{name}: {', '.join(map(str, some))}" for name, some in people.items() if some),
        f"Subject: {email.subject}",
        *(f"{name}: {value}" for name, value in email.headers.items()),
        "",
        email.text,
        "",
        *(_attachment_line(file.filename, len(file.content)) for file in email.attachments),
        _RULE,
    ]
    return "\n".join(lines) + "\n"


def _attachment_line(filename: str, size: int) -> str:
    return f"Attachment: {filename}, {size:,} bytes"
