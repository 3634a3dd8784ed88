"""An email as a value: addresses, attachments, headers, and the limits of all of them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self, cast

from pydantic import ConfigDict

from notifykit.address import MAX_NAME, MAX_RECIPIENTS, Address, Envelope
from notifykit.cleaning import at_most, clean_line, clean_text, harmless, limited_line, shown
from notifykit.errors import InvalidEmailError
from notifykit.ids import uuid7

__all__ = [
    "MAX_ATTACHMENTS",
    "MAX_ATTACHMENTS_SIZE",
    "MAX_BODY",
    "MAX_HEADER",
    "MAX_HEADERS",
    "MAX_NAME",
    "MAX_RECIPIENTS",
    "MAX_SUBJECT",
    "Address",
    "Attachment",
    "Email",
    "Envelope",
    "clean_line",
    "clean_text",
]

MAX_SUBJECT = 255
MAX_BODY = 5 * 1024 * 1024
MAX_HEADERS = 50
MAX_HEADER = 10_000
MAX_ATTACHMENTS = 20
MAX_ATTACHMENTS_SIZE = 20 * 1024 * 1024

_MAX_MESSAGE_ID = 320
_FIRST_YEAR = 1970

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")  # RFC 6838, 4.2
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")

# Written by us alone: a second one could change who receives the email or how it is read.
_RESERVED_HEADERS = frozenset(
    [
        "from",
        "sender",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "return-path",
        "received",
        "apparently-to",
        "dkim-signature",
        "x-smtpapi",
    ]
)

# A table of our own: the system's differs from host to host, and Python's has no office files.
_TYPES = mimetypes.MimeTypes()
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES.add_type(f"{_OFFICE}.spreadsheetml.sheet", ".xlsx")
_TYPES.add_type(f"{_OFFICE}.wordprocessingml.document", ".docx")
_TYPES.add_type(f"{_OFFICE}.presentationml.presentation", ".pptx")
_TYPES.add_type("image/webp", ".webp")

_SEVERAL = ("to", "cc", "bcc", "reply_to", "attachments")
_NOT_FILES = ("multipart/", "message/")
_RESERVED_PREFIXES = ("content-", "resent-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """
    A file in an email; with a ``content_id`` an image inside the HTML, ``cid:<content_id>``.

    Args:
        filename: Shown to the reader; Cyrillic is fine, path separators are not kept.
        content: The bytes.
        content_type: ``type/subtype``; guessed from the file name where left out.
        content_id: Letters, digits, ``.``, ``_`` and ``-``, without angle brackets.

    Raises:
        InvalidEmailError: It has no name, cannot be attached or is larger than 20 MB.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    filename: str
    content: bytes = field(repr=False)
    content_type: str = ""
    content_id: str | None = None

    def __post_init__(self) -> None:
        name = limited_line(self.filename, MAX_NAME, "characters in the name of", "an attachment")
        name = re.split(r"[\\/]", name)[-1].strip()
        if not name or set(name) <= {"."}:
            raise InvalidEmailError(
                "an attachment needs a file name: some providers drop it without"
            )
        content_type = (self.content_type or _guessed_type(name)).lower()
        if not _CONTENT_TYPE.fullmatch(content_type) or content_type.startswith(_NOT_FILES):
            raise InvalidEmailError(f"{shown(name)}: {shown(content_type)} cannot be attached")
        if self.content_id is not None and not _CONTENT_ID.fullmatch(self.content_id):
            raise InvalidEmailError(f"{shown(name)}: {shown(self.content_id)} is no content id")
        at_most(MAX_ATTACHMENTS_SIZE, len(self.content), "bytes in", "an attachment")
        object.__setattr__(self, "filename", name)
        object.__setattr__(self, "content", bytes(self.content))
        object.__setattr__(self, "content_type", content_type)

    @classmethod
    def from_path(cls, path: str | Path, *, content_id: str | None = None) -> Self:
        """Read a file from disk. Raises `OSError` like any reading."""
        path = Path(path)
        return cls(filename=path.name, content=path.read_bytes(), content_id=content_id)


