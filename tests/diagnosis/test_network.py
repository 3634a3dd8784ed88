"""Failures of the network, in the words of the table; the real ones come from loopback servers."""

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import trustme

from notifykit.diagnosis import Kind, diagnose, error_for, network_reply
from notifykit.errors import OutcomeUnknownError, ProviderHeldError, UnavailableError

LOOPBACK = "127.0.0.1"
SERVER = ssl.PROTOCOL_TLS_SERVER


class LibraryError(Exception):
    """Stands for what a client library makes of the system's errors."""


def diagnosed(error: BaseException, stage: str = "connect") -> str:
    return diagnose(network_reply("smtp", stage, error)).id


async def failure(port: int, tls: ssl.SSLContext | None, host: str = LOOPBACK) -> BaseException:
    """Connect, and give what that raises."""
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is what the test is about
        await asyncio.open_connection(host, port, ssl=tls)
    return caught.value


def serve(listening: socket.socket, tls: ssl.SSLContext | None, says: bytes) -> None:
    with suppress(OSError):  # the client hangs up in the handshake: that is what is tested
        connection = listening.accept()[0]
        connection.settimeout(10)
        with connection:
            if tls is None:
                connection.sendall(says)
                connection.recv(1)
            else:
                with tls.wrap_socket(connection, server_side=True) as protected:
                    protected.recv(1)


