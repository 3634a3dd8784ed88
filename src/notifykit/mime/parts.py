"""The tree of parts that an email becomes, RFC 2046, 5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from notifykit.errors import InvalidEmailError
from notifykit.message import Attachment, Email
from notifykit.mime.bodies import Body, encode_bytes, encode_text
from notifykit.mime.headers import file_headers
from notifykit.mime.words import fold

_BOUNDARY_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Leaf:
    """One content with the fields that describe it."""

    headers: str
    body: Body

    def leaves(self) -> Iterator[Leaf]:
        """Every content in it: itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Branch:
    """Several parts in one: ``multipart/<subtype>``."""

    subtype: str
    children: tuple[Part, ...]

    def leaves(self) -> Iterator[Leaf]:
        """Every content in it, in order."""
        for child in self.children:
            yield from child.leaves()


Part = Leaf | Branch


def tree(email: Email) -> Part:
    """
    Arrange the contents.

    ``mixed`` [ ``alternative`` [ text, ``related`` [ HTML, images … ] ], files … ], and each of the
    three only where there is something for it. Images stand beside the HTML that shows them; where
    there is no HTML they are files like others.
    """
    root: Part = _text("plain", email.text)
    shown = [file for file in email.attachments if _is_shown(file, email)]
    if email.html is not None:
        images = [_file(image, "inline") for image in shown]
        root = _joined("alternative", root, _joined("related", _text("html", email.html), *images))
    files = [file for file in email.attachments if not _is_shown(file, email)]
    return _joined("mixed", root, *[_file(file, "attachment") for file in files])


def write(part: Part, seed: str) -> Iterator[bytes | Body]:
    """
    Write a part and everything in it; its fields come first, contents stay apart.

    Args:
        part: What to write.
        seed: The boundaries are made of it and of nothing else that could change.

    Raises:
        InvalidEmailError: No boundary was found that the contents do not have.
    """
    if isinstance(part, Leaf):
        yield part.headers.encode("ascii") + b"\r\n"
        yield part.body
        return
    boundary = _boundary(part, seed)
    related = ['type="text/html";'] if part.subtype == "related" else []
    words = [f"multipart/{part.subtype};", *related, f'boundary="{boundary}"']
    yield fold("Content-Type", words).encode("ascii") + b"\r\n"
    for number, child in enumerate(part.children):
        yield f"--{boundary}\r\n".encode("ascii")
        yield from write(child, f"{seed} {number}")
    yield f"--{boundary}--\r\n".encode("ascii")


def _text(subtype: str, text: str) -> Leaf:
    body = encode_text(text)
    kind = fold("Content-Type", [f"text/{subtype};", "charset=utf-8"])
    return Leaf(kind + _encoding(body), body)


def _file(file: Attachment, disposition: str) -> Leaf:
    body = encode_bytes(file.content)
    headers = file_headers(file.filename, file.content_type, disposition) + _encoding(body)
    if file.content_id:
        headers += fold("Content-ID", [f"<{file.content_id}>"])
    return Leaf(headers, body)


def _encoding(body: Body) -> str:
    return fold("Content-Transfer-Encoding", [body.encoding])


def _is_shown(file: Attachment, email: Email) -> bool:
    return file.content_id is not None and email.html is not None


def _joined(subtype: str, first: Part, *others: Part) -> Part:
    return Branch(subtype, (first, *others)) if others else first


def _boundary(branch: Branch, seed: str) -> str:
    """Find a boundary; ``=_`` cannot come from base64 or quoted-printable, RFC 2045, 6.7."""
    bodies = [leaf.body.lines for leaf in branch.leaves()]
    for attempt in range(_BOUNDARY_ATTEMPTS):
        found = f"=_{sha256(f'{seed} {attempt}'.encode()).hexdigest()[:32]}"
        if not any(found.encode("ascii") in lines for lines in bodies):
            return found
    raise InvalidEmailError("every boundary occurs in the content")
