"""TLS is as the relay says, and never less."""

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from notifykit.errors import (
    ConfigurationError,
    DeliveryError,
    ProviderHeldError,
    UnavailableError,
)
from notifykit.simulators import Junk, LocalCertificates, Say, SmtpServer, local_certificates
from notifykit.transports import Relay, Security, SmtpTransport

SECURED = ["starttls", "implicit"]


async def test_neither_login_nor_email_goes_out_before_tls(make_server, make_transport, smtp_email):
    async with make_server(security="starttls") as server, make_transport(server) as transport:
        await transport.send(smtp_email)

    assert b"EHLO [127.0.0.1]\r\nSTARTTLS\r\n" == bytes(server.heard_in_clear)
    assert server.mails[0].tls


async def test_a_server_that_does_not_offer_starttls_gets_nothing(
    make_server, make_transport, smtp_email
) -> None:
    """Whoever sits on the line can strip the offer; going on in clear is what they want."""
    async with make_server(security="starttls") as server:
        server.on("ehlo", Say("250-mail.example.com\n250 AUTH PLAIN LOGIN"))
        async with make_transport(server) as transport:
            with pytest.raises(ProviderHeldError) as caught:
                await transport.send(smtp_email)

    assert caught.value.diagnosis is not None
    assert "smtp.starttls-not-offered" == caught.value.diagnosis.id
    assert b"AUTH" not in server.heard_in_clear


async def test_a_server_that_refuses_starttls_gets_nothing(make_server, make_transport, smtp_email):
    async with make_server(security="starttls") as server:
        server.on("starttls", Say("454 4.7.0 TLS not available"))
        async with make_transport(server) as transport:
            with pytest.raises(UnavailableError) as caught:
                await transport.send(smtp_email)

    assert ("tls", 454) == (caught.value.stage, caught.value.code)
    assert b"EHLO [127.0.0.1]\r\nSTARTTLS\r\n" == bytes(server.heard_in_clear)


async def test_words_injected_before_tls_are_forgotten(make_server, make_transport, smtp_email):
    """
    RFC 3207, section 4.2: what was learned in clear does not count.

    The injected answer offers a login that the real one, over TLS, does not.
    """
    async with make_server(security="starttls", users=None) as server:
        server.on("starttls", Say("220 go\n250-mail.example.com\n250 AUTH PLAIN"))
        async with make_transport(server, user="bot@example.com", password="secret") as transport:
            with pytest.raises(ProviderHeldError) as caught:
                await transport.send(smtp_email)

    assert "auth" == caught.value.stage
    assert 0 == server.login_attempts


@pytest.mark.parametrize("security", SECURED)
@pytest.mark.parametrize(
    ("flaw", "cause"),
    [
        ("expired", "network.certificate-expired"),
        ("host", "network.certificate-wrong-host"),
        ("issuer", "network.certificate-unknown-issuer"),
    ],
)
async def test_a_certificate_that_does_not_hold_stops_everything(
    flaw: str, cause: str, security: str, certificates, smtp_email, tmp_path
) -> None:
    served = _flawed(flaw, certificates)
    cafile = served.save(tmp_path)
    async with SmtpServer(security=security, tls=served.server, users={"u": "p"}) as server:
        relay = Relay("smtp", server.host, server.port, Security(security))
        async with SmtpTransport(relay, user="u", password="p", cafile=cafile) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(smtp_email)

    assert isinstance(caught.value, ProviderHeldError | UnavailableError)
    assert caught.value.diagnosis is not None
    assert ("tls", cause) == (caught.value.stage, caught.value.diagnosis.id)
    assert 0 == server.login_attempts


def _flawed(flaw: str, good: LocalCertificates) -> LocalCertificates:
    if flaw == "expired":
        return local_certificates(expires=datetime(2020, 1, 1, tzinfo=UTC))
    if flaw == "host":
        return local_certificates("another.example.com")
    return local_certificates(issuer=good)


@pytest.mark.parametrize("security", SECURED)
async def test_the_systems_certificates_count_where_none_are_named(
    security: str, make_server, make_transport, smtp_email
) -> None:
    server = make_server(security=security)
    async with server, make_transport(server, cafile=None) as transport:
        with pytest.raises(DeliveryError) as caught:
            await transport.send(smtp_email)

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert 0 == server.login_attempts


async def test_certificates_that_cannot_be_read_are_a_matter_of_settings(
    make_server, make_transport, smtp_email, tmp_path
) -> None:
    missing, junk = tmp_path / "missing.pem", tmp_path / "junk.pem"
    junk.write_text("no certificate")
    async with make_server(security="starttls") as server:
        for cafile in (missing, junk):
            async with make_transport(server, cafile=str(cafile)) as transport:
                with pytest.raises(ProviderHeldError, match=cafile.name):
                    await transport.send(smtp_email)


async def test_implicit_tls_on_a_port_that_speaks_in_clear_is_named(
    make_server, smtp_email
) -> None:
    async with make_server() as server:
        relay = Relay("smtp", server.host, server.port, Security.IMPLICIT)
        async with SmtpTransport(relay, timeout=5) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(smtp_email)

    assert caught.value.diagnosis is not None
    assert "network.port-and-security-differ" == caught.value.diagnosis.id


async def test_waiting_in_clear_for_a_port_that_speaks_tls_is_named(make_server, smtp_email):
    async with make_server(security="implicit") as server:
        relay = Relay("smtp", server.host, server.port, Security.STARTTLS)
        async with SmtpTransport(relay, timeout=0.5) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(smtp_email)

    assert caught.value.diagnosis is not None
    assert "network.no-greeting" == caught.value.diagnosis.id


async def test_old_tls_is_not_spoken(make_server, make_transport, smtp_email):
    old = local_certificates().server
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with make_server(security="implicit", tls=old) as server, make_transport(server) as ours:
        assert ssl.TLSVersion.TLSv1_2 == (await ours._trust.context()).minimum_version
        with pytest.raises(DeliveryError):
            await ours.send(smtp_email)

    assert (0, 0) == (server.login_attempts, len(server.mails))


async def test_the_context_is_made_once(make_server, make_transport, smtp_email):
    async with make_server(security="implicit") as server, make_transport(server) as transport:
        await asyncio.gather(*(transport.send(smtp_email) for _ in range(4)))
        first = await transport._trust.context()
        await transport.aclose()
        await transport.send(smtp_email)

        assert first is await transport._trust.context()


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1", "localhost.example.com"])
def test_a_password_never_travels_in_clear(host: str) -> None:
    relay = Relay("smtp", host, 25, Security.NONE)

    with pytest.raises(ConfigurationError, match="in clear"):
        SmtpTransport(relay, user="bot@example.com", password="secret")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_may_hear_a_password_in_clear(host: str) -> None:
    relay = Relay("smtp", host, 25, Security.NONE)

    assert "smtp" == SmtpTransport(relay, user="bot@example.com", password="secret").name


async def test_junk_inside_tls_is_junk(make_server, make_transport, smtp_email):
    async with make_server(security="implicit") as server:
        server.on("greeting", Junk(b"\x15\x03\x01\x00\x02\x02\x28\n"))
        async with make_transport(server, timeout=0.5) as transport:
            with pytest.raises(UnavailableError):
                await transport.send(smtp_email)
