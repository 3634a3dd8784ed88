"""An email as it arrived, read back from its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses
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
        # The policies of the standard library put spaces into long names (CPython 3.11.7).
        message = message_from_bytes(content)
        headers = {name: _decoded(value) for name, value in message.items()}
        return cls(
            rcpt_to=tuple(recipient.lower() for recipient in rcpt_to),
            sender=_addresses(message, "From")[0],
            to=_addresses(message, "To"),
            cc=_addresses(message, "Cc"),
            reply_to=_addresses(message, "Reply-To"),
            subject=headers.get("Subject", ""),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            attachments=tuple(_attachment(part) for part in message.walk() if _is_file(part)),
            headers=headers,
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


def _decoded(value: str) -> str:
    chunks = decode_header(_unfolded(value))
    return "".join(
        chunk if isinstance(chunk, str) else chunk.decode(charset or "ascii")
        for chunk, charset in chunks
    )


def _addresses(message: Message, name: str) -> tuple[Address, ...]:
    found = getaddresses([_unfolded(value) for value in message.get_all(name, [])])
    return tuple(Address(address, _decoded(shown)) for shown, address in found)


def _unfolded(value: str) -> str:
    return "".join(value.splitlines())


def _filename(part: Message) -> str | None:
    found = part.get_param("filename", header="Content-Disposition")
    if isinstance(found, tuple):
        return collapse_rfc2231_value(found)
    return None if found is None else _decoded(found)


def _is_file(part: Message) -> bool:
    return _filename(part) is not None or part["Content-ID"] is not None


def _body(message: Message, kind: str) -> str:
    parts = (part for part in message.walk() if part.get_content_type() == f"text/{kind}")
    body = next((part for part in parts if not _is_file(part)), None)
    if body is None:
        return ""
    # Lines end with CRLF in a mail, and with \n in Python.
    text = _bytes(body).decode(body.get_content_charset("utf-8"))
    return text.replace("\r\n", "\n")


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _attachment(part: Message) -> Attachment:
    return Attachment(
        filename=_filename(part) or "inline",
        content=_bytes(part),
        content_type=part.get_content_type(),
        content_id=_unfolded(part["Content-ID"]).strip("<> ") if part["Content-ID"] else None,
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
