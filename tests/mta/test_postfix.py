"""What Postfix took from the transport is, byte for byte, what lies in the mailbox."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from generated_emails import emails
from mta.mailserver import FEW, SIZE, USER
from notifykit import Address, Attachment, Email
from notifykit.errors import (
    AuthenticationError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.mime import encode
from notifykit.testing import SentEmail

BOT = Address(USER, "Бот магазина «Цемент»")
SALES = Address("sales@example.com", "Отдел продаж")


def email(**changes: Any) -> Email:
    values = {"sender": BOT, "to": [SALES], "subject": "Заказ № A-17", "text": "Цемент М500"}
    return Email(**values | changes)


def with_lf(content: bytes) -> bytes:
    """Give a mail as it lies in a Maildir: with the line ends of this system."""
    return content.replace(b"\r\n", b"\n")


TORTURE = {
    "plain": email(),
    "dots": email(text=".\n..\n...\n.x\n. \n\n.\n", html="<p>.</p>\n.\n..\n"),
    "a dot at every 76th place": email(text=("x" * 75 + "." * 3) * 40),
    "long lines": email(text="x" * 5_000 + " " + "слово " * 2_000, html="<p>" + "я" * 5_000),
    "looks like the end of a mail": email(text="\r\n.\r\nQUIT\r\nMAIL FROM:<evil@example.com>\r\n"),
    "From at the beginning": email(text="From me\n>From you\nFrom: him\n"),
    "spaces at the ends of lines": email(text="a  \n\tb\t\n   \n c "),
    "Cyrillic everywhere": email(
        sender=Address(USER, "Ёжик, «Цемент» и Ко (Тверь)"),
        to=[Address("ivan@пример.рф", "Иван Петров"), Address("b@bücher.example", "Jörg 🧱")],
        cc=[Address("copy@example.org", "Копия; и точка, с запятой")],
        reply_to=[Address("client@пример.рф", "Клиент № 1")],
        subject="Заказ № А-1042 на 10 230,00 ₽ " + "очень длинная тема " * 10,
        text="Здравствуйте! 👷\n" * 20,
        html="<p>Здравствуйте! 👷 日本語 مرحبا</p>",
        attachments=[
            Attachment(filename="Заказ № 1 (копия).csv", content="код;имя\r\n".encode("cp1251")),
            Attachment(filename="логотип.png", content=bytes(range(256)), content_id="logo"),
            Attachment(filename="о" * 120 + ".pdf", content=b"%PDF-1.7\n.\n\r\n.\r\n"),
        ],
        headers={"X-Order": "Заказ № 1", "X-Long": "слово " * 300},
    ),
    "every byte": email(
        attachments=[
            Attachment(filename="bytes.bin", content=bytes(range(256)) * 40),
            Attachment(filename="dots.txt", content=b"\n.\n" * 500),
            Attachment(filename="cr.txt", content=b"\r\r\n\n\r" * 200),
            Attachment(filename="empty.txt", content=b""),
        ]
    ),
    "nearly too large": email(
        attachments=[Attachment(filename="a.bin", content=b"\xff" * 2_150_000)]
    ),
    "crowd": email(to=[Address(f"p{number}@example.com", f"№ {number}") for number in range(50)]),
    "blind": email(bcc=[Address("hidden@example.com"), Address("boss@пример.рф")]),
    "blind alone": email(bcc=[Address("hidden@example.org")]).via(rcpt_to=["hidden@example.org"]),
}


async def arrives_whole(mta, sent: Email, copies: list[Any]) -> None:
    content = encode(sent)
    named = {one.email.lower() for one in (sent.sender, *sent.to, *sent.cc, *sent.reply_to)}
    hidden = {one.email.lower() for one in sent.bcc} - named

    assert sorted(map(str.lower, sent.envelope.rcpt_to)) == sorted(
        copy.to.lower() for copy in copies
    )
    for copy in copies:
        assert with_lf(content) == copy.content
        assert not any(f"<{name}>".encode() in copy.content.lower() for name in hidden)
    read = SentEmail.read(copies[0].content, sent.envelope.rcpt_to)
    assert (sent.sender, sent.to, sent.cc, sent.reply_to) == (
        read.sender,
        read.to,
        read.cc,
        read.reply_to,
    )
    assert sent.subject == read.subject
    assert sent.text.rstrip("\n") == read.text.rstrip("\n")
    assert (sent.html or "").rstrip("\n") == read.html.rstrip("\n")
    assert sorted(file.content for file in sent.attachments) == sorted(
        file.content for file in read.attachments
    )
    assert {file.filename for file in sent.attachments} == {
        file.filename for file in read.attachments
    }
    assert sent.headers.items() <= read.headers.items()
    assert sent.message_id == read.headers["Message-ID"]


@pytest.mark.parametrize("port", ["starttls", "implicit"])
@pytest.mark.parametrize("name", TORTURE)
async def test_it_arrives_as_it_was_sent(mta, connect, name, port) -> None:
    sent = TORTURE[name]
    if port == "implicit":  # a mail of its own, or both would lie in one place
        sent = Email(**{field: getattr(sent, field) for field in _OWN}, envelope=sent.envelope)
    async with connect(port) as transport:
        receipt = await transport.send(sent)
    copies = await mta.arrived(sent.message_id, len(sent.envelope.rcpt_to))

    assert sent.envelope.rcpt_to == receipt.accepted
    await arrives_whole(mta, sent, copies)


_OWN = (
    "sender",
    "to",
    "cc",
    "bcc",
    "reply_to",
    "subject",
    "text",
    "html",
    "attachments",
    "headers",
)


def test_whatever_can_be_written_arrives(mta, connect) -> None:
    async def deliver(batch: list[Email]) -> None:
        async with connect() as transport:
            for sent in batch:
                await transport.send(sent)
                copies = await mta.arrived(sent.message_id, len(sent.envelope.rcpt_to))
                await arrives_whole(mta, sent, copies)

    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    # To make a failure smaller takes minutes with a real server.
    phases = [phase for phase in Phase if phase is not Phase.shrink]

    @settings(max_examples=25, deadline=None, suppress_health_check=quiet, phases=phases)
    @given(sent=emails)
    def run(sent: Email) -> None:
        asyncio.run(deliver([sent.via(BOT)]))

    run()


async def test_one_connection_carries_many_mails(mta, connect) -> None:
    mails = [email(subject=f"Заказ {number}") for number in range(10)]
    async with connect() as transport:
        for sent in mails:
            await transport.send(sent)
    for sent in mails:
        assert with_lf(encode(sent)) == (await mta.arrived(sent.message_id, 1))[0].content


async def test_one_refused_recipient_does_not_keep_the_others_from_it(mta, connect) -> None:
    people = ["gone@example.com", "sales@example.com", "busy@example.com", "second@example.com"]
    sent = email(to=[Address(one) for one in people])
    async with connect() as transport:
        receipt = await transport.send(sent)
    copies = await mta.arrived(sent.message_id, 2)

    assert ("sales@example.com", "second@example.com") == receipt.accepted
    assert {"gone@example.com": 550, "busy@example.com": 450} == {
        refusal.recipient: refusal.code for refusal in receipt.refused
    }
    assert ["sales@example.com", "second@example.com"] == [copy.to for copy in copies]


@pytest.mark.parametrize(
    ("recipient", "kind", "diagnosis"),
    [
        ("gone@example.com", RejectedError, "smtp.recipient-unknown"),
        ("busy@example.com", UnavailableError, "smtp.recipient-unavailable"),
        ("full@example.com", UnavailableError, "smtp.mailbox-full"),
    ],
)
async def test_a_recipient_that_is_refused_alone_is_an_error(
    connect, recipient, kind, diagnosis
) -> None:
    async with connect() as transport:
        with pytest.raises(kind) as caught:
            await transport.send(email(to=[Address(recipient)]))

    assert ("rcpt", diagnosis) == (caught.value.stage, caught.value.diagnosis.id)


async def test_a_mail_over_the_announced_size_is_not_even_offered(connect) -> None:
    large = Attachment(filename="a.bin", content=b"\xff" * SIZE)
    async with connect() as transport:
        with pytest.raises(RejectedError) as caught:
            await transport.send(email(attachments=[large]))
        await transport.send(email())

    assert "smtp.too-large" == caught.value.diagnosis.id


async def test_over_the_limit_of_recipients_the_rest_is_refused_and_can_be_sent_again(
    mta, connect
) -> None:
    sent = email(to=[Address(f"p{number}@example.com") for number in range(50)])
    async with connect("few") as transport:
        first = await transport.send(sent)
        refused = [refusal.recipient for refusal in first.refused]
        second = await transport.send(sent.via(rcpt_to=refused))
    copies = await mta.arrived(sent.message_id, 50)

    assert (FEW, 50 - FEW) == (len(first.accepted), len(second.accepted))
    assert {452} == {refusal.code for refusal in first.refused}
    assert sorted(sent.envelope.rcpt_to) == sorted(copy.to for copy in copies)


async def test_greylisting_takes_the_second_try(mta, connect) -> None:
    sent = email(to=[Address("grey@example.com"), Address("silver@example.com")])
    async with connect("greylisting") as transport:
        with pytest.raises(UnavailableError) as caught:
            await transport.send(sent)
        receipt = await transport.send(sent)

    assert "smtp.greylisted" == caught.value.diagnosis.id
    assert sent.envelope.rcpt_to == receipt.accepted
    assert 2 == len(await mta.arrived(sent.message_id, 2))


async def test_a_sender_that_is_not_ones_own_is_the_accounts_fault(connect) -> None:
    async with connect() as transport:
        with pytest.raises(ProviderHeldError) as caught:
            await transport.send(email(sender=Address("boss@example.com")))

    assert (553, "smtp.sender-not-owned") == (caught.value.code, caught.value.diagnosis.id)


@pytest.mark.parametrize("port", ["starttls", "implicit"])
async def test_a_wrong_password_is_refused_by_dovecot(connect, port) -> None:
    async with connect(port, password="wrong") as transport:
        with pytest.raises(AuthenticationError) as caught:
            await transport.check()

    assert (535, "smtp.credentials-refused") == (caught.value.code, caught.value.diagnosis.id)


async def test_no_mail_leaves_this_machine(connect) -> None:
    async with connect() as transport:
        with pytest.raises(RejectedError, match="no mail leaves this machine"):
            await transport.send(email(to=[Address("somebody@elsewhere.example")]))


async def test_many_at_once_arrive_each_once(mta, connect) -> None:
    mails = [email(subject=f"Заказ {number}") for number in range(30)]
    async with connect() as transport:
        await asyncio.gather(*(transport.send(sent) for sent in mails))
    found = [await mta.arrived(sent.message_id, 1) for sent in mails]

    assert [1] * 30 == [len(copies) for copies in found]
    assert {sent.subject for sent in mails} == {
        str(message_from_bytes(copies[0].content, policy=default)["Subject"]) for copies in found
    }
