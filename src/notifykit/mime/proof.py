"""Reads a finished message with the standard library's parser and compares it with the email."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime
from typing import cast

from notifykit.errors import InvalidEmailError
from notifykit.message import Email
from notifykit.mime.bodies import Body
from notifykit.mime.reader import Part, Seen, meant, plain_lines
from notifykit.mime.words import LONGEST_LINE

_LINE = re.compile(rb"[\t -~]*")
_FIELD = re.compile(rb"([A-Za-z0-9-]+):(?: [!-~][ -~]*)?| [ -~]*[!-~][ -~]*")
_NUMBER = re.compile(r"[0-9]{12}(?:\r\n)?")
_DECODERS: dict[str, tuple[Callable[[bytes], bytes], re.Pattern[bytes]]] = {
    "7bit": (bytes, re.compile(rb"(?:[\t -~]{0,76}\r\n)+")),
    "quoted-printable": (a2b_qp, re.compile(rb"(?:[\t -~]{0,76}\r\n)+")),
    "base64": (a2b_base64, re.compile(rb"(?:[A-Za-z0-9+/=]{0,76}\r\n)+")),
}
_ADDRESSES = ("From", "Reply-To", "To", "Cc")
_NO_TEXT = (*_ADDRESSES, "Date", "Content-Type", "Content-Transfer-Encoding")


def prove(email: Email, pieces: Sequence[bytes | Body]) -> None:
    """
    Read a message as a receiver would; do nothing where it says exactly what the email says.

    A body without a line that begins with ``--`` cannot end before its end, RFC 2046, 5.1.1: it is
    checked and decoded apart, and the parser gets its number in its place. So 20 MB of files cost a
    tenth of a second and not a whole one.

    Args:
        email: What was to be written.
        pieces: What was written; joined, they are the message.

    Raises:
        InvalidEmailError: Something was added, lost or changed. Nothing of it may be sent.
    """
    bodies: list[Body] = []
    outline = b"".join([_outlined(piece, bodies) for piece in pieces])
    try:
        seen = _read(outline, bodies)
    except (ValueError, LookupError, TypeError) as error:
        raise InvalidEmailError("the finished message cannot be read again") from error
    if seen != meant(email):
        raise InvalidEmailError("the finished message says something else than the email")


def _outlined(piece: bytes | Body, bodies: list[Body]) -> bytes:
    if isinstance(piece, bytes):
        return piece
    decode, rows = _DECODERS[piece.encoding]
    if not rows.fullmatch(piece.lines):
        raise InvalidEmailError("a body of the finished message is not in its encoding")
    if piece.lines.startswith(b"--") or b"\n--" in piece.lines:
        return piece.lines
    bodies.append(Body(piece.encoding, decode(piece.lines)))
    return b"%012d\r\n" % (len(bodies) - 1)


def _read(outline: bytes, bodies: list[Body]) -> Seen:
    names = _strict_names(outline)
    message = message_from_bytes(outline)
    if names != message.keys():
        raise ValueError("the parser sees other fields than there are")
    values = {name: _unfolded(value) for name, value in message.items()}
    return Seen(
        {name: _mailboxes(values[name]) for name in _ADDRESSES if name in values},
        {name: _decoded(values[name]) for name in names if name not in _NO_TEXT},
        parsedate_to_datetime(values["Date"]),
        [_part(part, bodies) for part in message.walk()],
    )


def _strict_names(outline: bytes) -> list[str]:
    """Read the fields by rules of our own, which forgive nothing."""
    lines = outline.split(b"\r\n")
    if not all(len(line) <= LONGEST_LINE and _LINE.fullmatch(line) for line in lines):
        raise ValueError("a line is too long or has a control character")
    fields = [_FIELD.fullmatch(line) for line in lines[: lines.index(b"")]]
    if None in fields:
        raise ValueError("a line of the header is none")
    return [field[1].decode("ascii") for field in fields if field and field[1]]


def _unfolded(value: str) -> str:
    return value.replace("\r\n", "").lstrip(" ")


def _decoded(value: str) -> str:
    chunks = decode_header(value)
    return "".join(
        [
            chunk if isinstance(chunk, str) else chunk.decode(name or "ascii")
            for chunk, name in chunks
        ]
    )


def _mailboxes(value: str) -> list[tuple[str, str]]:
    return [(_decoded(name), address) for name, address in getaddresses([value])]


def _part(part: Message, bodies: list[Body]) -> Part:
    if part.defects or part.preamble or part.epilogue:
        raise ValueError("the parser finds fault with a part")
    seen = Part(tuple(part.keys()), part.get_content_type())
    if part.is_multipart():
        return seen._replace(children=len(part.get_payload()))
    content_id = part["Content-ID"]
    return seen._replace(
        name=_parameter(part, "name", "Content-Type"),
        filename=_parameter(part, "filename", "Content-Disposition"),
        disposition=part.get_content_disposition(),
        content_id=content_id and _unfolded(content_id)[1:-1],
        content=_content(part, bodies),
    )


def _parameter(part: Message, name: str, header: str) -> str | None:
    value = part.get_param(name, header=header)
    if isinstance(value, tuple):
        return collapse_rfc2231_value(value)
    return None if value is None else _decoded(_unfolded(value))


def _content(part: Message, bodies: list[Body]) -> bytes:
    payload, encoding = str(part.get_payload()), part["Content-Transfer-Encoding"]
    if _NUMBER.fullmatch(payload):
        body = bodies[int(payload)]
        if body.encoding != encoding:
            raise ValueError("a body has another encoding than its part says")
        content = body.lines
    else:
        content = cast("bytes", part.get_payload(decode=True))
    return content if part.get_content_disposition() else plain_lines(content)
