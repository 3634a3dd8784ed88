"""Servers in a thread of their own, for code that has no event loop, or another one."""

import asyncio
import smtplib
import threading
import urllib.request

import pytest

from notifykit import Address, Email, Notifier, Status
from notifykit.simulators import MailgunServer, SendGridServer, SmtpServer

USERS = {"bot@example.com": "secret"}
SERVERS = [
    SmtpServer,
    lambda: SmtpServer("gmail", security="starttls", users=USERS),
    lambda: SmtpServer("yandex", security="implicit", users=USERS),
    lambda: SmtpServer("mailru", users=USERS),
    SendGridServer,
    MailgunServer,
]


def _send(server: SmtpServer) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=5) as client:
        client.sendmail("bot@example.com", ["sales@example.com"], "Subject: hi\r\n\r\nhi\r\n")


def test_code_without_an_event_loop_reaches_it() -> None:
    with SmtpServer() as server:
        _send(server)

        assert ["hi"] == [mail.parsed["Subject"] for mail in server.mails]
    with pytest.raises(ConnectionRefusedError):
        _send(server)


def test_the_thread_ends_with_it() -> None:
    before = threading.active_count()
    with SmtpServer(), SendGridServer():
        assert before + 2 == threading.active_count()

    assert before == threading.active_count()


def test_a_server_can_be_used_again() -> None:
    server = SmtpServer()
    for _ in range(2):
        with server:
            _send(server)

    assert 2 == len(server.mails)


def test_a_thread_can_wait_until_something_came_true() -> None:
    with SmtpServer() as server:
        sender = threading.Thread(target=_send, args=(server,))
        sender.start()
        server.wait(lambda: server.mails)
        sender.join()

        with pytest.raises(TimeoutError):
            server.wait(lambda: len(server.mails) > 1, seconds=0.01)


async def test_an_event_loop_can_wait_for_a_server_in_a_thread() -> None:
    with SmtpServer() as server:
        sending = asyncio.create_task(asyncio.to_thread(_send, server))
        await server.until(lambda: server.mails)
        await sending
        with pytest.raises(TimeoutError):
            await server.until(lambda: len(server.mails) > 1, seconds=0.01)


def test_connections_are_dropped_from_code_without_an_event_loop() -> None:
    with SmtpServer() as server, smtplib.SMTP(server.host, server.port, timeout=5) as client:
        client.ehlo()
        server.run(server.hang_up())

        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.docmd("NOOP")
        client.close()


async def test_connections_are_dropped_from_another_event_loop() -> None:
    with SmtpServer() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        await reader.readline()
        await server.hang_up()

        assert b"" == await reader.read()
        writer.close()
        await writer.wait_closed()


async def test_an_http_server_in_a_thread_answers_code_without_an_event_loop() -> None:
    def ask(url: str) -> bytes:
        with urllib.request.urlopen(f"{url}/nowhere", timeout=5) as answer:
            return answer.read()

    with MailgunServer() as server:
        assert b"Mailgun Magnificent API" == await asyncio.to_thread(ask, server.url)
        await server.wait_for_requests(1)
        await server.wait_until_idle()


def test_what_keeps_it_from_starting_is_raised_where_it_was_asked_for() -> None:
    class Broken(SmtpServer):
        async def _open(self) -> None:
            raise OSError("no such interface")

    with pytest.raises(OSError, match="no such interface"), Broken():
        pass


def test_it_must_run_before_anything_can_run_in_it() -> None:
    server = SmtpServer()
    work = server.hang_up()

    with pytest.raises(RuntimeError, match="SmtpServer is not running"):
        server.run(work)
    work.close()


@pytest.mark.parametrize("make", SERVERS)
async def test_its_variables_lead_to_it(make, tmp_path, order) -> None:
    with make() as server:
        environ = server.environ | {"NOTIFYKIT_DATABASE_URL": f"sqlite:///{tmp_path}/n.db"}
        async with Notifier.from_env(environ) as notifier:
            submission = await notifier.send(order)
            provider = notifier.transports[0].name
        taken = server.mails if isinstance(server, SmtpServer) else server.taken

        assert Status.SENT == submission.status
        assert 1 == len(taken)
        assert environ["MAIL_PROVIDER"] == provider


async def test_the_provider_in_the_variables_is_the_one_that_is_played() -> None:
    with SmtpServer("gmail", security="starttls", users=USERS) as server:
        server.play("gmail.daily-limit")
        email = Email(
            sender=Address("bot@example.com"), to=[Address("a@example.com")], subject="x", text="x"
        )
        async with Notifier.from_env(server.environ | {"DATABASE_URL": "sqlite://"}) as notifier:
            transport = notifier.transports[0]
            with pytest.raises(Exception, match=r"5\.4\.5") as caught:
                await transport.send(email)

    assert "gmail.daily-limit" == caught.value.diagnosis.id