def _guessed_type(name: str) -> str:
    """Guess; what is packed, such as ``orders.csv.gz``, is not the type of its inside."""
    guessed, packed = _TYPES.guess_type(f"/{name}")  # with the / it is no URL, whatever it says
    if guessed is None or packed or guessed.startswith(_NOT_FILES):
        return "application/octet-stream"
    return guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """
    Everything a provider has to know, complete and checked.

    The same `Email` always becomes the same bytes: Date, Message-ID and the MIME boundaries are
    part of it.

    Args:
        sender: From.
        to: At least one; with ``cc`` and ``bcc`` no more than 50.
        reply_to: Who gets the answer, usually the client.
        subject: Up to 255 characters.
        text: The plain text; always there. Cleaned like `clean_text`, as is ``html``.
        html: The same for a browser; an empty one is none.
        attachments: Up to 20 files of 20 MB in all; those with a ``content_id`` are inline images.
        headers: Further headers, such as ``X-Priority``; values are one line of text. Sorted, so
            that a store which does not keep their order does not change the bytes.
        metadata: What provider events hand back; our own id is in ``submission_id``.
        message_id: ``<id@domain>``; made where left out.
        date: Aware; now where left out. Whole seconds, as the header has no finer ones.
        envelope: From ``sender``, ``to``, ``cc`` and ``bcc`` where left out.

    Raises:
        InvalidEmailError: Something in it can never be sent, or is beyond a limit.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    envelope: Envelope = field(default_factory=lambda: cast("Envelope", None))

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in _SEVERAL:
            if type(several := getattr(self, name)) is not tuple:
                put(self, name, tuple(several))
        self._check_sizes()
        subject = limited_line(self.subject, MAX_SUBJECT, "characters in", "the subject")
        put(self, "subject", subject)
        put(self, "text", harmless(self.text))
        put(self, "html", harmless(self.html or "") or None)
        put(self, "headers", _headers(self.headers))
        put(self, "metadata", _pairs(self.metadata, "metadata"))
        put(self, "message_id", self.message_id or f"<{uuid7()}@{self.sender.email.split('@')[1]}>")
        put(self, "date", _whole_seconds(self.date))
        if cast("Envelope | None", self.envelope) is None:  # left out: the addresses tell
            put(self, "envelope", self._envelope())
        self._check_content()

    def _envelope(self) -> Envelope:
        unique: dict[str, str] = {}
        for address in (*self.to, *self.cc, *self.bcc):
            unique.setdefault(address.email.lower(), address.email)
        return Envelope(self.sender.email, tuple(unique.values()))

    def _check_sizes(self) -> None:
        """Refuse what is far too much before any work goes into it."""
        if not self.to:
            raise InvalidEmailError("an email needs at least one recipient in To")
        recipients = len(self.to) + len(self.cc) + len(self.bcc)
        at_most(MAX_RECIPIENTS, recipients, "recipients in", "one email")
        at_most(MAX_RECIPIENTS, len(self.reply_to), "addresses in", "Reply-To")
        for body in (self.text, self.html or ""):
            at_most(MAX_BODY, len(body), "characters in", "the body")
        if self.attachments:
            at_most(MAX_ATTACHMENTS, len(self.attachments), "attachments in", "one email")
            size = sum(len(attachment.content) for attachment in self.attachments)
            at_most(MAX_ATTACHMENTS_SIZE, size, "bytes in", "all attachments together")

    def _check_content(self) -> None:
        if not self.subject:
            raise InvalidEmailError("an email needs a subject: SendGrid and spam filters insist")
        if not self.text or self.text.isspace():
            raise InvalidEmailError("an email needs a plain text: SendGrid takes no empty one")
        at_most(_MAX_MESSAGE_ID, len(self.message_id), "characters in", "the Message-ID")
        if "=?" in self.message_id or not _MESSAGE_ID.fullmatch(self.message_id):
            raise InvalidEmailError(f"{shown(self.message_id)} is not a Message-ID: <id@domain>")
        inline = [file.content_id.lower() for file in self.attachments if file.content_id]
        if len(inline) != len(set(inline)):
            raise InvalidEmailError("two attachments have the same content id")

    def via(self, sender: Address | None = None, rcpt_to: Iterable[str] | None = None) -> Email:
        """
        Give the same email as one provider has to send it.

        Args:
            sender: The address this provider lets us send from; ``None``: as it is.
            rcpt_to: Only these of the recipients still wait for it; ``None``: all.

        Raises:
            InvalidEmailError: Somebody in ``rcpt_to`` was never a recipient.
        """
        sender = sender or self.sender
        rcpt = self.envelope.rcpt_to if rcpt_to is None else tuple(rcpt_to)
        if self._is_what(sender, rcpt):
            return self
        envelope = Envelope(sender.email, rcpt)
        if not set(envelope.rcpt_to) <= set(self.envelope.rcpt_to):
            raise InvalidEmailError("somebody who is no recipient of the email cannot wait for it")
        if self._is_what(sender, envelope.rcpt_to):
            return self
        return replace(self, sender=sender, envelope=envelope)

    def _is_what(self, sender: Address, rcpt_to: tuple[str, ...]) -> bool:
        return (
            sender == self.sender
            and sender.email == self.envelope.mail_from
            and rcpt_to == self.envelope.rcpt_to
        )


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    if headers == {}:
        return {}
    for name in headers:
        ours = name.lower() in _RESERVED_HEADERS or name.lower().startswith(_RESERVED_PREFIXES)
        if ours or not _HEADER_NAME.fullmatch(name):
            raise InvalidEmailError(f"{shown(name)} cannot be set as a header")
    if len({name.lower() for name in headers}) != len(headers):
        raise InvalidEmailError("a header is set twice, in capitals and in small letters")
    cleaned = _pairs(headers, "headers")
    for name, value in cleaned.items():
        if not value:
            raise InvalidEmailError(f"the header {name} is empty")
    return cleaned


def _pairs(pairs: Mapping[str, str], what: str) -> dict[str, str]:
    """Clean names and values; the order is ours, for equal emails must be the same bytes."""
    at_most(MAX_HEADERS, len(pairs), f"{what} in", "one email")
    return {
        limited_line(name, MAX_NAME, "characters in a name of", what): limited_line(
            pairs[name], MAX_HEADER, "characters in a value of", what
        )
        for name in sorted(sorted(pairs), key=str.lower)
    }


def _whole_seconds(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidEmailError("the date of an email needs a time zone")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise InvalidEmailError("the date of an email is out of the calendar") from None
    if moment.year < _FIRST_YEAR:
        raise InvalidEmailError("the date of an email is before 1970")
    return moment.replace(microsecond=0) if moment.microsecond else moment
