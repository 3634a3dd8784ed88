"""Reading a mailbox: what is fetched, what is left alone, and what is said when it does not go."""

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bounces.samples_of_reports import RECEIVED_AT, sample
from notifykit.bounces import reader as module
from notifykit.bounces.parts import LONGEST_MAIL
from notifykit.bounces.reader import Mark, Reader
from notifykit.errors import AuthenticationError, DeliveryError, ProviderHeldError, UnavailableError
from notifykit.simulators import Close, Hang, ImapServer, Junk, SmtpServer

SINCE = RECEIVED_AT - timedelta(days=3)
ORDINARY = b"From: sales@example.com\r\nSubject: Re: order\r\n\r\nThanks"


def fetches(server: ImapServer) -> list[str]:
    return [command for command in server.commands if command.startswith("UID FETCH")]


async def test_reports_are_found_in_the_inbox_and_in_the_spam_folder(server, mailbox):
    server.deliver(sample("postfix"), received_at=RECEIVED_AT)
    server.deliver(sample("qmail"), folder=server.junk, received_at=RECEIVED_AT)

    look = await Reader(mailbox).look(SINCE, {})

    assert ["sales@example.com", "boss@example.com", "sales@example.com"] == [
        bounce.recipient for bounce in look.bounces
    ]
    assert (2, 2) == (look.mails, look.reports)


@pytest.mark.parametrize("profile", ["gmail", "yandex", "imap"])
async def test_nothing_is_marked_as_read_and_nothing_is_changed(certificates, mailbox, profile):
    users = {mailbox.user: mailbox.password.get_secret_value()}
    async with ImapServer(profile, users=users, tls=certificates.server) as server:
        report = server.deliver(sample("yandex"), received_at=RECEIVED_AT)

        look = await Reader(replace(mailbox, port=server.port)).look(SINCE, {})

    assert 1 == len(look.bounces)
    assert [] == server.changes
    assert not report.seen
    assert {"EXAMINE"} == {command.split()[0] for command in server.commands if "EXAM" in command}
    assert [] == [command for command in server.commands if command.startswith("SELECT")]


async def test_ordinary_mails_are_not_fetched(server, mailbox):
    for _ in range(3):
        server.deliver(ORDINARY, received_at=RECEIVED_AT)
    report = server.deliver(sample("exim"), received_at=RECEIVED_AT)

    look = await Reader(mailbox).look(SINCE, {})

    headers, whole = fetches(server)
    assert (4, 1) == (look.mails, look.reports)
    assert "HEADER.FIELDS" in headers
    assert f"UID FETCH {report.uid} (BODY.PEEK[]<0.{LONGEST_MAIL}>)" == whole


async def test_older_mails_are_left_alone(server, mailbox):
    server.deliver(sample("postfix"), received_at=SINCE - timedelta(days=2))
    server.deliver(sample("exim"), received_at=SINCE - timedelta(minutes=1))

    look = await Reader(mailbox).look(SINCE, {})

    assert [] == look.bounces
    assert 0 == look.reports


async def test_the_next_look_begins_where_the_last_one_ended(server, mailbox):
    server.deliver(sample("postfix"), received_at=RECEIVED_AT)
    reader = Reader(mailbox)
    first = await reader.look(SINCE, {})
    server.commands.clear()

    second = await reader.look(SINCE, first.marks)
    nothing_read = fetches(server)
    server.deliver(sample("qmail"), received_at=RECEIVED_AT)
    third = await reader.look(SINCE, second.marks)

    assert ([], [], 1) == (second.bounces, nothing_read, len(third.bounces))


async def test_a_mailbox_that_was_made_anew_is_read_from_the_start(server, mailbox):
    server.deliver(sample("postfix"), received_at=RECEIVED_AT)
    server.validity = 2

    look = await Reader(mailbox).look(SINCE, {"INBOX": Mark(1, 100)})

    assert 2 == len(look.bounces)
    assert Mark(2, 1) == look.marks["INBOX"]


async def test_a_mail_that_is_too_large_is_read_as_far_as_it_has_to_be(server, mailbox):
    server.deliver(sample("postfix") + b"x" * 2 * LONGEST_MAIL, received_at=RECEIVED_AT)

    look = await Reader(mailbox).look(SINCE, {})

    assert 2 == len(look.bounces)


async def test_what_is_beyond_the_limits_is_counted_and_the_newest_is_read(
    server, mailbox, monkeypatch
):
    monkeypatch.setattr(module, "MOST_MAILS", 3)
    monkeypatch.setattr(module, "MOST_REPORTS", 1)
    for _ in range(5):
        server.deliver(sample("qmail"), received_at=RECEIVED_AT)

    look = await Reader(mailbox).look(SINCE, {})

    assert (3, 1, 4) == (look.mails, look.reports, look.left_out)


@pytest.mark.parametrize(
    ("profile", "user"),
    [
        ("gmail", 'bot \\ "x"'),
        ("gmail", "бот@example.com"),
        ("imap", 'bot \\ "x"'),
        ("imap", "a b"),
    ],
)
async def test_no_letter_of_a_login_becomes_a_command(certificates, mailbox, profile, user):
    password = 'a" \\b'
    async with ImapServer(profile, users={user: password}, tls=certificates.server) as server:
        login = replace(mailbox, port=server.port, user=user, password=SecretStr(password))

        await Reader(login).look(SINCE, {})

    assert 1 == server.logins
    assert [] == [command for command in server.commands if password in command]


