"""The header fields of an email and of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from notifykit.message import Address, Email
from notifykit.mime.words import LINE, LONGEST_LINE, checked, cut, encoded_words, fold

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_PLAIN_NAME = 60  # with the brackets of a short address still one line
_PLAIN_FILENAME = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # nothing to escape in quotes
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def message_headers(email: Email) -> str:
    """
    Write the fields of the message itself, in a fixed order and without Bcc.

    Date is RFC 5322 in UTC; addresses always have angle brackets: SpamAssassin adds a point for
    ``To: a@b`` (TO_NO_BRKTS_HTML_IMG).
    """
    fields = [
        _addresses("From", [email.sender]),
        _addresses("Reply-To", email.reply_to),
        _addresses("To", email.to),
        _addresses("Cc", email.cc),
        unstructured("Subject", email.subject),
        fold("Date", [date(email.date)]),
        fold("Message-ID", [email.message_id]),
        *(unstructured(name, value) for name, value in email.headers.items()),
        fold("MIME-Version", ["1.0"]),
    ]
    return "".join(fields)


def date(moment: datetime) -> str:
    """Write a moment as RFC 5322, 3.3 wants it; equal moments in other zones look the same."""
    return format_datetime(moment.astimezone(UTC))


def unstructured(name: str, value: str) -> str:
    """
    Write a field of free text.

    ASCII stays readable. Everything else becomes encoded-words as a whole, and so does text that
    looks like an encoded-word already, or has spaces that folding would lose.
    """
    if _plain(value) and max(map(len, value.split(" "))) < LONGEST_LINE - len(name) - len(": "):
        return fold(name, value.split(" "))
    return fold(name, encoded_words(value, LINE - len(name) - len(": ")))


def _addresses(name: str, addresses: Iterable[Address]) -> str:
    mailboxes = [_mailbox(address, LINE - len(name) - len(": ")) for address in addresses]
    for mailbox in mailboxes[:-1]:
        mailbox[-1] += ","
    return fold(name, [word for mailbox in mailboxes for word in mailbox]) if mailboxes else ""


def _mailbox(address: Address, room: int) -> list[str]:
    return [*_phrase(address.name, room), f"<{address.email}>"]


def _phrase(name: str, room: int) -> list[str]:
    if not name:
        return []
    if not _plain(name) or len(name) > _LONGEST_PLAIN_NAME:
        return encoded_words(name, room)
    if _ATOMS.fullmatch(name):
        return name.split(" ")
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return [f'"{escaped}"']


def _plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and " ".join(text.split()) == text


def file_headers(filename: str, content_type: str, disposition: str) -> str:
    """
    Write Content-Type and Content-Disposition of a file.

    A name in ASCII stands in both as it is. Any other is written as RFC 2231 in
    Content-Disposition, which Gmail, Apple Mail and Yandex read, and as an encoded-word in the
    ``name`` of Content-Type for Outlook, which reads nothing else and would show ``ATT0001.dat``.
    """
    if _PLAIN_FILENAME.fullmatch(filename) and "=?" not in filename:
        name, disposed = [f'name="{filename}"'], [f'filename="{filename}"']
    else:
        name, disposed = _quoted_words("name", filename), _rfc2231("filename", filename)
    return fold("Content-Type", [f"{content_type};", *name]) + fold(
        "Content-Disposition", [f"{disposition};", *disposed]
    )


def _quoted_words(parameter: str, value: str) -> list[str]:
    words = encoded_words(value, LINE - len(f' {parameter}="";'))
    words[0] = f'{parameter}="{words[0]}'
    words[-1] += '"'
    return words


def _rfc2231(parameter: str, value: str) -> list[str]:
    room = LINE - len(f" {parameter}*00*=utf-8'';")
    pieces = [_percent(piece) for piece in cut(checked(value), _cost, first=room, then=room)]
    if len(pieces) == 1:
        return [f"{parameter}*=utf-8''{pieces[0]}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    words = [f"{parameter}*{number}*={piece};" for number, piece in enumerate(pieces)]
    return [*words[:-1], words[-1].rstrip(";")]


def _percent(text: str) -> str:
    return "".join([chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode()])


def _cost(character: str) -> int:
    return len(_percent(character))
