"""One line says what was sent; where it was not, the failure shows what was sent instead."""

import asyncio
import re
import threading

import pytest

from notifykit import Address, Attachment, Email, Status
from notifykit.errors import UnavailableError
from notifykit.mime import encode
from notifykit.testing import Outbox, SentEmail


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def email() -> Email:
    return Email(
        sender=Address("bot@example.com", "Бот"),
        to=[Address("sales@example.com", "Отдел продаж"), Address("ivan@пример.рф")],
        cc=[Address("Copy@example.com")],
        bcc=[Address("hidden@example.com")],
        reply_to=[Address("client@example.com")],
        subject="Заказ № A-17 на 5 125,00 ₽",
        text="Цемент М500\n00-0123, 10 меш.\n\nСпасибо!",
        html="<head><title>нет</title></head><style>p{}</style><p>Цемент&nbsp;М500 <b>10</b></p>",
        attachments=[
            Attachment(filename="logo.png", content=b"\x89PNG", content_id="logo"),
            Attachment(filename="Заказ.csv", content=b"a;b\r\n", content_type="text/csv"),
        ],
        headers={"X-Priority": "1"},
    )


def failure(outbox: Outbox, **wanted: object) -> str:
    with pytest.raises(AssertionError) as caught:
        outbox.assert_sent(**wanted)
    return str(caught.value)


async def test_what_was_sent_is_found_by_everything_at_once(outbox, email) -> None:
    await outbox.transport.send(email)

    found = outbox.assert_sent(
        to=["sales@example.com", "HIDDEN@example.com"],
        sender="Бот <bot@example.com>",
        subject="A-17",
        contains=["00-0123", re.compile(r"Спасибо.$")],
        attachment="Заказ.csv",
        count=1,
    )

    assert outbox.emails == [found]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"to": "other@example.com"}, "! to: other@example.com is not among sales@example.com,"),
        ({"sender": "other@example.com"}, "! sender: it is Бот <bot@example.com>"),
        ({"subject": "A-18"}, "! subject: no 'A-18' in 'Заказ № A-17"),
        ({"subject": re.compile("^A-")}, "! subject: no /^A-/ in"),
        ({"contains": "00-0124"}, "! contains: no '00-0124' in the text nor in the HTML"),
        (
            {"attachment": "Счёт.pdf"},
            "! attachment: 'Счёт.pdf' is not among ['logo.png', 'Заказ.csv']",
        ),
        ({"count": 2}, "2 emails of any kind should have been sent, and there are 1"),
        ({"count": 0}, "0 emails of any kind should have been sent, and there are 1"),
    ],
)
async def test_a_failure_says_what_does_not_fit(outbox, email, wanted, told) -> None:
    await outbox.transport.send(email)

    assert told in failure(outbox, **wanted)


async def test_a_failure_shows_the_whole_email(outbox, email) -> None:
    await outbox.transport.send(email)

    assert (
        "no email was sent to other@example.com, from bot@example.com, with the subject 'x',"
        " containing 'y', with the file 'z'\n"
        "\n"
        "1. to sales@example.com, ivan@xn--e1afmkfd.xn--p1ai, copy@example.com,"
        " hidden@example.com\n"
        "   from Бот <bot@example.com>\n"
        "   subject Заказ № A-17 на 5 125,00 ₽\n"
        "   file logo.png, 4 bytes\n"
        "   file Заказ.csv, 5 bytes\n"
        "   | Цемент М500\n"
        "   | 00-0123, 10 меш.\n"
        "   | \n"
        "   | Спасибо!\n"
    ) in failure(
        outbox,
        to="other@example.com",
        sender="bot@example.com",
        subject="x",
        contains="y",
        attachment="z",
    )


async def test_what_is_nearly_right_is_shown_first_and_long_texts_are_cut(outbox, email) -> None:
    for number in (1, 2, 3):
        subject, text = f"Заказ {number}", "\n".join(map(str, range(100)))
        await outbox.transport.send(
            Email(sender=email.sender, to=[email.to[number % 2]], subject=subject, text=text)
        )

    said = failure(outbox, subject="Заказ 2", to="other@example.com")

    assert "1. to sales@example.com\n   from Бот <bot@example.com>\n   subject Заказ 2\n" in said
    assert "| 11\n   | …\n" in said
    assert "| 12" not in said