# When it does not go.


async def test_a_server_that_takes_ascii_only_is_not_offered_anything_else(certificates, mailbox):
    async with ImapServer(users={"бот": "x"}, tls=certificates.server) as server:
        error = await stopped(replace(mailbox, port=server.port, user="бот"))

    assert "only Latin letters" in error.message
    assert 0 == server.login_attempts


async def stopped(mailbox) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await Reader(mailbox).look(SINCE, {})
    return raised.value


def diagnosis(error: DeliveryError) -> str | None:
    return error.diagnosis and error.diagnosis.id


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("gmail", "imap.gmail-login-refused"),
        ("yandex", "imap.yandex-login-refused"),
        ("imap", "imap.login-refused"),
    ],
)
async def test_a_wrong_password_is_explained_after_one_login(
    certificates, mailbox, profile, expected
):
    async with ImapServer(profile, users={mailbox.user: "x"}, tls=certificates.server) as server:
        error = await stopped(replace(mailbox, port=server.port, known_as=profile))

    assert (AuthenticationError, expected) == (type(error), diagnosis(error))
    assert 1 == server.login_attempts


@pytest.mark.parametrize(
    ("words", "kind", "expected"),
    [
        (
            "NO [ALERT] Application-specific password required: https://google.com (Failure)",
            AuthenticationError,
            "gmail.app-password-required",
        ),
        (
            "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings",
            ProviderHeldError,
            "imap.gmail-switched-off",
        ),
        (
            "NO [ALERT] Please log in via your web browser: https://support.google.com/mail/78754",
            ProviderHeldError,
            "gmail.browser-login-required",
        ),
        ("NO In words of its own", AuthenticationError, "imap.login-refused"),
        ("BAD What is that", AuthenticationError, "imap.login-refused"),
    ],
)
async def test_what_gmail_says_at_the_login_is_explained(server, mailbox, words, kind, expected):
    server.on("authenticate", words)

    error = await stopped(mailbox)

    assert (kind, expected) == (type(error), diagnosis(error))


@pytest.mark.parametrize("stage", ["greeting", "authenticate", "list", "examine", "search"])
async def test_a_connection_that_breaks_is_told_as_one(server, mailbox, stage):
    server.deliver(sample("qmail"), received_at=RECEIVED_AT)
    server.on(stage, Close())

    error = await stopped(mailbox)

    assert (UnavailableError, "imap.unreachable") == (type(error), diagnosis(error))


@pytest.mark.parametrize("stage", ["list", "examine", "search", "fetch"])
async def test_a_server_that_refuses_is_quoted(server, mailbox, stage):
    server.deliver(sample("qmail"), received_at=RECEIVED_AT)
    server.on(stage, "NO [UNAVAILABLE] Backend is sleeping")

    error = await stopped(mailbox)

    assert "Backend is sleeping" in error.message
    assert (UnavailableError, "imap.not-understood") == (type(error), diagnosis(error))


async def test_a_literal_that_nobody_asked_for_is_not_read(server, mailbox):
    server.deliver(sample("qmail"), received_at=RECEIVED_AT)
    server.on("fetch", Junk(b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n"))

    assert isinstance(await stopped(mailbox), UnavailableError)


async def test_no_error_holds_the_password(server, mailbox):
    server.on("authenticate", f"NO you said {mailbox.password.get_secret_value()}")

    error = await stopped(mailbox)

    assert "***" in str(error)
    assert mailbox.password.get_secret_value() not in f"{error!r} {error} {mailbox!r}"


async def test_a_closed_port_is_explained(mailbox):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        error = await stopped(replace(mailbox, port=closed.getsockname()[1]))

    assert "imap.unreachable" == diagnosis(error)


async def test_a_server_without_tls_is_explained(mailbox):
    async with SmtpServer() as plain:
        error = await stopped(replace(mailbox, port=plain.port))

    assert "imap.unreachable" == diagnosis(error)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cafile": None}, "network.certificate-unknown-issuer"),
        ({"host": "127.0.0.2"}, "network.certificate-wrong-host"),
        ({"cafile": "/missing/ca.pem"}, "network.certificates-missing"),
    ],
)
async def test_the_certificate_is_checked(certificates, mailbox, change, expected):
    class Anywhere(ImapServer):
        host = change.get("host", ImapServer.host)

    users = {mailbox.user: mailbox.password.get_secret_value()}
    async with Anywhere(users=users, tls=certificates.server) as server:
        error = await stopped(replace(mailbox, port=server.port, **change))

    assert expected == diagnosis(error)
    assert 0 == server.login_attempts


async def test_a_server_that_falls_silent_is_given_up(server, mailbox, monkeypatch):
    monkeypatch.setattr(module, "_LONGEST", timedelta(seconds=0.2))
    server.on("search", Hang())

    error = await stopped(mailbox)

    assert (UnavailableError, "imap.unreachable") == (type(error), diagnosis(error))


async def test_whoever_is_cancelled_does_not_wait_for_a_silent_server(server, mailbox):
    server.on("search", Hang())
    looking = asyncio.create_task(Reader(mailbox).look(SINCE, {}))
    await server.until(lambda: any("SEARCH" in command for command in server.commands))

    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking

    # The thread has hung up too; nobody waits for its timeout.
    await server.until(lambda: server.open_connections == 0, seconds=5)
