"""An email as a value: what it takes, what it refuses, and that storage gives it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from notifykit.errors import InvalidEmailError
from notifykit.message import Address, Attachment, Email, Envelope

EMAILS = TypeAdapter(Email)
SALES = Address("sales@example.com")
MB = 1024 * 1024


def make_email(**changes: Any) -> Email:
    values: dict[str, Any] = {
        "sender": Address("bot@example.com", "Бот"),
        "to": (SALES,),
        "subject": "Заказ KMT-4827",
        "text": "Цемент М500, 10 меш.",
    }
    return Email(**(values | changes))


def people(count: int, name: str = "a") -> tuple[Address, ...]:
    return tuple(Address(f"{name}{number}@example.com") for number in range(count))


def files(count: int, size: int = 1) -> tuple[Attachment, ...]:
    return tuple(Attachment(filename=f"{n}.txt", content=b"x" * size) for n in range(count))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "а" * 255},
        {"to": people(48), "cc": people(1, "c"), "bcc": people(1, "b")},
        {"attachments": files(20, MB)},
        {"text": "а" * (5 * MB)},
        {"headers": {f"X-{number}": "a" for number in range(50)}},
        {"headers": {"X-Long": "a " * 5_000}},
    ],
)
def test_what_is_just_within_a_limit_is_taken(changes: dict[str, Any]) -> None:
    assert make_email(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "а" * 256}, "256 characters in the subject: the limit is 255"),
        ({"to": people(49), "cc": people(1), "bcc": people(1)}, "51 recipients in one email"),
        ({"to": (SALES,) * 51}, "51 recipients in one email: the limit is 50"),
        ({"reply_to": people(51)}, "51 addresses in Reply-To: the limit is 50"),
        ({"attachments": files(21)}, "21 attachments in one email: the limit is 20"),
        ({"attachments": files(2, 10 * MB + 1)}, "20,971,522 bytes in all attachments together"),
        ({"text": "а" * (5 * MB + 1)}, "5,242,881 characters in the body"),
        ({"html": "а" * (5 * MB + 1)}, "5,242,881 characters in the body"),
        ({"headers": {f"X-{n}": "a" for n in range(51)}}, "51 headers in one email"),
        ({"headers": {"X-A": "а" * 10_001}}, "10,001 characters in a value of headers"),
        ({"metadata": {f"{n}": "a" for n in range(51)}}, "51 metadata in one email"),
        ({"metadata": {"a": "а" * 10_001}}, "10,001 characters in a value of metadata"),
        ({"metadata": {"a" * 129: "a"}}, "129 characters in a name of metadata"),
        ({"to": ()}, "at least one recipient in To"),
        ({"to": (), "bcc": (SALES,)}, "at least one recipient in To"),
        ({"subject": " \r\n\x00"}, "needs a subject"),
        ({"text": " \n"}, "needs a plain text"),
        ({"message_id": "a@example.com"}, "is not a Message-ID"),
        ({"message_id": "<a@example.com>\r\nBcc: b@example.com"}, "is not a Message-ID"),
        ({"message_id": "<=?utf-8?q?a?=@example.com>"}, "is not a Message-ID"),
        ({"message_id": f"<{'a' * 320}@example.com>"}, "characters in the Message-ID"),
        ({"date": datetime(2026, 1, 1)}, "needs a time zone"),  # noqa: DTZ001 - it is the point
        ({"date": datetime(1969, 12, 31, tzinfo=UTC)}, "before 1970"),
        ({"date": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))}, "calendar"),
        ({"headers": {"X-A": "a", "x-a": "b"}}, "set twice"),
        ({"headers": {"X-A": " \n"}}, "the header X-A is empty"),
    ],
)
def test_what_can_never_be_sent_is_refused_with_the_reason(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidEmailError, match=said.replace("(", r"\(")):
        make_email(**changes)


@pytest.mark.parametrize(
    "name",
    [
        "From",
        "bcc",
        "SUBJECT",
        "Sender",
        "Content-Type",
        "Content-Description",
        "Resent-To",
        "X-SMTPAPI",
        "Return-Path",
        "DKIM-Signature",
        "",
        "X A",
        "X-A:",
        "X-A\r\nBcc",
        "X-А",
        "X" * 65,
    ],
)
def test_a_header_that_is_ours_or_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidEmailError, match="cannot be set as a header"):
        make_email(headers={name: "a"})


MILLION = "Ж \r" * 333_334


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_email(subject=MILLION),
        lambda: make_email(headers={"X-A": MILLION}),
        lambda: make_email(headers={MILLION: "a"}),
        lambda: make_email(metadata={"a": MILLION}),
        lambda: make_email(message_id=f"<{'a' * 1_000_000}@example.com"),
        lambda: Attachment(filename=MILLION, content=b""),
        lambda: Attachment(filename="a", content=b"", content_id=MILLION),
        lambda: Attachment(filename="a", content=b"", content_type="a/" * 500_000),
    ],
)
def test_a_million_characters_are_refused_at_once(make: Callable[[], object]) -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidEmailError):
        make()

    assert 0.1 > time.perf_counter() - start


def test_text_is_cleaned_and_keeps_its_lines() -> None:
    email = make_email(
        subject=" Заказ\r\nBcc: b@example.com\x00\u202e ",
        text="one\r\ntwo\x85three\x00\ud800\n",
        html="<p>\u202eone\r</p>",
        headers={"X-Note": "a\r\nb"},
        metadata={"note\n": "a\r\nb"},
    )

    assert "Заказ Bcc: b@example.com" == email.subject
    assert "one\ntwo\nthree\ufffd\n" == email.text
    assert "<p>one\n</p>" == email.html
    assert {"X-Note": "a b"} == email.headers
    assert {"note": "a b"} == email.metadata


def test_an_empty_html_is_none() -> None:
    assert make_email(html="").html is None


def test_the_envelope_has_everybody_once_in_the_order_of_the_headers() -> None:
    email = make_email(
        to=(Address("A@example.com"), Address("b@example.com")),
        cc=(Address("a@example.com"), Address("c@example.com")),
        bcc=(Address("d@example.com"), Address("C@example.com")),
    )

    assert Envelope(
        "bot@example.com", ("A@example.com", "b@example.com", "c@example.com", "d@example.com")
    ) == (email.envelope)


def test_a_message_id_is_made_once_with_the_senders_domain() -> None:
    email = make_email(sender=Address("bot@пример.рф"))

    assert email.message_id.endswith("@xn--e1afmkfd.xn--p1ai>")
    assert email.message_id == email.via(SALES).message_id


def test_equal_moments_make_equal_emails() -> None:
    moscow = datetime(2026, 1, 1, 3, 0, 0, 999_999, timezone(timedelta(hours=3)))
    email = make_email(date=moscow, message_id="<a@example.com>")

    assert make_email(date=datetime(2026, 1, 1, tzinfo=UTC), message_id="<a@example.com>") == email
    assert "2026-01-01T00:00:00+00:00" == email.date.isoformat()


def test_the_order_in_which_headers_were_given_does_not_matter() -> None:
    email = make_email(headers={"X-B": "b", "X-a": "a"})

    assert ["X-a", "X-B"] == list(email.headers)


def test_via_changes_the_sender_and_who_still_waits_and_nothing_else() -> None:
    other = Address("other@example.com", "Другой")
    email = make_email(to=people(3), headers={"X-A": "a"})

    changed = email.via(other, ["a2@example.com"])

    assert other == changed.sender
    assert Envelope("other@example.com", ("a2@example.com",)) == changed.envelope
    assert (email.to, email.message_id, email.date) == (
        changed.to,
        changed.message_id,
        changed.date,
    )
    assert (email.to, email.headers, email.text) == (changed.to, changed.headers, changed.text)


def test_via_without_a_change_is_the_same_object() -> None:
    email = make_email()

    assert email is email.via()
    assert email is email.via(email.sender, email.envelope.rcpt_to)


def test_via_knows_the_same_people_in_another_spelling() -> None:
    email = make_email()

    assert email is email.via(Address("bot@EXAMPLE.com", "Бот"), ["sales@EXAMPLE.com"])


def test_via_puts_the_sender_in_the_place_of_another_return_address() -> None:
    email = make_email(envelope=Envelope("bounces@example.com", ("sales@example.com",)))

    assert Envelope("bot@example.com", ("sales@example.com",)) == email.via().envelope


def test_via_cannot_add_a_recipient() -> None:
    with pytest.raises(InvalidEmailError, match="no recipient"):
        make_email().via(rcpt_to=["stranger@example.com"])


def test_via_cannot_leave_nobody() -> None:
    with pytest.raises(InvalidEmailError, match="at least one recipient"):
        make_email().via(rcpt_to=[])


@pytest.mark.parametrize(
    ("filename", "kept", "content_type"),
    [
        ("счёт.pdf", "счёт.pdf", "application/pdf"),
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("C:\\docs\\a.png", "a.png", "image/png"),
        (" a\r\nb.txt ", "a b.txt", "text/plain"),
        ("order\u202efdp.exe", "orderfdp.exe", None),
        ("orders.csv.gz", "orders.csv.gz", "application/octet-stream"),
        ("letter.eml", "letter.eml", "application/octet-stream"),
        (
            "заказ.xlsx",
            "заказ.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("data:text/html,x", "html,x", "application/octet-stream"),
        ("noext", "noext", "application/octet-stream"),
    ],
)
def test_a_file_gets_a_plain_name_and_a_type(
    filename: str, kept: str, content_type: str | None
) -> None:
    file = Attachment(filename=filename, content=b"x")

    assert kept == file.filename
    assert file.content_type == (content_type or file.content_type)


@pytest.mark.parametrize(
    "values",
    [
        {"filename": ""},
        {"filename": ".."},
        {"filename": "a/"},
        {"filename": "а" * 129},
        {"content_type": "multipart/mixed"},
        {"content_type": "message/rfc822"},
        {"content_type": "text/html; charset=utf-7"},
        {"content_type": "text/html\r\nBcc: b@example.com"},
        {"content_type": "text"},
        {"content_type": f"text/{'a' * 128}"},
        {"content_id": ""},
        {"content_id": "<logo>"},
        {"content_id": "a\r\nb"},
        {"content_id": "a" * 65},
        {"content": b"x" * (20 * MB + 1)},
    ],
)
def test_what_cannot_be_a_file_in_an_email_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidEmailError):
        Attachment(**({"filename": "a.txt", "content": b"x"} | values))


def test_two_images_cannot_share_a_content_id() -> None:
    images = [Attachment(filename="a.png", content=b"x", content_id=name) for name in ("a", "A")]

    with pytest.raises(InvalidEmailError, match="the same content id"):
        make_email(attachments=images)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    (tmp_path / "счёт.pdf").write_bytes(b"%PDF")

    assert Attachment(filename="счёт.pdf", content=b"%PDF") == (
        Attachment.from_path(tmp_path / "счёт.pdf")
    )


def test_an_email_comes_back_from_json_as_it_was() -> None:
    email = make_email(
        cc=people(2, "c"),
        bcc=people(1, "b"),
        reply_to=(Address("a@пример.рф", 'Иван "Ваня" Петров'),),
        subject="Заказ \ud800 👍",
        text="one\r\n\u2028two",
        html="<p>👨‍👩‍👧</p>",
        attachments=[
            Attachment(filename="счёт.pdf", content=bytes(range(256))),
            Attachment(filename="logo.png", content=b"", content_id="logo"),
        ],
        headers={"X-Priority": "1", "X-a": "b"},
        metadata={"submission_id": "1", "a": "б"},
    ).via(Address("other@example.com"), ["c1@example.com"])

    assert email == EMAILS.validate_json(EMAILS.dump_json(email))


ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\x00\x85\u2028\ud800\udfff\u202e =?")),
    max_size=80,
)


@given(subject=ANY_TEXT, text=ANY_TEXT, name=ANY_TEXT, value=ANY_TEXT)
def test_whatever_is_taken_comes_back_from_json(
    subject: str, text: str, name: str, value: str
) -> None:
    email = make_email(
        sender=Address("bot@example.com", name),
        subject=f"a{subject}",
        text=f"a{text}",
        html=text,
        attachments=[Attachment(filename=f"a{name}.txt".replace("/", ""), content=b"")],
        headers={"X-A": f"a{value}"},
        metadata={"a": value},
    )

    assert email == EMAILS.validate_json(EMAILS.dump_json(email))


@pytest.mark.parametrize(
    ("kept", "planted"),
    [
        ("sales@example.com", r"x\r\nBcc: b@example.com"),
        ("<a@example.com>", r"<a@example.com>\r\nBcc: b@example.com"),
    ],
)
def test_a_stored_email_is_checked_like_a_new_one(kept: str, planted: str) -> None:
    stored = EMAILS.dump_json(make_email(message_id="<a@example.com>")).decode()

    with pytest.raises(ValidationError):
        EMAILS.validate_json(stored.replace(kept, planted))


def test_contents_stay_out_of_the_repr() -> None:
    email = make_email(html="<p>secret</p>", text="secret", attachments=files(1))

    assert "secret" not in repr(email)
    assert "content=" not in repr(email)
