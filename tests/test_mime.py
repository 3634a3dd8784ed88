"""The bytes of an email: what the standard library reads in them is what the email says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifykit.errors import InvalidEmailError
from notifykit.message import Address, Attachment, Email, Envelope
from notifykit.mime import encode

HOSTILE_PIECES = [
    "\r\nBcc: evil@example.com\r\n",
    "\n\nsecond message",
    "\r\n.\r\nMAIL FROM:<evil@example.com>\r\n",
    "\x00",
    "\x85",
    "\u2028",
    "\ud800",
    "\udfff",
    "=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=",
    "=?utf-8?q?=0D=0ABcc:_evil=40example.com?=",
    "=?",
    "?=",
    '"',
    "\\",
    ",",
    ";",
    ":",
    "<evil@example.com>",
    "(comment",
    "\u202e",
    "\u200b",
    "👨‍👩‍👧",
    "Ж",
    "é",
    "W" * 100,
    "я" * 90,
    " ",
    "\t",
    "--",
    "%0d%0a",
    "'",
    "utf-8''",
    "From ",
    ".",
    "*0*=",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(HOSTILE_PIECES), st.text(max_size=5)), max_size=8).map(
    "".join
)
LINES = st.one_of(
    HOSTILE,
    st.text(st.sampled_from("aЖ =\n.\t-F"), max_size=400),
    st.lists(
        st.sampled_from(["From ", "x" * 70, "x", "\n", " ", ".", "=", "ж", "--=_", "\t"]),
        max_size=60,
    ).map("".join),
)


def make_email(**changes: Any) -> Email:
    values: dict[str, Any] = {
        "sender": Address("bot@example.com", "Бот"),
        "to": (Address("sales@example.com"),),
        "subject": "Заказ KMT-4827",
        "text": "Цемент М500, 10 меш.",
        "message_id": "<0198@example.com>",
        "date": datetime(2026, 11, 22, 9, 5, 7, tzinfo=UTC),
    }
    return Email(**(values | changes))


def short(text: str, limit: int) -> str:
    return text[:limit]


def read(email: Email) -> Message:
    return message_from_bytes(encode(email))


def last_part(email: Email) -> Message:
    return list(read(email).walk())[-1]


def text_of(value: str) -> str:
    return str(make_header(decode_header(value.replace("\r\n", "").lstrip(" "))))


def mailboxes(value: str) -> list[tuple[str, str]]:
    pairs = getaddresses([value.replace("\r\n", "")])
    return [(text_of(name), address) for name, address in pairs]


def lines_of(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def content_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def shape(part: Message) -> Any:
    if not part.is_multipart():
        return part.get_content_type()
    children = part.get_payload()
    return (part.get_content_subtype(), *(shape(child) for child in children))  # type: ignore[union-attr,arg-type]  # a multipart has parts


class TestHeaders:
    def test_they_stand_in_one_order_and_bcc_is_not_among_them(self) -> None:
        email = make_email(
            cc=(Address("c@example.com"),),
            bcc=(Address("hidden@example.com"),),
            reply_to=(Address("client@example.com"),),
            headers={"X-Priority": "1", "Auto-Submitted": "auto-generated"},
            metadata={"submission_id": "secret-id"},
        )

        names = read(email).keys()

        assert names == [
            "From",
            "Reply-To",
            "To",
            "Cc",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Priority",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ]
        assert b"hidden" not in encode(email)
        assert b"secret-id" not in encode(email)

    def test_addresses_always_have_angle_brackets(self) -> None:
        assert "<sales@example.com>" == read(make_email())["To"]

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("Ivan Petrov", "Ivan Petrov"),
            ("O'Hara", "O'Hara"),
            ("Petrov, Ivan", '"Petrov, Ivan"'),
            ("Dr. Who", '"Dr. Who"'),
            ('a "b" \\c', r'"a \"b\" \\c"'),
            ("Müller", "=?utf-8?Q?M=C3=BCller?="),
            ("Бот", "=?utf-8?B?0JHQvtGC?="),
            ("=?utf-8?q?a?=", "=?utf-8?B?PT91dGYtOD9xP2E/PQ==?="),
        ],
    )
    def test_a_name_is_written_in_the_plainest_way_it_can_be(self, name: str, written: str) -> None:
        sender = Address("bot@example.com", name)

        assert f"{written} <bot@example.com>" == read(make_email(sender=sender))["From"]

    def test_the_date_is_utc(self) -> None:
        moscow = datetime(2026, 11, 22, 12, 5, 7, tzinfo=timezone(timedelta(hours=3)))

        assert "Sun, 22 Nov 2026 09:05:07 +0000" == read(make_email(date=moscow))["Date"]

    @pytest.mark.parametrize(
        ("subject", "written"),
        [
            ("Order KMT-4827", "Order KMT-4827"),
            ("Caf\u00e9 order", "=?utf-8?Q?Caf=C3=A9_order?="),
            ("Order =?utf-8?q?x?=", "=?utf-8?B?T3JkZXIgPT91dGYtOD9xP3g/PQ==?="),
            ("word " * 20, ("word " * 13).strip() + "\r\n " + ("word " * 7).strip()),
        ],
    )
    def test_a_subject_is_readable_where_it_can_be(self, subject: str, written: str) -> None:
        assert written == read(make_email(subject=subject))["Subject"]

    def test_a_long_token_of_ascii_stays_whole_for_the_program_that_reads_it(self) -> None:
        link = f"<https://example.com/{'a' * 300}>"

        assert link == read(make_email(headers={"List-Unsubscribe": link}))["List-Unsubscribe"]

    def test_a_word_longer_than_a_line_may_be_is_encoded(self) -> None:
        email = make_email(headers={"X-Long": "a" * 2_000})

        assert "a" * 2_000 == text_of(read(email)["X-Long"])
        assert max(map(len, encode(email).split(b"\r\n"))) <= 76

    def test_fifty_recipients_are_folded(self) -> None:
        to = tuple(Address(f"a{number}@example.com", f"Имя {number}") for number in range(50))
        email = make_email(to=to)

        assert [(each.name, each.email) for each in to] == mailboxes(read(email)["To"])
        assert max(map(len, encode(email).split(b"\r\n"))) <= 76


class TestStructure:
    IMAGE = Attachment(filename="logo.png", content=b"\x89PNG", content_id="logo")
    FILE = Attachment(filename="счёт.pdf", content=b"%PDF")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "text/plain"),
            ({"html": "<p>"}, ("alternative", "text/plain", "text/html")),
            (
                {"html": "<p>", "attachments": (IMAGE,)},
                ("alternative", "text/plain", ("related", "text/html", "image/png")),
            ),
            ({"attachments": (FILE,)}, ("mixed", "text/plain", "application/pdf")),
            ({"attachments": (IMAGE,)}, ("mixed", "text/plain", "image/png")),
            (
                {"html": "<p>", "attachments": (FILE, IMAGE)},
                (
                    "mixed",
                    ("alternative", "text/plain", ("related", "text/html", "image/png")),
                    "application/pdf",
                ),
            ),
        ],
    )
    def test_the_tree_is_the_least_that_shows_everything(
        self, changes: dict[str, Any], expected: Any
    ) -> None:
        assert expected == shape(read(make_email(**changes)))

    @pytest.mark.parametrize("length", [62, 63, 64])
    def test_a_content_id_may_be_as_long_as_is_allowed(self, length: int) -> None:
        image = Attachment(filename="logo.png", content=b"\x89PNG", content_id="x" * length)
        *_, part = read(make_email(html="<p>", attachments=(image,))).walk()

        assert f"<{'x' * length}>" == part["Content-ID"].strip()

    def test_an_image_is_inline_and_a_file_is_attached(self) -> None:
        email = make_email(html='<img src="cid:logo">', attachments=(self.IMAGE, self.FILE))

        parts = [part for part in read(email).walk() if part.get_filename()]

        assert [("inline", "<logo>"), ("attachment", None)] == [
            (part.get_content_disposition(), part["Content-ID"]) for part in parts
        ]

    def test_a_cyrillic_file_name_is_there_for_outlook_too(self) -> None:
        part = last_part(make_email(attachments=(self.FILE,)))

        disposition = part["Content-Disposition"].replace("\r\n", "")
        assert "attachment; filename*=utf-8''%D1%81%D1%87%D1%91%D1%82.pdf" == disposition
        assert 'application/pdf; name="=?utf-8?B?0YHRh9GR0YIucGRm?="' == part["Content-Type"]

    def test_a_long_file_name_is_continued_between_characters(self) -> None:
        name = "я" * 124 + ".pdf"
        part = last_part(make_email(attachments=(Attachment(filename=name, content=b""),)))

        assert name == part.get_filename()
        for piece in re.findall(r"filename\*\d+\*=(?:utf-8'')?([^;\s]*)", str(part.as_string())):
            assert re.fullmatch(r"(?:%D1%8F|[a-z.])+", piece)

    def test_an_ascii_file_name_is_written_as_it_is(self) -> None:
        email = make_email(attachments=(Attachment(filename="a 1.pdf", content=b""),))

        assert b'name="a 1.pdf"' in encode(email)
        assert b'filename="a 1.pdf"' in encode(email)

    def test_an_empty_file_stays_one(self) -> None:
        email = make_email(attachments=(Attachment(filename="a.txt", content=b""),))

        assert b"" == content_of(last_part(email))

    def test_a_boundary_that_stands_in_the_text_is_not_used(self) -> None:
        plain = encode(make_email(text="a", html="b"))
        boundary = re.findall(rb'boundary="([^"]+)"', plain)[0].decode()

        email = make_email(text=f"--{boundary}\n\n--{boundary}--", html="b")

        assert ("alternative", "text/plain", "text/html") == shape(read(email))
        assert f'boundary="{boundary}"'.encode() not in encode(email)


class TestBodies:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("short lines\nof ASCII", "7bit"),
            ("a" * 76, "7bit"),
            ("a" * 77, "quoted-printable"),
            ("a\nFrom here", "quoted-printable"),
            ("a\n.\nb", "quoted-printable"),
            ("a \nb", "quoted-printable"),
            ("Two cafés and a bar", "quoted-printable"),
            ("Цемент", "base64"),
            ("Цемент " + "a" * 100, "quoted-printable"),
        ],
    )
    def test_the_encoding_is_the_plainest_that_survives(self, text: str, encoding: str) -> None:
        assert encoding == read(make_email(text=text))["Content-Transfer-Encoding"]

    def test_no_line_could_be_taken_for_the_next_message_of_an_mbox(self) -> None:
        text = "From a\n" + "x" * 74 + "From b" + "x" * 69 + "From c\nFrom " + "y" * 80

        body = encode(make_email(text=text)).partition(b"\r\n\r\n")[2]

        assert not re.search(rb"^From ", body, re.MULTILINE)
        assert text == lines_of(content_of(read(make_email(text=text))).decode())

    @given(text=LINES, html=LINES)
    def test_what_was_written_is_what_is_read(self, text: str, html: str) -> None:
        email = make_email(text=f"a{text}", html=f"b{html}")

        parts = [part for part in read(email).walk() if not part.is_multipart()]

        assert [lines_of(email.text), lines_of(email.html or "")] == [
            lines_of(content_of(part).decode()) for part in parts
        ]

    @given(content=st.binary(max_size=400))
    def test_a_file_arrives_byte_by_byte(self, content: bytes) -> None:
        email = make_email(attachments=(Attachment(filename="a.bin", content=content),))

        assert content == content_of(last_part(email))


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(HOSTILE, min_size=8, max_size=8),
    html=st.one_of(st.none(), LINES),
    inline=st.booleans(),
)
def test_hostile_text_changes_no_header_no_recipient_and_no_part(
    texts: list[str], html: str | None, *, inline: bool
) -> None:
    subject, sender, to, reply, value, body, filename, meta = texts
    email = make_email(
        sender=Address("bot@example.com", short(sender, 128)),
        to=(Address("sales@example.com", short(to, 128)), Address("b@example.com")),
        cc=(Address("c@example.com", short(to, 128)),),
        bcc=(Address("hidden@example.com", short(sender, 128)),),
        reply_to=(Address("client@example.com", short(reply, 128)),),
        subject=f"a{short(subject, 254)}",
        headers={"X-Value": f"a{value}", f"X-{'Long' * 15}": f"a{value}"},
        metadata={"meta": f"leaked{meta}"},
        text=f"a{body}",
        html=html,
        attachments=(
            Attachment(
                filename=f"a{short(filename.replace('/', '').replace(chr(92), ''), 120)}.txt",
                content=body.encode(errors="replace"),
                content_id="logo" if inline else None,
            ),
        ),
    )

    wire = encode(email)
    message = message_from_bytes(wire)

    assert wire.isascii()
    assert wire.endswith(b"\r\n")
    assert wire.count(b"\r\n") == wire.count(b"\r") == wire.count(b"\n")
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", wire)
    assert message.keys() == [
        "From",
        "Reply-To",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        f"X-{'Long' * 15}",
        "X-Value",
        "MIME-Version",
        "Content-Type",
    ]
    for name, expected in (
        ("From", (email.sender,)),
        ("To", email.to),
        ("Cc", email.cc),
        ("Reply-To", email.reply_to),
    ):
        assert [(each.name, each.email) for each in expected] == mailboxes(message[name])
    assert email.subject == text_of(message["Subject"])
    assert email.headers == {name: text_of(message[name]) for name in email.headers}
    assert email.date == parsedate_to_datetime(message["Date"])
    assert b"hidden@example.com" not in wire
    assert b"leaked" not in wire
    leaves = [part for part in message.walk() if not part.is_multipart()]
    assert [part.get_filename() for part in leaves if part.get_filename()] == [
        email.attachments[0].filename
    ]
    assert len(leaves) == (2 if email.html is None else 3)
    assert [[]] * len(list(message.walk())) == [part.defects for part in message.walk()]


@settings(max_examples=150, deadline=None)
@given(subject=HOSTILE, name=HOSTILE)
def test_the_modern_parser_sees_the_same_recipients_and_headers(subject: str, name: str) -> None:
    email = make_email(
        subject=f"a{short(subject, 254)}",
        to=(Address("sales@example.com", short(name, 128)), Address("b@example.com", "b")),
    )

    message = message_from_bytes(encode(email), policy=policy.SMTP)

    assert ["sales@example.com", "b@example.com"] == [
        address.addr_spec for address in message["To"].addresses
    ]
    assert email.subject == message["Subject"]
    assert "Bcc" not in message


@settings(max_examples=100, deadline=None)
@given(text=HOSTILE, name=HOSTILE)
def test_an_equal_email_is_equal_bytes(text: str, name: str) -> None:
    first, second = (
        make_email(
            subject=f"a{short(text, 254)}",
            html=text,
            reply_to=(Address("a@example.com", short(name, 128)),),
            headers=headers,
            attachments=(Attachment(filename="ж.txt", content=b"a"),),
        )
        for headers in ({"X-A": "a", "X-B": "b"}, {"X-B": "b", "X-A": "a"})
    )

    assert first == second
    assert encode(first) == encode(second)


@pytest.mark.parametrize("size", range(1, 256, 7))
@pytest.mark.parametrize("character", ["я", "é", "👍", "a", "a é"])
def test_encoded_words_are_short_and_split_no_character(character: str, size: int) -> None:
    email = make_email(subject=(character * size)[:255])

    value = read(email)["Subject"]

    for word in re.findall(r"=\?utf-8\?[BQ]\?[^?]*\?=", value):
        assert len(word) <= 75
        assert str(make_header(decode_header(word)))
    assert max(map(len, f"Subject: {value}".split("\r\n"))) <= 76 or value.isalnum()
    assert email.subject == text_of(value)


def overruled(email: Email, field: str, value: Any) -> Email:
    object.__setattr__(email, field, value)
    return email


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x00", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("letter", ["a", "я"])
def test_the_writer_refuses_what_went_around_the_checks(end: str, letter: str) -> None:
    text = f"{letter}{end}Bcc: evil@example.com"
    address, file = Address("a@example.com"), Attachment(filename="a", content=b"a")
    object.__setattr__(address, "name", text)
    object.__setattr__(file, "filename", text)

    for field, value in (
        ("subject", text),
        ("headers", {"X-A": text}),
        ("headers", {f"X-A{end}B": "a"}),
        ("sender", address),
        ("to", (address,)),
        ("attachments", (file,)),
        ("message_id", f"<{text}@example.com>"),
    ):
        with pytest.raises(InvalidEmailError):
            encode(overruled(make_email(), field, value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "two  spaces\t"),
        ("message_id", "<a b@example.com> <c@example.com>\r\n"),
        ("headers", {"Bcc:": "evil@example.com"}),
        ("headers", {"X A": "a"}),
        ("headers", {"To": "evil@example.com"}),
    ],
)
def test_a_message_that_reads_otherwise_is_not_given_out(field: str, value: Any) -> None:
    with pytest.raises(InvalidEmailError):
        encode(overruled(make_email(), field, value))


def test_an_address_that_is_two_is_not_given_out() -> None:
    address = Address("a@example.com")
    object.__setattr__(address, "email", "a@example.com>, <evil@example.com")

    with pytest.raises(InvalidEmailError):
        encode(overruled(make_email(), "to", (address,)))


def test_the_envelope_does_not_change_the_bytes() -> None:
    email = make_email(to=(Address("a@example.com"), Address("b@example.com")))

    assert encode(email) == encode(email.via(rcpt_to=["b@example.com"]))


def test_only_the_sender_differs_through_another_provider() -> None:
    email = make_email(html="<p>", attachments=(Attachment(filename="a.txt", content=b"a"),))

    here, there = (encode(each).split(b"\r\n") for each in (email, email.via(Address("o@x.org"))))

    assert [b"From: <o@x.org>"] == [line for line in there if line not in here]


def test_twenty_megabytes_go_through_whole() -> None:
    content = bytes(range(256)) * (20 * 4096)
    email = make_email(html="<p>", attachments=(Attachment(filename="a.bin", content=content),))

    assert content == content_of(last_part(email))


def test_every_part_ends_before_the_next_begins() -> None:
    wire = encode(make_email(html="<p>", attachments=(Attachment(filename="a", content=b"a"),)))
    boundaries = re.findall(rb"^--(=_[0-9a-f]{32})(?:--)?\r$", wire, re.MULTILINE)

    assert 6 == len(boundaries)
    assert all(first != second for first, second in pairwise(sorted(set(boundaries))))


def test_an_envelope_of_its_own_is_not_in_the_headers() -> None:
    email = make_email(envelope=Envelope("bounce@example.com", ("hidden@example.com",)))

    assert b"hidden" not in encode(email)
    assert b"bounce" not in encode(email)
