"""An email as a value: addresses, attachments, headers, and the limits that hold for all of them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import ClassVar, Self, cast

import idna
from pydantic import ConfigDict

from notifykit.errors import InvalidEmailError
from notifykit.ids import uuid7

MAX_SUBJECT = 255
MAX_NAME = 128
MAX_BODY = 5 * 1024 * 1024
MAX_RECIPIENTS = 50
MAX_ATTACHMENTS = 20
MAX_ATTACHMENTS_SIZE = 20 * 1024 * 1024

# RFC 5322 dot-atom; quoted local parts exist on paper only, and are a known way to smuggle text.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
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
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
        "dkim-signature",
    ]
)

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LINE_BREAK = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """
    Make untrusted text harmless and keep its lines.

    Control characters and the marks that turn the reading direction are taken out, lone surrogates
    become U+FFFD, every kind of line break becomes a newline.
    """
    text = _LINE_BREAK.sub("\n", _SURROGATE.sub("\ufffd", text))
    return _CONTROL.sub("", _INVISIBLE.sub("", text)).strip()


def clean_line(text: str) -> str:
    """Make untrusted text harmless on one line: like `clean_text`, with runs of space as one."""
    return _SPACE.sub(" ", clean_text(text))


@dataclass(frozen=True, slots=True)
class Address:
    """
    A mailbox, with the name of whoever reads it.

    The domain is kept in its ASCII form (IDNA 2008 with UTS 46), because Yandex and SendGrid take
    no other; the part before the @ must be ASCII for the same reason.

    Raises:
        InvalidEmailError: This is not an address that every provider can take.
    """

    email: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "email", _mailbox(self.email))
        name = clean_line(self.name)
        _at_most(MAX_NAME, len(name), "characters in the name of", self.email)
        object.__setattr__(self, "name", name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``a@example.com`` or ``Имя <a@example.com>``; exactly one address."""
        bracketed = re.fullmatch(r"\s*(?P<name>[^<>\r\n]*?)\s*<(?P<email>[^<>\r\n]*)>\s*", text)
        if not bracketed:
            return cls(text.strip())
        name = bracketed["name"]
        if name.startswith('"'):
            name = parseaddr(f"{name} <a@example.com>")[0]
        return cls(bracketed["email"].strip(), name)

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def _mailbox(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 320:  # noqa: PLR2004 - RFC 3696, erratum 1690: 64 + 1 + 255
        raise InvalidEmailError(f"{_shown(text)} is not an email address: write name@example.com")
    if not local.isascii():
        raise InvalidEmailError(
            f"{_shown(text)}: letters before the @ must be Latin, most providers take no others"
        )
    if len(local) > 64 or not _LOCAL_PART.fullmatch(local):  # noqa: PLR2004 - RFC 5321, 4.5.3.1.1
        raise InvalidEmailError(f"{_shown(text)} is not an email address: wrong before the @")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise InvalidEmailError(f"{_shown(text)} is not an email address: wrong domain") from None
    if "." not in ascii_domain and ascii_domain != "localhost":
        raise InvalidEmailError(f"{_shown(text)} is not an email address: the domain has no dot")
    return f"{local}@{ascii_domain}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who SMTP is told about: the sender for bounces, and whoever is to receive. Never nobody."""

    mail_from: str
    rcpt_to: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.rcpt_to:
            raise InvalidEmailError("an email needs at least one recipient")
        _at_most(MAX_RECIPIENTS, len(self.rcpt_to), "recipients in", "one email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """
    A file in an email; with a ``content_id`` an image shown inside the HTML as ``cid:<content_id>``.

    Args:
        filename: Shown to the reader; Cyrillic is fine, path separators are not kept.
        content: The bytes.
        content_type: ``type/subtype``; guessed from the file name where left out.
        content_id: Letters, digits, ``.``, ``_`` and ``-``, without angle brackets.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64"
    )

    filename: str
    content: bytes = field(repr=False)
    content_type: str = ""
    content_id: str | None = None

    def __post_init__(self) -> None:
        name = re.split(r"[\\/]", clean_line(self.filename))[-1].strip()
        if not name or set(name) <= {"."}:
            raise InvalidEmailError(
                "an attachment needs a file name: some providers drop it without"
            )
        _at_most(MAX_NAME, len(name), "characters in the name of", "an attachment")
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        content_type = (self.content_type or guessed).lower()
        if not _CONTENT_TYPE.fullmatch(content_type) or content_type.startswith(
            ("multipart/", "message/")
        ):
            raise InvalidEmailError(f"{_shown(name)}: {_shown(content_type)} cannot be attached")
        if self.content_id is not None and not _CONTENT_ID.fullmatch(self.content_id):
            raise InvalidEmailError(f"{_shown(name)}: {_shown(self.content_id)} is no content id")
        object.__setattr__(self, "filename", name)
        object.__setattr__(self, "content_type", content_type)

    @classmethod
    def from_path(cls, path: str | Path, *, content_id: str | None = None) -> Self:
        """Read a file from disk. Raises `OSError` like any reading."""
        path = Path(path)
        return cls(filename=path.name, content=path.read_bytes(), content_id=content_id)


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
        text: The plain text; always there.
        html: The same for a browser.
        attachments: Up to 20 files of 20 MB in all; those with a ``content_id`` are inline images.
        headers: Further headers, such as ``X-Priority``; values are one line of text.
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
        for name in ("to", "cc", "bcc", "reply_to", "attachments"):
            put(self, name, tuple(getattr(self, name)))
        put(self, "subject", clean_line(self.subject))
        put(self, "headers", _headers(self.headers))
        put(self, "metadata", dict(self.metadata))
        put(self, "message_id", self.message_id or f"<{uuid7()}@{self.sender.email.split('@')[1]}>")
        if self.date.tzinfo is None:
            raise InvalidEmailError("the date of an email needs a time zone")
        put(self, "date", self.date.replace(microsecond=0))
        if cast("Envelope | None", self.envelope) is None:  # left out: the addresses tell
            put(self, "envelope", self._envelope())
        self._check_limits()

    def _envelope(self) -> Envelope:
        everybody = (address.email for address in (*self.to, *self.cc, *self.bcc))
        unique = {email.lower(): email for email in reversed(tuple(everybody))}
        return Envelope(self.sender.email, tuple(reversed(unique.values())))

    def _check_limits(self) -> None:
        if not self.to:
            raise InvalidEmailError("an email needs at least one recipient in To")
        if not self.subject:
            raise InvalidEmailError("an email needs a subject: SendGrid and spam filters insist")
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise InvalidEmailError(f"{_shown(self.message_id)} is not a Message-ID: <id@domain>")
        _at_most(MAX_SUBJECT, len(self.subject), "characters in", "the subject")
        for body in (self.text, self.html or ""):
            _at_most(MAX_BODY, len(body), "characters in", "the body")
        _at_most(MAX_ATTACHMENTS, len(self.attachments), "attachments in", "one email")
        size = sum(len(attachment.content) for attachment in self.attachments)
        _at_most(MAX_ATTACHMENTS_SIZE, size, "bytes in", "all attachments together")

    def via(self, sender: Address | None = None, rcpt_to: Iterable[str] | None = None) -> Email:
        """
        Give the same email as one provider has to send it.

        Args:
            sender: The address this provider lets us send from; ``None``: as it is.
            rcpt_to: Only these of the recipients still wait for it; ``None``: all.
        """
        sender = sender or self.sender
        rcpt = self.envelope.rcpt_to if rcpt_to is None else tuple(rcpt_to)
        envelope = Envelope(sender.email, rcpt)
        if (sender, envelope) == (self.sender, self.envelope):
            return self
        return replace(self, sender=sender, envelope=envelope)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED_HEADERS:
            raise InvalidEmailError(f"{_shown(name)} cannot be set as a header")
    return {name: clean_line(value) for name, value in headers.items()}


def _at_most(limit: int, found: int, what: str, where: str) -> None:
    if found > limit:
        raise InvalidEmailError(f"{found:,} {what} {where}: the limit is {limit:,}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")  # noqa: PLR2004 - fits a log line
