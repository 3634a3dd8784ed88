"""Content as lines of ASCII: 7bit, quoted-printable and base64 of RFC 2045, 6."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from typing import NamedTuple

_LINE = 76  # RFC 2045, 6.7 (5) and 6.8
# "From " at the start of a line becomes ">From " in mbox files, and breaks DKIM signatures with it.
_NOT_7BIT = re.compile(r"[^\t\n\x20-\x7e]|^From |[ \t]$|^\.$", re.MULTILINE)
_LITERAL = bytes({*range(0x20, 0x7F), 0x09, 0x0A} - {ord("=")})
_AT_LINE_START = re.compile(r"^(?:F(?=rom )|\.$)", re.MULTILINE)


class Body(NamedTuple):
    """Content that can be sent: lines with CRLF, and the name of how they are encoded."""

    encoding: str
    lines: bytes


def encode_text(text: str) -> Body:
    """
    Encode text: as it is where every server leaves it alone, else in the shorter way.

    Line breaks at the end become one: a part has no other way to end.
    """
    text = text.rstrip("\n") + "\n"
    short = max(map(len, text.split("\n"))) <= _LINE
    if short and not _NOT_7BIT.search(text):
        return Body("7bit", _crlf(text))
    data = text.encode()
    escapes = len(data.translate(None, _LITERAL))
    if 3 * (len(data) + 2 * escapes) <= 4 * len(data):
        return Body("quoted-printable", _quoted_printable(data))
    return encode_bytes(data.replace(b"\n", b"\r\n"))


def encode_bytes(data: bytes) -> Body:
    """Encode a file."""
    line = b64encode(data)
    rows = [line[start : start + _LINE] for start in range(0, len(line), _LINE)]
    return Body("base64", b"\r\n".join(rows) + b"\r\n")


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def _quoted_printable(data: bytes) -> bytes:
    # Its line breaks are not ours, and it escapes a dot wherever it has broken a line before one.
    text = b2a_qp(data).replace(b"=\n", b"").replace(b"=2E", b".").decode("ascii")
    text = _AT_LINE_START.sub(_escape, text)
    lines = text.split("\n")
    return _crlf("\n".join([line if len(line) <= _LINE else _wrap(line) for line in lines]))


def _escape(found: re.Match[str]) -> str:
    return f"={ord(found[0]):02X}"


def _wrap(line: str) -> str:
    rows, start = [], 0
    while len(line) - start > _LINE:
        end = start + _LINE - 2
        escape = line.rfind("=", end - 2, end)
        end = end if escape < 0 else escape
        end += line.startswith("From ", end)
        rows.append(f"{line[start:end]}=")
        start = end
    return "\n".join([*rows, line[start:]])
