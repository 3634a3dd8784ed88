"""
Takes a received mail apart, within limits: whoever wrote it may mean harm.

Python's own parser goes as deep as a mail is nested and takes every character set by its word. What
is needed here is little: the fields of the header, the parts, and their text.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

# No report has to be longer: the original, which may be, stands at its end.
LONGEST_MAIL = 512 * 1024
_LONGEST_HEADER = 64 * 1024
_LONGEST_FIELD = 4_000
_LONGEST_TEXT = 32_000
_MOST_FIELDS = 500
_MOST_PARTS = 40
_DEEPEST = 6

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)")  # RFC 5322, 2.2
_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)", re.IGNORECASE)
_PARAMETER = r"""(?:^|[;\s])%s\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))"""
_BOUNDARY = re.compile(_PARAMETER % "boundary", re.IGNORECASE)
_CHARSET = re.compile(_PARAMETER % "charset", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_TAG = re.compile(r"<[^<>]*>")
_LINE_TAG = re.compile(r"<(?:/?(?:p|div|tr|li|pre|h[1-6])|br)\b[^<>]*>", re.IGNORECASE)
# Others have decoders that are slow for long input (punycode), or do not make text (zip).
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|cp125\d|cp866|koi8-[ru]|utf-16(?:le|be)?"
)
_HEADERS_ONLY = ("text/rfc822-headers", "message/global-headers")
_MESSAGES = ("message/rfc822", "message/global")

Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """
    A mail, or a part of one.

    Attributes:
        fields: Of the header, by name in lower case, each with its values from the top.
        content_type: In lower case, without parameters.
        content: Decoded bytes; of a part that has children, nothing.
        children: Of a ``multipart/…``. What is inside another mail is not looked at.
    """

    fields: Fields
    content_type: str
    content: bytes
    children: tuple[Part, ...] = ()

    def field(self, name: str) -> str:
        """Give the first value of a field, an empty text where there is none."""
        return first(self.fields, name)

    def walk(self) -> Iterator[Part]:
        """Give this part and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def text(self) -> str:
        """Give the content as text, without the tags where it is HTML."""
        charset = _parameter(_CHARSET, self.field("content-type")).lower()
        known = charset if _CHARSETS.fullmatch(charset) else "utf-8"
        text = self.content[: 4 * _LONGEST_TEXT].decode(known, "replace")[:_LONGEST_TEXT]
        return _without_tags(text) if self.content_type == "text/html" else text

    def original(self) -> Fields | None:
        """Give the header of the mail that this part holds; ``None``: it holds none."""
        if self.content_type in (*_HEADERS_ONLY, *_MESSAGES):
            return _split_header(self.content)[0]
        return None


def take_apart(content: bytes) -> Part:
    """
    Take a mail apart.

    Whatever it is, this raises nothing and takes no longer than the first 512 KB do: what is
    beyond them, beyond 40 parts or 6 floors of them is left out. Nothing is unpacked, so nothing
    can become larger than it came.
    """
    whole = content[:LONGEST_MAIL].replace(b"\r\n", b"\n")
    return _part(whole, _DEEPEST, [_MOST_PARTS], default="text/plain")


def first(fields: Fields, name: str) -> str:
    """Give the first value of a field, an empty text where there is none."""
    return fields.get(name, ("",))[0]


def read_fields(text: str) -> Fields:
    """Read the fields of a header, or of a report; what is folded becomes one line."""
    read: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.split("\n", 4 * _MOST_FIELDS)[: 4 * _MOST_FIELDS]:
        if line[:1] in (" ", "\t") and name:
            *before, last = read[name]
            read[name] = (*before, f"{last} {line.strip()}"[:_LONGEST_FIELD])
        elif found := _FIELD.match(line[:_LONGEST_FIELD]):
            name = found[1].lower()
            read[name] = (*read.get(name, ()), found[2].strip())[:_MOST_FIELDS]
        else:
            name = ""
    return read


def _part(content: bytes, floors: int, left: list[int], *, default: str) -> Part:
    fields, body = _split_header(content)
    declared = first(fields, "content-type")
    known = _TYPE.match(declared)
    content_type = known[1].lower() if known else default
    boundary = _parameter(_BOUNDARY, declared)
    if not content_type.startswith("multipart/") or not boundary or not floors:
        return Part(fields, content_type, _decoded(fields, body))
    # RFC 2046, 5.1.5
    inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    children = []
    for piece in _pieces(body, boundary):
        if not left[0]:
            break
        left[0] -= 1
        children.append(_part(piece, floors - 1, left, default=inner))
    return Part(fields, content_type, b"", tuple(children))


def _split_header(content: bytes) -> tuple[Fields, bytes]:
    if content.startswith(b"\n"):
        return {}, content[1:]
    header, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    return read_fields(header[:_LONGEST_HEADER].decode("utf-8", "replace")), body


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    line = rb"(?:\A|\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\n|\Z)"
    _, *found = re.split(line, body, maxsplit=_MOST_PARTS)
    # Behind each piece of the body stands whether the line before it was the last one.
    for end, piece in zip(found[::2], found[1::2], strict=True):
        if end:
            return
        yield piece.removeprefix(b"\n")


def _decoded(fields: Fields, body: bytes) -> bytes:
    encoding = first(fields, "content-transfer-encoding").lower()
    if encoding == "base64":
        letters = _NOT_BASE64.sub(b"", body)
        # What was cut off in the middle is read as far as it goes; one letter alone is no byte.
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def _parameter(pattern: re.Pattern[str], field: str) -> str:
    found = pattern.search(field)
    return (found[1] or found[2] or "") if found else ""


def _without_tags(html: str) -> str:
    body = html.lower().find("<body")
    html = " ".join(html[max(body, 0) :].split())
    return unescape(_TAG.sub("", _LINE_TAG.sub("\n", html)))
