"""An email as it arrived, read back from its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from notifykit.message import Address, Attachment

_UNSEEN = ("style", "script", "title", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEmail:
    """
    What the recipients got: every value is read from the finished bytes, as a mail program does.

    Attributes:
        rcpt_to: Everybody who gets it, blind recipients too, in small letters.
        sender: From.
        to, cc, reply_to: As the headers have them.
        subject, text, html: Decoded; ``html`` is empty where there is none.
        attachments: Inline images are those with a ``content_id``.
        headers: Decoded, by name.
        content: The bytes.
    """

    rcpt_to: tuple[str, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @classmethod
    def read(cls, content: bytes, rcpt_to: tuple[str, ...]) -> SentEmail:
        """Read an email from its bytes and its envelope."""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        return cls(
            rcpt_to=tuple(recipient.lower() for recipient in rcpt_to),
            sender=_addresses(message, "From")[0],
            to=_addresses(message, "To"),
            cc=_addresses(message, "Cc"),
            reply_to=_addresses(message, "Reply-To"),
            subject=str(message["Subject"] or ""),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            attachments=tuple(_attachment(part) for part in message.walk() if _is_file(part)),
            headers={name: str(value) for name, value in message.items()},
            content=content,
        )

    @property
    def bcc(self) -> tuple[str, ...]:
        """Who gets it without being named in it."""
        named = {address.email.lower() for address in (*self.to, *self.cc)}
        return tuple(recipient for recipient in self.rcpt_to if recipient not in named)

    @property
    def seen(self) -> str:
        """The HTML as a reader sees it: without tags, in one line."""
        reader = _Reader()
        reader.feed(self.html)
        reader.close()
        return " ".join(" ".join(reader.words).split())


def _addresses(message: EmailMessage, name: str) -> tuple[Address, ...]:
    found = message[name]
    listed = found.addresses if isinstance(found, AddressHeader) else ()
    return tuple(Address(one.addr_spec, one.display_name) for one in listed)


def _is_file(part: EmailMessage) -> bool:
    return part.get_filename() is not None or part["Content-ID"] is not None


def _body(message: EmailMessage, kind: str) -> str:
    parts = (part for part in message.walk() if part.get_content_type() == f"text/{kind}")
    body = next((part for part in parts if not _is_file(part)), None)
    # Lines end with CRLF in a mail, and with \n in Python.
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Attachment(
        filename=part.get_filename() or "inline",
        content=content,
        content_type=part.get_content_type(),
        content_id=str(part["Content-ID"]).strip("<> ") if part["Content-ID"] else None,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _UNSEEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
