import io
import sys

import pytest

from notifykit.errors import UnavailableError
from notifykit.message import Address, Attachment, Email
from notifykit.testing import TransportContract
from notifykit.transports import ConsoleTransport
from notifykit.transports.base import Transport


def make_email(**changes: object) -> Email:
    values: dict[str, object] = {
        "sender": Address("bot@example.com", "Бот"),
        "to": (Address("sales@example.com"),),
        "subject": "Заказ",
        "text": "Цемент",
        "message_id": "<1@example.com>",
    }
    return Email(**(values | changes))  # type: ignore[arg-type]  # a test names what it changes


class TestContract(TransportContract):
    async def make_transport(self) -> Transport:
        return ConsoleTransport(io.StringIO())


async def test_it_shows_who_would_get_what() -> None:
    stream = io.StringIO()
    email = make_email(
        cc=(Address("boss@example.com"),),
        bcc=(Address("log@example.com"),),
        reply_to=(Address("ivan@example.com", "Иван"),),
        headers={"X-Priority": "1"},
        attachments=(Attachment(filename="Заказ.csv", content=b"x" * 1200),),
    )

    receipt = await ConsoleTransport(stream).send(email)

    rule = "─" * 72
    assert f"""\
{rule}
Envelope: bot@example.com → sales@example.com, boss@example.com, log@example.com
From: Бот <bot@example.com>
To: sales@example.com
Cc: boss@example.com
Bcc: log@example.com
Reply-To: Иван <ivan@example.com>
Subject: Заказ
X-Priority: 1

Цемент

Attachment: Заказ.csv, 1,200 bytes
{rule}
""" == stream.getvalue()
    assert "1@example.com" == receipt.message_id


async def test_it_prints_to_the_standard_output_of_the_moment(monkeypatch) -> None:
    transport = ConsoleTransport()
    later = io.StringIO()
    monkeypatch.setattr(sys, "stdout", later)

    await transport.send(make_email())

    assert "Цемент" in later.getvalue()


async def test_a_console_that_does_not_know_a_letter_shows_the_rest() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1251")

    await ConsoleTransport(stream).send(make_email(text="Цемент 中"))

    assert "Цемент ?" in raw.getvalue().decode("cp1251")


async def test_untrusted_text_cannot_command_the_terminal() -> None:
    stream = io.StringIO()

    await ConsoleTransport(stream).send(make_email(text="a\x1b[2Jb", subject="c\x1b]0;x\x07d"))

    assert "\x1b" not in stream.getvalue()


async def test_a_console_that_is_gone_took_nothing() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(UnavailableError, match="console cannot be written to"):
        await ConsoleTransport(stream).send(make_email())
