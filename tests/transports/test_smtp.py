"""What goes over the wire, and what becomes of each recipient."""

import logging
from dataclasses import replace

import pytest
from pydantic import SecretStr

from notifykit import Address
from notifykit.errors import (
    AuthenticationError,
    ConfigurationError,
    DeliveryError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.mime import encode
from notifykit.simulators import PROFILES, SCENES, Say
from notifykit.submission import Refusal
from notifykit.transports import RELAYS, Relay, Security, SmtpTransport
from notifykit.transports.smtp_wire import Content

SALES, SECOND = "sales@example.com", "second@example.com"


async def test_the_envelope_and_the_bytes_arrive(make_server, make_transport, smtp_email):
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(smtp_email)

    (mail,) = server.mails
    assert ("bot@example.com", (SALES, SECOND)) == (mail.mail_from, mail.rcpt_to)
    assert encode(smtp_email) == mail.content
    assert "Заказ KMT-4827" == mail.parsed["Subject"]
    assert "bot@example.com" == mail.user


async def test_only_what_the_server_offers_is_said_at_mail(make_server, make_transport, smtp_email):
    size = len(encode(smtp_email))
    said = {}
    for offered in [(), ("SIZE 35882577",), ("SIZE",), ("8BITMIME", "size 0")]:
        server = make_server(PROFILES["smtp"].offering(*offered))
        async with server, make_transport(server) as transport:
            await transport.send(smtp_email)
        said[offered] = next(line for line in server.commands if line.startswith("MAIL"))

    assert {
        (): "MAIL FROM:<bot@example.com>",
        ("SIZE 35882577",): f"MAIL FROM:<bot@example.com> SIZE={size}",
        ("SIZE",): f"MAIL FROM:<bot@example.com> SIZE={size}",
        ("8BITMIME", "size 0"): f"MAIL FROM:<bot@example.com> SIZE={size} BODY=7BIT",
    } == said


async def test_an_email_larger_than_the_server_takes_is_refused_before_it_is_sent(
    make_server, make_transport, smtp_email
) -> None:
    server = make_server(PROFILES["smtp"].offering("SIZE 100"))
    async with server, make_transport(server) as transport:
        with pytest.raises(RejectedError, match="no more than 100") as caught:
            await transport.send(smtp_email)

    assert caught.value.diagnosis is not None
    assert "smtp.too-large" == caught.value.diagnosis.id
    assert not [line for line in server.commands if line.startswith("MAIL")]


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..",
        ".\n.\n.",
        "x\n.",
        "\n.\n\n..\n. \n.x",
        "QUIT\n.\nRSET\nMAIL FROM:<evil@example.com>",
        "a\n.\nb\n" * 200,
        "." * 900,
    ],
)
async def test_dots_arrive_as_they_were_written(text, make_server, make_transport, smtp_email):
    email = replace(smtp_email, text=text)
    async with make_server() as server, make_transport(server) as transport:
        await transport.send(email)

    (mail,) = server.mails
    assert encode(email) == mail.content


@pytest.mark.parametrize(
    ("content", "stuffed"),
    [
        (b"", b"\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\n.\nb\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\n\r.\r\n", b"a\r\n\r\n..\r\n.\r\n"),
        (b"a\r\n.\n.\r.", b"a\r\n..\r\n..\r\n..\r\n.\r\n"),
    ],
)
def test_no_content_can_end_itself(content: bytes, stuffed: bytes) -> None:
    """A lone CR or LF before a dot ends the content on some servers: mail smuggling."""
    assert stuffed == Content.of(content).stuffed


async def test_an_email_that_no_bytes_can_be_made_of_is_refused_before_it_is_sent(
    make_server, make_transport, smtp_email
) -> None:
    object.__setattr__(smtp_email, "subject", "two\r\nBcc: evil@example.com")
    async with make_server() as server, make_transport(server) as transport:
        with pytest.raises(RejectedError):
            await transport.send(smtp_email)

    assert 0 == server.connections


