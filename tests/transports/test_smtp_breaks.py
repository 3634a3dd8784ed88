"""What is known when an SMTP conversation breaks off."""

import asyncio
import random
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from notifykit.errors import (
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.message import Email
from notifykit.simulators import Act, Close, Drip, Hang, Junk, Say
from notifykit.transports import Relay, Security, SmtpTransport

STAGES = {  # of the server: where our error says that it happened
    "greeting": "connect",
    "ehlo": "ehlo",
    "auth": "auth",
    "mail": "mail",
    "rcpt": "rcpt",
    "data": "data",
}
BREAKS = {
    "closed": Close(),
    "hangs": Hang(),
    "drips": Drip("250 " + "x" * 200, pause=0.02),
    "html": Junk(b"<html>\r\n"),
    "bytes": Junk(b"\xff\xfe\x00\r\n"),
    "no-code": Junk(b"hello\r\n"),
    "code-0": Junk(b"000 \r\n"),
    "code-999": Junk(b"999 no\r\n"),
    "negative": Junk(b"-50 no\r\n"),
    "endless": Junk(b"2" * 100_000),
    "half": Junk(b"250-half an answer\r\n", close=True),
}
WAITS = ("hangs", "drips")


@pytest.mark.parametrize("act", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("stage", STAGES)
async def test_before_the_content_a_break_means_that_nothing_was_taken(
    stage: str, act: Act, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on(stage, act)
        async with make_transport(server, timeout=0.5) as transport:
            with pytest.raises(UnavailableError) as caught:
                await transport.send(smtp_email)

    assert STAGES[stage] == caught.value.stage
    assert [] == server.mails


@pytest.mark.parametrize("act", [Close(), Hang(), Junk(b"\x16\x03\x01junk\r\n")])
async def test_a_break_while_tls_is_asked_for_means_that_nothing_was_taken(
    act: Act, make_server, make_transport, smtp_email
) -> None:
    async with make_server(security="starttls") as server:
        server.on("starttls", act)
        async with make_transport(server, timeout=0.5) as transport:
            with pytest.raises(UnavailableError) as caught:
                await transport.send(smtp_email)

    assert "tls" == caught.value.stage


@pytest.mark.parametrize("security", ["none", "starttls", "implicit"])
@pytest.mark.parametrize("name", [name for name in BREAKS if name not in WAITS])
async def test_after_the_content_a_break_leaves_the_outcome_unknown(
    name: str, security: str, make_server, make_transport, smtp_email
) -> None:
    async with make_server(security=security) as server:
        server.on("content", BREAKS[name])
        async with make_transport(server) as transport:
            with pytest.raises(OutcomeUnknownError) as caught:
                await transport.send(smtp_email)

    assert "content" == caught.value.stage


@pytest.mark.parametrize("name", WAITS)
async def test_after_the_content_an_answer_that_does_not_come_leaves_the_outcome_unknown(
    name: str, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("content", BREAKS[name])
        # The answer to the content gets four times as long.
        async with make_transport(server, timeout=0.3) as transport:
            with pytest.raises(OutcomeUnknownError):
                await transport.send(smtp_email)


@pytest.mark.parametrize("act", [Close(accepts=True), Hang(accepts=True)])
async def test_an_answer_lost_after_the_server_took_the_email_is_no_failure(
    act: Act, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("content", act)
        async with make_transport(server, timeout=0.3) as transport:
            with pytest.raises(OutcomeUnknownError):
                await transport.send(smtp_email)

    assert 1 == len(server.mails)


@pytest.mark.parametrize("size", ["small", "large"])
async def test_hanging_up_while_the_content_goes_out_leaves_the_outcome_unknown(
    size: str, make_server, make_transport, smtp_email
) -> None:
    email = _large(smtp_email) if size == "large" else smtp_email
    async with make_server() as server:
        server.on("data", Say("354 go on", close=True))
        async with make_transport(server) as transport:
            with pytest.raises((OutcomeUnknownError, UnavailableError)) as caught:
                await transport.send(email)

    # The hang-up may be noticed before the first byte goes out: then nothing can have been taken.
    known = {"data": UnavailableError, "content": OutcomeUnknownError}
    assert known[str(caught.value.stage)] is type(caught.value)


@pytest.mark.parametrize("code", [200, 250, 299])
async def test_a_positive_answer_is_a_receipt(code, make_server, make_transport, smtp_email):
    async with make_server() as server:
        server.on("content", Say(f"{code} fine"))
        async with make_transport(server) as transport:
            receipt = await transport.send(smtp_email)

    assert smtp_email.envelope.rcpt_to == receipt.accepted
    assert receipt.message_id is None


@pytest.mark.parametrize("answer", ["334 more", "354 more", "199 less", "600 more"])
async def test_an_answer_to_the_content_that_says_nothing_leaves_the_outcome_unknown(
    answer: str, make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("content", Say(answer))
        async with make_transport(server) as transport:
            with pytest.raises(OutcomeUnknownError):
                await transport.send(smtp_email)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("421 4.3.0 closing", UnavailableError),
        ("451 4.3.0 try later", UnavailableError),
        ("500 what", RejectedError),
        ("552 5.3.4 Message size exceeds fixed limit", RejectedError),
        ("554 5.6.0 malformed", RejectedError),
        ("599 no", RejectedError),
    ],
)
async def test_a_refusal_of_the_content_means_that_it_was_not_taken(
    answer: str, kind: type[DeliveryError], make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("content", Say(answer))
        async with make_transport(server) as transport:
            with pytest.raises(kind) as caught:
                await transport.send(smtp_email)

    assert ("content", int(answer[:3])) == (caught.value.stage, caught.value.code)


@pytest.mark.parametrize("stage", ["ehlo", "auth", "mail", "rcpt", "data"])
async def test_words_that_nobody_asked_for_are_never_taken_for_an_answer(
    stage: str, make_server, make_transport, smtp_email
) -> None:
    """The second answer would be read as that to the next command, and so on to a false 250."""
    usual = {"ehlo": "250-hi\r\n250 AUTH PLAIN", "auth": "235 in", "data": "354 go"}
    two = f"{usual.get(stage, '250 fine')}\r\n250 2.0.0 Ok: queued as lie"
    async with make_server() as server:
        server.on(stage, Say(two.replace("\r", "")))
        server.on("content", Say("550 5.6.0 never"))
        async with make_transport(server) as transport:
            with pytest.raises((UnavailableError, RejectedError)):
                await transport.send(smtp_email)

    assert [] == server.mails


async def test_a_verdict_stands_whatever_comes_after_it(make_server, make_transport, smtp_email):
    async with make_server() as server:
        server.on("content", Say("250 2.0.0 Ok: queued as A1\n550 5.6.0 or not"))
        server.on("quit", Junk(b"\x00\x00", close=True))
        server.on("rset", Close())
        async with make_transport(server) as transport:
            receipt = await transport.send(smtp_email)

    assert "A1" == receipt.message_id


async def test_a_refusal_said_before_hanging_up_in_the_middle_of_the_content_is_heard(
    smtp_email,
) -> None:
    async with _impatient(b"552 5.3.4 Message size exceeds fixed limit\r\n") as relay:
        transport = SmtpTransport(relay, timeout=5)
        with pytest.raises(RejectedError) as caught:
            await transport.send(_large(smtp_email))

    assert 552 == caught.value.code


async def test_an_acceptance_before_the_content_had_ended_is_not_believed(
    smtp_email,
) -> None:
    async with _impatient(b"250 2.0.0 Ok: queued as lie\r\n") as relay:
        transport = SmtpTransport(relay, timeout=5)
        with pytest.raises(OutcomeUnknownError):
            await transport.send(_large(smtp_email))


@pytest.mark.parametrize("security", ["none", "starttls", "implicit"])
async def test_nothing_foreign_escapes_whatever_a_server_says(
    security: str, make_server, make_transport, smtp_email
) -> None:
    dice = random.Random(f"junk {security}")
    for _ in range(40):
        async with make_server(security=security) as server:
            for stage in dice.sample(["starttls", *STAGES, "content"], 2):
                server.on(stage, _nonsense(dice))
            async with make_transport(server, timeout=0.3) as transport:
                with suppress(DeliveryError):
                    await transport.send(smtp_email)


@pytest.mark.parametrize("security", ["none", "starttls", "implicit"])
async def test_a_closed_port_means_that_nothing_was_taken(
    security: str, make_server, make_transport, smtp_email
) -> None:
    async with make_server(security=security) as server:
        pass
    async with make_transport(server) as transport:
        with pytest.raises(UnavailableError) as caught:
            await transport.send(smtp_email)

    assert "connect" == caught.value.stage
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize("echo", ["{password}", "{base64}", "{plain}"])
@pytest.mark.parametrize("wrap", ["535 5.7.8 wrong: {}", "{} is not SMTP", "250-{}\r\n25 {}"])
@pytest.mark.parametrize("stage", ["auth", "mail"])
async def test_a_server_that_echoes_the_password_does_not_get_it_into_our_errors(
    stage: str, wrap: str, echo: str, make_server, make_transport, smtp_email
) -> None:
    canary = "canary-4827-пароль"
    forms = {
        "password": canary,
        "base64": b64encode(canary.encode()).decode(),
        "plain": b64encode(f"\0bot@example.com\0{canary}".encode()).decode(),
    }
    said = echo.format(**forms)
    async with make_server(users={"bot@example.com": canary}) as server:
        server.on(stage, Junk(wrap.format(said, said).encode() + b"\r\n"))
        async with make_transport(server, password=canary) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(smtp_email)

    printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
    assert not [form for form in forms.values() if form in printed]
    assert canary not in repr(transport)


async def test_a_refusal_of_the_login_is_asked_for_once(make_server, make_transport, smtp_email):
    server = make_server(users={"bot@example.com": "another"})
    async with server, make_transport(server) as transport:
        with pytest.raises(DeliveryError):
            await transport.send(smtp_email)

    assert 1 == server.login_attempts
    assert ["AUTH PLAIN"] == [line for line in server.commands if line.startswith("AUTH")]


async def test_login_is_used_where_plain_is_not_offered(make_server, make_transport, smtp_email):
    async with make_server() as server:
        server.on("ehlo", Say("250-mail.example.com\n250 AUTH=LOGIN"))
        async with make_transport(server) as transport:
            await transport.send(smtp_email)

    assert ["AUTH LOGIN"] == [line for line in server.commands if line.startswith("AUTH")]
    assert "bot@example.com" == server.mails[0].user


async def test_a_server_without_a_login_that_we_know_is_a_matter_of_settings(
    make_server, make_transport, smtp_email
) -> None:
    async with make_server() as server:
        server.on("ehlo", Say("250-mail.example.com\n250 AUTH XOAUTH2"))
        async with make_transport(server) as transport:
            with pytest.raises(ProviderHeldError) as caught:
                await transport.send(smtp_email)

    assert caught.value.diagnosis is not None
    assert "smtp.login-not-offered" == caught.value.diagnosis.id


def _nonsense(dice: random.Random) -> Act:
    words = dice.randbytes(dice.randrange(40))
    return dice.choice(
        [
            Close(),
            Junk(words, close=True),
            Junk(words + b"\r\n"),
            Junk(b"250-" + words + b"\n250 \n", close=dice.random() < 0.5),
            Junk(b"220 \r\n" * dice.randrange(5)),
            Say(f"{dice.randrange(1000)} ok", close=dice.random() < 0.5),
            Say("250-a\n550 b"),
            Say("421 bye", close=True),
        ]
    )


def _large(email: Email) -> Email:
    return replace(email, text="x" * 70 + ("\n" + "y" * 70) * 60_000)


@asynccontextmanager
async def _impatient(words: bytes) -> AsyncIterator[Relay]:
    """Answer when the content has only begun."""
    over = asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for answer in ("220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "354 go"):
                writer.write(f"{answer}\r\n".encode())
                await reader.readline()
            await reader.readexactly(100_000)
            writer.write(words)
            while await reader.read(100_000):  # a reset would take the words back
                pass
        writer.close()
        over.set()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield Relay("smtp", "127.0.0.1", server.sockets[0].getsockname()[1], Security.NONE)
        await over.wait()
