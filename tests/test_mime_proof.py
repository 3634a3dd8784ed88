"""The comparison before a message counts: whatever is planted, lost or changed is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifykit.errors import InvalidEmailError
from notifykit.message import Address, Attachment, Email
from notifykit.mime.bodies import Body
from notifykit.mime.headers import message_headers
from notifykit.mime.parts import tree, write
from notifykit.mime.proof import prove

EMAIL = Email(
    sender=Address("bot@example.com", "Бот"),
    to=(Address("sales@example.com", "Petrov, Ivan"),),
    subject="Order 17",
    text="plain text\n--not a boundary\n",
    html="<p>caf\u00e9 and a long enough line of plain letters</p>",
    attachments=(
        Attachment(filename="a.csv", content=b"00-0123;512.50\r\n"),
        Attachment(filename="logo.png", content=b"\x89PNG", content_id="logo"),
    ),
    headers={"X-Priority": "1"},
    message_id="<0198@example.com>",
    date=datetime(2026, 11, 22, tzinfo=UTC),
)


def pieces_of(email: Email) -> list[bytes | Body]:
    return [message_headers(email).encode(), *write(tree(email), email.message_id)]


PIECES = pieces_of(EMAIL)
HEAD = PIECES[0]
TEXTS = [position for position, piece in enumerate(PIECES) if isinstance(piece, Body)]


def test_an_honest_message_passes() -> None:
    prove(EMAIL, PIECES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"To: ", b"Bcc: <evil@example.com>\r\nTo: "),
        (b"X-Priority: 1\r\n", b""),
        (b"X-Priority: 1\r\n", b"X-Priority: 1\r\nX-Priority: 1\r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: 2\r\n"),
        (b"Subject: Order 17", b"Subject: Order 18"),
        (b"<sales@example.com>", b"<sales@example.com>, <evil@example.com>"),
        (b"<sales@example.com>", b"<evil@example.com>"),
        (b'"Petrov, Ivan" ', b""),
        (b"22 Nov 2026", b"23 Nov 2026"),
        (b"X-Priority: 1\r\n", b"X-Priority: 1\r\n\r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: 1\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: 1\r\nno field\r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: 1\r\n \r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: 1 \x00\r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: " + b"1" * 1_000 + b"\r\n"),
        (b"X-Priority: 1\r\n", b"X-Priority: \xd0\xb6\r\n"),
        (b"Subject: Order 17", b"Subject: =?utf-8?B?////?="),
        (b"Subject: Order 17", b"Subject: =?no-such-charset?Q?a?="),
        (b"MIME-Version: 1.0\r\n", b""),
    ],
)
def test_a_changed_header_is_found(old: bytes, new: bytes) -> None:
    assert isinstance(HEAD, bytes)
    assert old in HEAD

    with pytest.raises(InvalidEmailError):
        prove(EMAIL, [HEAD.replace(old, new), *PIECES[1:]])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"multipart/mixed", b"multipart/alternative"),
        (b"Content-ID: <logo>", b"Content-ID: <other>"),
        (b"inline;", b"attachment;"),
        (b'filename="a.csv"', b'filename="a.exe"'),
        (b'name="a.csv"', b'name="a.exe"'),
        (b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: base64"),
        (b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 7bit"),
        (b"text/html;", b"text/plain;"),
        (b"--=_", b"before\r\n--=_"),
    ],
)
def test_a_changed_part_is_found(old: bytes, new: bytes) -> None:
    changed = [piece.replace(old, new) if isinstance(piece, bytes) else piece for piece in PIECES]
    assert changed != PIECES

    with pytest.raises(InvalidEmailError):
        prove(EMAIL, changed)


@pytest.mark.parametrize("position", TEXTS)
@pytest.mark.parametrize("planted", [b"AAAA\r\n", b"\x00\r\n", b"A" * 80 + b"\r\n", b"--\r\n"])
def test_a_changed_body_is_found(position: int, planted: bytes) -> None:
    body = PIECES[position]
    assert isinstance(body, Body)
    changed = [*PIECES]
    changed[position] = body._replace(lines=planted + body.lines)

    with pytest.raises(InvalidEmailError):
        prove(EMAIL, changed)


def test_two_bodies_in_each_others_place_are_found() -> None:
    changed = [*PIECES]
    changed[TEXTS[-1]], changed[TEXTS[-2]] = PIECES[TEXTS[-2]], PIECES[TEXTS[-1]]

    with pytest.raises(InvalidEmailError):
        prove(EMAIL, changed)


@settings(deadline=None)
@given(st.integers(0, len(PIECES) - 1))
def test_a_lost_piece_is_found(position: int) -> None:
    with pytest.raises(InvalidEmailError):
        prove(EMAIL, PIECES[:position] + PIECES[position + 1 :])


def test_what_follows_the_end_is_found() -> None:
    with pytest.raises(InvalidEmailError):
        prove(EMAIL, [*PIECES, b"From: <evil@example.com>\r\n\r\nsecond message\r\n"])