async def test_one_refused_recipient_does_not_fail_the_others(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server("gmail") as server, make_transport(server, "gmail") as transport:
        server.play("gmail.no-such-user", recipient=SECOND)
        receipt = await transport.send(smtp_email)

    assert (SALES,) == receipt.accepted
    (refusal,) = receipt.refused
    assert (SECOND, 550, "5.1.1", True) == (
        refusal.recipient,
        refusal.code,
        refusal.enhanced_code,
        refusal.permanent,
    )
    assert (SALES,) == server.mails[0].rcpt_to


async def test_a_recipient_refused_for_now_may_be_taken_later(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        server.on("rcpt", Say("450 4.2.1 try later"), recipient=SALES)
        receipt = await transport.send(smtp_email)

    assert (
        Refusal(
            recipient=SALES,
            text="4.2.1 try later",
            code=450,
            enhanced_code="4.2.1",
            permanent=False,
        ),
    ) == receipt.refused


@pytest.mark.parametrize(
    ("answers", "kind", "code"),
    [
        (("550 5.1.1 no such user", "550 5.1.1 no such user"), RejectedError, 550),
        (("550 5.1.1 no such user", "451 4.3.0 later"), UnavailableError, 451),
        (("452 4.2.2 mailbox full", "451 4.3.0 later"), UnavailableError, 452),
    ],
)
async def test_where_everybody_is_refused_one_temporary_refusal_keeps_hope(
    answers, kind: type[DeliveryError], code: int, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        for recipient, answer in zip((SALES, SECOND), answers, strict=True):
            server.on("rcpt", Say(answer), recipient=recipient)
        with pytest.raises(kind) as caught:
            await transport.send(smtp_email)

    assert ("rcpt", code) == (caught.value.stage, caught.value.code)
    assert SALES in caught.value.message
    assert SECOND in caught.value.message


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("yandex", "553 5.7.1 Sender address rejected: not owned by auth user."),
        ("gmail", SCENES["gmail.daily-limit"].act.text),
        ("mailgun", SCENES["mailgun.relaying-denied"].act.text),
    ],
)
async def test_a_fault_of_the_account_said_at_a_recipient_is_not_the_recipients(
    provider: str, words: str, make_server, make_transport, smtp_email
) -> None:
    async with make_server(provider) as server, make_transport(server, provider) as transport:
        server.on("rcpt", Say(words), nth=2)
        with pytest.raises(ProviderHeldError) as caught:
            await transport.send(smtp_email)

    assert "rcpt" == caught.value.stage
    assert [] == server.mails


async def test_a_server_that_closes_at_a_recipient_is_unavailable(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server, make_transport(server) as transport:
        server.on("rcpt", Say("421 4.3.0 closing", close=True), nth=2)
        with pytest.raises(UnavailableError) as caught:
            await transport.send(smtp_email)

    assert 421 == caught.value.code


@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        ("gmail.bad-credentials", AuthenticationError),
        ("gmail.app-password-required", AuthenticationError),
        ("gmail.sign-in-in-browser", ProviderHeldError),
        ("gmail.web-login-required", ProviderHeldError),
        ("gmail.too-many-logins", ProviderHeldError),
        ("gmail.daily-limit", ProviderHeldError),
        ("gmail.no-such-user", RejectedError),
        ("gmail.blocked-attachment", RejectedError),
        ("gmail.system-problem", UnavailableError),
        ("yandex.bad-credentials", AuthenticationError),
        ("yandex.no-access-rights", ProviderHeldError),
        ("yandex.looks-like-spam", ProviderHeldError),
        ("yandex.sender-not-owned", ProviderHeldError),
        ("yandex.suspicion-of-spam", ProviderHeldError),
        ("yandex.unavailable", UnavailableError),
        ("yandex.no-such-user", RejectedError),
        ("mailru.app-password-required", AuthenticationError),
        ("mailru.sending-disabled", ProviderHeldError),
        ("mailru.not-local-sender", ProviderHeldError),
        ("mailru.no-such-user", RejectedError),
        ("mailru.too-fast", UnavailableError),
        ("sendgrid.bad-key", AuthenticationError),
        ("sendgrid.no-credits", ProviderHeldError),
        ("sendgrid.sender-not-verified", ProviderHeldError),
        ("mailgun.bad-login", AuthenticationError),
        ("mailgun.domain-not-allowed", ProviderHeldError),
        ("mailgun.relaying-denied", ProviderHeldError),
    ],
)
async def test_every_providers_words_become_the_right_error(
    scene: str, kind: type[DeliveryError], make_server, make_transport, smtp_email
) -> None:
    provider = scene.partition(".")[0]
    async with make_server(provider) as server, make_transport(server, provider) as transport:
        server.play(scene)
        with pytest.raises(kind) as caught:
            await transport.send(smtp_email)

    assert SCENES[scene].stage == caught.value.stage
    assert [] == server.mails