@contextmanager
def server(
    tls: ssl.SSLContext | None = None, says: bytes = b"220 mail.example.com ESMTP\r\n"
) -> Iterator[int]:
    """Serve one connection, in TLS or with something said in clear; give the port."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.settimeout(10)
        thread = Thread(target=serve, args=(listening, tls, says))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def certified(authority: trustme.CA, host: str = LOOPBACK, **dates: datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(SERVER)
    authority.issue_cert(host, **dates).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


# Real certificates.


async def test_an_expired_certificate_is_told_from_other_faults(authority: trustme.CA) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with server(certified(authority, not_after=yesterday)) as port:
        error = await failure(port, trusting(authority))

    assert "network.certificate-expired" == diagnosed(error, "tls")


async def test_a_certificate_for_another_host_is_told(authority: trustme.CA) -> None:
    for host in (LOOPBACK, "localhost"):
        with server(certified(authority, "mail.example.com")) as port:
            error = await failure(port, trusting(authority), host)

        assert "network.certificate-wrong-host" == diagnosed(error, "tls")


async def test_a_certificate_of_an_unknown_issuer_is_told(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    others = tmp_path_factory.mktemp("ca") / "others.pem"
    trustme.CA().cert_pem.write_to_path(str(others))
    monkeypatch.setenv("SSL_CERT_FILE", str(others))
    with server(certified(authority)) as port:
        error = await failure(port, ssl.create_default_context())

    assert "network.certificate-unknown-issuer" == diagnosed(error, "tls")


async def test_a_machine_without_any_certificates_is_told_from_a_strange_server(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nothing = tmp_path_factory.mktemp("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(nothing / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(nothing))
    with server(certified(authority)) as port:
        error = await failure(port, ssl.create_default_context())

    assert "network.certificates-missing" == diagnosed(error, "tls")


def test_a_missing_or_an_empty_file_of_certificates_is_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    empty = tmp_path_factory.mktemp("ca") / "empty.pem"
    empty.write_bytes(b"")
    for file in (empty, empty.with_name("missing.pem")):
        with pytest.raises(OSError) as caught:  # noqa: PT011 - two kinds of it
            ssl.create_default_context(cafile=str(file))

        assert "network.certificates-missing" == diagnosed(caught.value)


async def test_a_server_that_speaks_in_clear_is_no_tls_server(authority: trustme.CA) -> None:
    with server() as port:
        error = await failure(port, trusting(authority))

    assert "network.port-and-security-differ" == diagnosed(error)
    assert ProviderHeldError is type(error_for(network_reply("smtp", "connect", error)))


async def test_a_refused_handshake_is_no_certificate_fault(authority: trustme.CA) -> None:
    handshake_failure = b"\x15\x03\x03\x00\x02\x02\x28"  # RFC 8446, section 6: a fatal alert 40
    with server(says=handshake_failure) as port:
        error = await failure(port, trusting(authority))

    assert "network.tls-failed" == diagnosed(error, "tls")


async def test_a_server_that_hangs_up_in_the_handshake_is_a_lost_connection(
    authority: trustme.CA,
) -> None:
    with server(says=b"") as port:
        error = await failure(port, trusting(authority))

    assert "network.lost" == diagnosed(error, "tls")


# Real sockets.


async def test_a_closed_port_refuses() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

    assert "network.refused" == diagnosed(await failure(port, None))


async def test_a_host_name_with_an_impossible_label_does_not_exist() -> None:
    with pytest.raises(UnicodeError) as caught:
        await asyncio.open_connection(f"{'a' * 64}.example.com", 25)

    assert "network.host-unknown" == diagnosed(caught.value)


# What cannot be provoked on loopback is made by hand, as the system makes it.


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "host-unknown"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "names-unavailable"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "refused"),
        (
            OSError(
                f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] Connect call failed ('::1', 1),"
                f" [Errno {errno.ECONNREFUSED}] Connect call failed ('127.0.0.1', 1)"
            ),
            "refused",
        ),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable"),
        (PermissionError(errno.EPERM, "Operation not permitted"), "unreachable"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), "unreachable"),
        (TimeoutError(), "unreachable"),
        (TimeoutError("Timed out waiting for server ready message"), "no-greeting"),
        (TimeoutError("timed out waiting for the greeting"), "no-greeting"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "lost"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "lost"),
        (EOFError(), "lost"),
        (LibraryError("Server disconnected without sending a response."), "lost"),
        (ConnectionAbortedError("SSL handshake is taking longer than 60 seconds"), "unreachable"),
        (OSError("the certificates in /a.pem cannot be read"), "certificates-missing"),
    ],
)
def test_each_failure_has_its_row(error: Exception, expected: str) -> None:
    assert f"network.{expected}" == diagnosed(error)


def test_a_server_that_hangs_up_without_a_word_is_a_lost_connection() -> None:
    assert "network.lost" == diagnosed(LibraryError("Unexpected EOF received"))


def test_an_unverifiable_certificate_has_a_row_whatever_openssl_says() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert "network.certificate-refused" == diagnosed(error, "tls")

    error.verify_code = 92  # Missing Authority Key Identifier: strict since Python 3.13
    assert "network.certificate-refused" == diagnosed(error, "tls")


def test_an_error_of_tls_without_a_reason_has_a_row() -> None:
    assert "network.tls-failed" == diagnosed(ssl.SSLError("something"), "tls")


def raised_from(cause: BaseException) -> BaseException:
    wrapped = LibraryError("All connection attempts failed")
    wrapped.__cause__ = cause
    return wrapped


def raised_while(context: BaseException) -> BaseException:
    wrapped = LibraryError("Error connecting")
    wrapped.__context__ = context
    return wrapped


def grouped(inside: BaseException) -> BaseException:
    return BaseExceptionGroup("multiple connection attempts failed", [inside])


@pytest.mark.parametrize("wrap", [raised_from, raised_while, grouped])
def test_a_wrapped_failure_is_recognised_without_knowing_the_library(
    wrap: Callable[[BaseException], BaseException],
) -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed")

    assert "network.refused" == diagnosed(raised_from(wrap(refused)))


def test_what_was_suppressed_on_purpose_does_not_count() -> None:
    error = LibraryError("something else")
    error.__context__, error.__suppress_context__ = ConnectionRefusedError(), True

    assert "any.not-understood" == diagnosed(error)


def test_exceptions_in_a_circle_come_to_an_end() -> None:
    one, two = LibraryError("one"), LibraryError("two")
    one.__context__, two.__cause__ = two, one

    assert "the connection failed (LibraryError)" == network_reply("smtp", "connect", one).text


def test_the_libraries_that_are_wrapped_are_not_imported() -> None:
    module = sys.modules[network_reply.__module__]

    assert not {"httpx", "aiosmtplib", "httpcore", "anyio"} & set(vars(module))


def test_the_text_quotes_nothing_of_the_exception() -> None:
    for error in (LibraryError("canary"), OSError("canary"), ConnectionResetError("canary")):
        assert "canary" not in network_reply("smtp", "connect", error).text


# What it means for the email.


@pytest.mark.parametrize("stage", ["connect", "tls", "ehlo", "auth", "mail", "rcpt", "data"])
@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), LibraryError()])
def test_before_the_content_a_broken_connection_took_nothing(stage: str, error: Exception) -> None:
    assert UnavailableError is type(error_for(network_reply("smtp", stage, error)))


@pytest.mark.parametrize("stage", ["content", "http"])
@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), LibraryError()])
def test_once_the_content_may_be_out_a_broken_connection_leaves_it_open(
    stage: str, error: Exception
) -> None:
    heard = network_reply("smtp", stage, error)

    assert OutcomeUnknownError is type(error_for(heard))
    assert Kind.NETWORK == diagnose(heard).kind
