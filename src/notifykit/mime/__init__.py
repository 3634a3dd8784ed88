"""
An email as the bytes that SMTP and ``messages.mime`` take.

Written here and not with ``email.message``: its folding lets crafted text become header lines on
CPython 3.11.7 and 3.12.1, and its bytes are not the same in every release.
"""

from __future__ import annotations

from hashlib import sha256

from notifykit.message import Email
from notifykit.mime.headers import message_headers
from notifykit.mime.parts import tree, write
from notifykit.mime.proof import prove

__all__ = ["digest", "encode"]


def encode(email: Email) -> bytes:
    """
    Write an email as RFC 5322 and MIME want it.

    Equal emails become the same bytes, on every version of Python and however often. The bytes are
    ASCII; lines end with CRLF, have no more than 76 characters where they can be folded and never
    more than 998. There is no Bcc: the envelope knows who else receives it.

    Raises:
        InvalidEmailError: A value would change the structure of the message, or the finished
            bytes, read again, say something else than the email does.
    """
    pieces = [message_headers(email).encode("ascii"), *write(tree(email), email.message_id)]
    prove(email, pieces)
    return b"".join([piece if isinstance(piece, bytes) else piece.lines for piece in pieces])


def digest(email: Email) -> str:
    """
    Give the SHA-256 of the bytes that `encode` makes, in hexadecimal.

    Raises:
        InvalidEmailError: As `encode` does.
    """
    return sha256(encode(email)).hexdigest()