@pytest.mark.parametrize(
    ("provider", "message_id"),
    [
        ("smtp", "000001-notifykit"),
        ("gmail", "000001-notifykit"),
        ("yandex", "000001-notifykit"),
        ("sendgrid", "000001-notifykit"),
        ("mailgun", None),
    ],
)
async def test_the_receipt_carries_the_providers_own_id_where_it_gives_one(
    provider: str, message_id: str | None, make_server, make_transport, smtp_email
) -> None:
    async with make_server(provider) as server, make_transport(server, provider) as transport:
        receipt = await transport.send(smtp_email)

    assert (provider, message_id) == (receipt.provider, receipt.message_id)


async def test_the_address_this_account_may_send_from_is_used(
    make_server, make_transport, smtp_email
) -> None:
    sender = Address("shop@example.com", "Магазин")
    async with make_server() as server, make_transport(server, sender=sender) as transport:
        await transport.send(smtp_email)

    (mail,) = server.mails
    assert "shop@example.com" == mail.mail_from
    assert "Магазин <shop@example.com>" == str(mail.parsed["From"])


async def test_a_password_with_any_letters_logs_in(make_server, make_transport, smtp_email):
    password = 'пароль с пробелом, \\"кавычкой" и 😀'
    server = make_server(users={"бот@example.com": password})
    login = {"user": "бот@example.com", "password": password}
    async with server, make_transport(server, **login) as transport:
        await transport.send(smtp_email)

    assert 1 == server.logins


@pytest.mark.parametrize(
    ("relay", "login"),
    [
        (RELAYS["gmail"], {"user": "bot@example.com"}),
        (RELAYS["gmail"], {"password": "secret-canary"}),
        (RELAYS["gmail"], {"user": "bot@example.com", "password": "secret-canary\n"}),
        (RELAYS["gmail"], {"user": "bot\0@example.com", "password": "secret-canary"}),
        (RELAYS["gmail"], {"user": "bot@example.com", "password": "\ud800secret-canary"}),
        (Relay("smtp", "mail.example.com", 70_000, Security.STARTTLS), {}),
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_them(relay, login) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SmtpTransport(relay, **login)

    assert "canary" not in str(caught.value)


def test_a_transport_shows_its_relay_and_user_and_no_password() -> None:
    transport = SmtpTransport(
        RELAYS["yandex"], user="bot@example.com", password=SecretStr("secret-canary")
    )

    assert "smtp.yandex.ru" in repr(transport)
    assert "bot@example.com" in repr(transport)
    assert "canary" not in repr(transport) + repr(vars(transport))


async def test_no_log_has_the_password(make_server, make_transport, smtp_email, caplog):
    caplog.set_level(logging.DEBUG)
    async with make_server(security="starttls") as server, make_transport(server) as transport:
        await transport.send(smtp_email)

    assert 1 == len(server.mails)
    assert "пароль" not in caplog.text


def test_every_relay_is_protected() -> None:
    assert {"gmail", "yandex", "sendgrid", "mailgun"} == set(RELAYS)
    assert all(name == relay.provider for name, relay in RELAYS.items())
    assert Security.NONE not in {relay.security for relay in RELAYS.values()}
