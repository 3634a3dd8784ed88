"""The simulated mailbox, asked by Python's own client."""

import imaplib
import ssl

import pytest

from notifykit.simulators import Close, ImapServer, LocalCertificates, local_certificates

MAIL = b"From: a@example.com\nSubject: hello\n  world\n\nText\n"
USERS = {"bot": "word"}


@pytest.fixture(scope="module")
def certificates() -> LocalCertificates:
    return local_certificates()


@pytest.fixture
def server(certificates):
    with ImapServer(users=USERS, tls=certificates.server) as server:
        yield server


@pytest.fixture
def client(server, certificates):
    tls = ssl.create_default_context(cadata=certificates.ca_pem.decode())
    client = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=tls, timeout=10)
    yield client
    client.shutdown()


@pytest.fixture
def reader(client):
    client.login("bot", "word")
    return client


def test_a_mail_is_found_and_read(server, reader):
    mail = server.deliver(MAIL)
    reader.select("INBOX", readonly=True)

    _, found = reader.uid("SEARCH", "UID", "1:*", "SINCE", "1-Jan-2020")
    _, header = reader.uid("FETCH", str(mail.uid), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)]<0.99>)")
    _, start = reader.uid("FETCH", str(mail.uid), "(INTERNALDATE BODY.PEEK[]<0.5>)")

    assert [str(mail.uid).encode()] == found
    assert b"Subject: hello\r\n  world\r\n\r\n" == header[0][1]
    assert b"From:" == start[0][1]
    assert b"INTERNALDATE" in start[0][0]


def test_peeking_changes_nothing(server, reader):
    mail = server.deliver(MAIL)
    reader.select("INBOX")
    reader.uid("FETCH", str(mail.uid), "(BODY.PEEK[])")

    assert ([], False) == (server.changes, mail.seen)


def test_whoever_reads_without_peeking_is_found_out(server, reader):
    mail = server.deliver(MAIL)
    reader.select("INBOX")
    reader.uid("FETCH", str(mail.uid), "(BODY[])")

    assert ([f"{mail.uid} was marked as read"], True) == (server.changes, mail.seen)


def test_whoever_stores_is_refused_and_found_out(server, reader):
    mail = server.deliver(MAIL)
    reader.select("INBOX", readonly=True)

    word, _ = reader.uid("STORE", str(mail.uid), "+FLAGS", "(\\Seen)")

    assert "NO" == word
    assert not mail.seen
    assert ["UID STORE"] == [" ".join(line.split()[1:3]) for line in server.changes]


def test_a_wrong_login_is_refused_and_no_password_is_kept(server, client):
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login("bot", "secret")

    assert (1, 0) == (server.login_attempts, server.logins)
    assert [] == [command for command in server.commands if "secret" in command]


def test_nothing_is_told_before_the_login(client):
    with pytest.raises(imaplib.IMAP4.error):
        client._simple_command("LIST", '""', "*")


def test_the_folder_for_spam_says_what_it_is(server, reader):
    _, listed = reader.list()

    assert b'(\\HasNoChildren \\Junk) "/" "Junk"' in listed


def test_it_does_what_it_was_told_at_a_stage(server, reader):
    server.on("examine", "NO [ALERT] Not today", nth=1)
    server.on("search", Close())

    refused = reader.select("INBOX", readonly=True)
    accepted = reader.select("INBOX", readonly=True)
    with pytest.raises(imaplib.IMAP4.abort):
        reader.uid("SEARCH", "UID", "1:*", "SINCE", "1-Jan-2020")

    assert ("NO", [b"[ALERT] Not today"]) == refused
    assert "OK" == accepted[0]


def test_its_variables_lead_to_it():
    with ImapServer(users=USERS) as server:
        environ = server.environ
        trusted = ssl.create_default_context(cafile=environ["SSL_CERT_FILE"])
        client = imaplib.IMAP4_SSL(
            environ["IMAP_SERVER"], int(environ["IMAP_PORT"]), ssl_context=trusted, timeout=10
        )
        client.login(environ["IMAP_USER"], environ["IMAP_PASSWORD"])
        client.logout()

    assert 1 == server.logins
