"""The simulated SMTP server, as an independent client (the standard library's) sees it."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notifykit.simulators import (
    PROFILES,
    SCENES,
    Close,
    Drip,
    Hang,
    Junk,
    Late,
    Say,
    Scene,
    SmtpServer,
    local_certificates,
)

USERS = {"bot@example.com": "secret"}
CONTENT = b"Subject: hi\r\n\r\n.\r\n..two\r\nend\r\n"
CERTIFICATES = local_certificates()


def _connected(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context(cadata=CERTIFICATES.ca_pem.decode())
    if server.security == "implicit":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=5, context=context)
    client = smtplib.SMTP(server.host, server.port, timeout=5)
    if server.security == "starttls":
        client.starttls(context=context)
    return client


def _send(server: SmtpServer, *recipients: str, password: str = "secret") -> Any:
    with _connected(server) as client:
        if server.users:
            client.login("bot@example.com", password)
        everybody = recipients or ("sales@example.com",)
        return client.sendmail("bot@example.com", everybody, CONTENT)


async def _try(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return await asyncio.to_thread(work, *arguments, **options)


def _server(security: str = "none", profile: Any = "smtp", **options: Any) -> SmtpServer:
    tls = None if security == "none" else CERTIFICATES.server
    return SmtpServer(profile, security=security, tls=tls, **options)


@pytest.mark.parametrize("security", ["none", "starttls", "implicit"])
@pytest.mark.parametrize("profile", PROFILES)
async def test_it_takes_a_mail_as_the_provider_would(profile: str, security: str) -> None:
    async with _server(security, profile, users=USERS) as server:
        await _try(_send, server, "sales@example.com", "second@example.com")

    (mail,) = server.mails
    assert ("bot@example.com", ("sales@example.com", "second@example.com")) == (
        mail.mail_from,
        mail.rcpt_to,
    )
    assert CONTENT == mail.content
    assert ("bot@example.com", security != "none") == (mail.user, mail.tls)
    assert (1, 1, 1) == (server.connections, server.logins, server.login_attempts)
    assert "hi" == mail.parsed["Subject"]


async def test_a_wrong_password_is_refused_in_the_providers_words() -> None:
    async with _server(profile="gmail", users=USERS) as server:
        with pytest.raises(smtplib.SMTPAuthenticationError, match="BadCredentials"):
            await _try(_send, server, password="wrong")

    assert 0 == server.logins
    assert server.login_attempts >= 1
    assert [] == server.mails


async def test_nobody_sends_without_the_login() -> None:
    def send(server: SmtpServer) -> None:
        with _connected(server) as client:
            client.sendmail("bot@example.com", ["sales@example.com"], CONTENT)

    async with _server(users=USERS) as server:
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication Required"):
            await _try(send, server)


async def test_nobody_sends_or_logs_in_before_starttls() -> None:
    def talk(server: SmtpServer) -> list[int]:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            client.ehlo()
            return [client.docmd("AUTH PLAIN AAAA")[0], client.docmd("MAIL FROM:<a@b.c>")[0]]

    async with _server("starttls", users=USERS) as server:
        assert [530, 530] == await _try(talk, server)


# After a refused EHLO smtplib says HELO.
_HEARD = [name for name in SCENES if SCENES[name].stage not in ("auth", "ehlo")]


@pytest.mark.parametrize("scene", _HEARD)
async def test_every_scene_is_played_at_its_stage(scene: str) -> None:
    async with _server() as server:
        server.play(scene)
        with pytest.raises(smtplib.SMTPException) as caught:
            await _try(_send, server)

    words = SCENES[scene].act.text.split("\n")[-1][4:]
    assert words.strip() in str(caught.value).replace("\\n", " ")


async def test_an_act_can_wait_for_its_turn_and_for_its_recipient() -> None:
    async with _server() as server:
        server.play(Scene("content", Say("451 4.3.0 later")), nth=2)
        server.on("rcpt", Say("550 5.1.1 nobody"), recipient="second@example.com")
        refused = await _try(_send, server, "sales@example.com", "second@example.com")
        with pytest.raises(smtplib.SMTPDataError):
            await _try(_send, server)
        await _try(_send, server)

    assert ["second@example.com"] == list(refused)
    assert 2 == len(server.mails)


@pytest.mark.parametrize(
    "act", [Close(), Hang(), Junk(b"junk", close=True), Say("421 no", close=True), Drip("5", 1)]
)
async def test_whatever_it_is_told_to_do_it_can_be_stopped(act) -> None:
    async with _server() as server:
        server.on("mail", act)
        sending = asyncio.create_task(_try(_send, server))
        await server.until(lambda: any("mail" in line.lower() for line in server.commands))

    with pytest.raises((smtplib.SMTPException, OSError)):
        await sending
    assert 0 == server.open_connections


@pytest.mark.parametrize("act", [Close(accepts=True), Hang(accepts=True)])
async def test_it_can_take_a_mail_and_not_say_so(act) -> None:
    async with _server() as server:
        server.on("content", act)
        sending = asyncio.create_task(_try(_send, server))
        await server.until(lambda: server.mails)
        await server.hang_up()
        with pytest.raises((smtplib.SMTPException, OSError)):
            await sending

    assert 1 == len(server.mails)


async def test_only_a_whole_line_with_one_dot_ends_the_content() -> None:
    smuggled = b"a\n.\nMAIL FROM:<evil@example.com>\n.\r\nb\r\n.\r\n"

    async with _server() as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n")
        writer.write(b"DATA\r\n" + smuggled)
        await server.until(lambda: server.mails)
        writer.close()

    assert [b"a\n\nMAIL FROM:<evil@example.com>\n\r\nb\r\n"] == [m.content for m in server.mails]


async def test_too_large_is_refused_by_announcement_and_by_count() -> None:
    async with _server(profile=PROFILES["smtp"].offering("SIZE 10")) as server:
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            await _try(_send, server)
    async with _server(profile=PROFILES["smtp"].offering("SIZE 10")) as server:
        server.on("ehlo", Say("250 no word about size"))
        with pytest.raises(smtplib.SMTPDataError, match="552"):
            await _try(_send, server)

    assert [] == server.mails


async def test_no_password_is_kept_among_the_commands() -> None:
    async with _server("starttls", users=USERS) as server:
        await _try(_send, server)

    assert "AUTH PLAIN" in server.commands
    assert not any("secret" in line or "AGJvd" in line for line in server.commands)
    assert b"ehlo" in bytes(server.heard_in_clear).lower()
    assert b"AUTH" not in server.heard_in_clear


def test_without_tls_no_context_is_taken() -> None:
    with pytest.raises(ValueError, match="TLS context"):
        SmtpServer(security="none", tls=CERTIFICATES.server)


@pytest.mark.parametrize("security", ["starttls", "implicit"])
async def test_it_brings_certificates_of_its_own_and_takes_them_away(security: str) -> None:
    async with SmtpServer(security=security) as server:
        context = ssl.create_default_context(cafile=server.cafile)
        folder = Path(str(server.cafile)).parent

        assert 1 == len(context.get_ca_certs())
        assert folder.is_dir()
    assert not folder.exists()


async def test_a_text_is_said_and_an_act_can_come_late() -> None:
    async with _server() as server:
        server.on("rcpt", "550 5.1.1 nobody", recipient="second@example.com")
        server.on("content", Late(0.01))
        server.on("mail", Late(0.01, Say("450 4.3.0 later")), nth=2)
        refused = await _try(_send, server, "sales@example.com", "second@example.com")
        with pytest.raises(smtplib.SMTPSenderRefused, match="later"):
            await _try(_send, server)

    assert ["second@example.com"] == list(refused)
    assert 1 == len(server.mails)


async def test_nobody_is_waited_for_who_has_left() -> None:
    async with _server() as server:
        server.on("greeting", Late(3600))
        _, writer = await asyncio.open_connection(server.host, server.port)
        await server.until(lambda: server.open_connections)
        writer.close()
        await server.until(lambda: not server.open_connections)
