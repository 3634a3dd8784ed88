"""What a reader of a message has to see, told from the email alone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from notifykit.message import Attachment, Email

_TEXT_FIELDS = ("Content-Type", "Content-Transfer-Encoding")
_FILE_FIELDS = ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding")


class Part(NamedTuple):
    """What a reader sees of a part."""

    fields: tuple[str, ...]
    content_type: str
    children: int = 0
    name: str | None = None
    filename: str | None = None
    disposition: str | None = None
    content_id: str | None = None
    content: bytes | None = None


class Seen(NamedTuple):
    """What a reader sees of a message."""

    addresses: dict[str, list[tuple[str, str]]]
    texts: dict[str, str]
    date: datetime
    parts: list[Part]


def meant(email: Email) -> Seen:
    """Say what a reader has to see, without looking at what was written."""
    addresses = {
        "From": (email.sender,),
        "Reply-To": email.reply_to,
        "To": email.to,
        "Cc": email.cc,
    }
    texts = {"Subject": email.subject, "Message-ID": email.message_id, **email.headers}
    texts["MIME-Version"] = "1.0"
    first, *others = _parts(email)
    used = [name for name, mailboxes in addresses.items() if mailboxes]
    names = [*used, "Subject", "Date", "Message-ID", *email.headers, "MIME-Version"]
    return Seen(
        {name: [(mailbox.name, mailbox.email) for mailbox in addresses[name]] for name in used},
        texts,
        email.date,
        [first._replace(fields=(*names, *first.fields)), *others],
    )


def _parts(email: Email) -> list[Part]:
    parts = [_text_part("plain", email.text)]
    files = [file for file in email.attachments if not (email.html is not None and file.content_id)]
    if email.html is not None:
        images = [_file_part(file, "inline") for file in email.attachments if file.content_id]
        html = [_text_part("html", email.html), *images]
        related = [_branch("related", len(html))] if images else []
        parts = [_branch("alternative", 2), *parts, *related, *html]
    if files:
        mixed = _branch("mixed", 1 + len(files))
        parts = [mixed, *parts, *[_file_part(file, "attachment") for file in files]]
    return parts


def _branch(subtype: str, children: int) -> Part:
    return Part(("Content-Type",), f"multipart/{subtype}", children)


def _text_part(subtype: str, text: str) -> Part:
    return Part(_TEXT_FIELDS, f"text/{subtype}", content=plain_lines(text.encode()))


def _file_part(file: Attachment, disposition: str) -> Part:
    return Part(
        (*_FILE_FIELDS, "Content-ID") if file.content_id else _FILE_FIELDS,
        file.content_type,
        name=file.filename,
        filename=file.filename,
        disposition=disposition,
        content_id=file.content_id,
        content=file.content,
    )


def plain_lines(content: bytes) -> bytes:
    """Bring text to one form: the kind of its line breaks and those at its end do not count."""
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")