def test_nothing_sent_is_explained(outbox) -> None:
    outbox.assert_nothing_sent()

    assert "notifykit_environ" in failure(outbox, to="sales@example.com")
    assert failure(outbox).startswith("no email was sent of any kind")


async def test_where_nothing_should_be_sent_everything_is_shown(outbox, email) -> None:
    await outbox.transport.send(email)

    with pytest.raises(AssertionError, match=r"nothing should have been sent\n\n1\. to sales@"):
        outbox.assert_nothing_sent()
    outbox.clear()
    outbox.assert_nothing_sent()


async def test_a_space_stands_for_any_space(outbox, email) -> None:
    await outbox.transport.send(email)

    outbox.assert_sent(subject="5 125,00", contains=["Цемент М500 00-0123", "Цемент М500 10"])
    assert "\xa0" in outbox.emails[0].html.replace("&nbsp;", "\xa0")


async def test_addresses_are_found_however_they_are_written(outbox, email) -> None:
    await outbox.transport.send(email)

    outbox.assert_sent(to="Иван <ivan@пример.рф>")
    outbox.assert_sent(to="ivan@xn--e1afmkfd.xn--p1ai")


async def test_of_several_that_fit_the_last_one_is_returned(outbox, email) -> None:
    await outbox.transport.send(email)
    await outbox.transport.send(email)

    assert outbox.emails[1] is outbox.assert_sent(count=2)


async def test_what_failed_was_not_sent(outbox, email) -> None:
    outbox.transport.fails_with.append(UnavailableError("busy", provider="outbox"))
    with pytest.raises(UnavailableError):
        await outbox.transport.send(email)

    outbox.assert_nothing_sent()


async def test_it_has_a_notifier_that_delivers_into_it(outbox, order, call) -> None:
    assert Status.SENT == (await outbox.notifier.send(order)).status
    await outbox.notifier.send(call)

    outbox.assert_sent(to="sales@example.com", contains=["00-0123", "Цемент М500"], count=1)
    outbox.assert_sent(to="manager@example.com", count=1)


async def test_what_is_sent_in_the_background_can_be_waited_for(outbox, order) -> None:
    async with outbox.notifier as notifier:
        await notifier.enqueue(order)
        await outbox.until(1)
        with pytest.raises(TimeoutError):
            await outbox.until(2, seconds=0.01)

    outbox.assert_sent(count=1)


def test_a_test_without_an_event_loop_can_wait_too(outbox, email) -> None:
    sender = threading.Thread(target=lambda: asyncio.run(_send(outbox, email)))
    sender.start()
    outbox.wait(1)
    sender.join()

    with pytest.raises(TimeoutError):
        outbox.wait(2, seconds=0.01)


async def _send(outbox: Outbox, email: Email) -> None:
    await outbox.transport.send(email)


def test_everything_in_an_email_is_read_back(email) -> None:
    sent = SentEmail.read(encode(email), email.envelope.rcpt_to)

    assert (email.sender, email.to, email.cc) == (sent.sender, sent.to, sent.cc)
    assert (email.reply_to, email.subject) == (sent.reply_to, sent.subject)
    assert ("hidden@example.com",) == sent.bcc
    assert email.text.strip() == sent.text.strip()
    assert email.html == sent.html.strip()
    assert "Цемент М500 10" == sent.seen
    assert email.attachments == sent.attachments
    assert "1" == sent.headers["X-Priority"]


def test_an_email_without_html_is_read_as_such() -> None:
    email = Email(
        sender=Address("a@example.com"), to=[Address("b@example.com")], subject="x", text="y"
    )

    sent = SentEmail.read(encode(email), email.envelope.rcpt_to)

    assert ("", "", (), ()) == (sent.html, sent.seen, sent.attachments, sent.bcc)
