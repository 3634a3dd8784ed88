"""The contract of transports, over every kind of connection and with an independent server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP as Aiosmtpd  # noqa: N811 - it is a class
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from notifykit.mime import encode
from notifykit.simulators import LocalCertificates
from notifykit.testing import TransportContract
from notifykit.transports import Relay, Security, SmtpTransport
from notifykit.transports.base import Transport


class _OverOurServer(TransportContract):
    security: str

    @pytest.fixture(autouse=True)
    async def serve(self, make_server, make_transport) -> AsyncIterator[None]:
        async with make_server(security=self.security) as self.server:
            self.make = make_transport
            yield

    async def make_transport(self) -> Transport:
        return self.make(self.server)


class TestOverStarttls(_OverOurServer):
    security = "starttls"


class TestOverImplicitTls(_OverOurServer):
    security = "implicit"


class TestInClearOnThisMachine(_OverOurServer):
    security = "none"


class _Keeping(Sink):
    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: Aiosmtpd, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.contents.append(envelope.content)
        return "250 OK"


class _Listening(Controller):
    """aiosmtpd in a thread of its own, known to be independent of our server."""

    def __init__(self, certificates: LocalCertificates) -> None:
        self.kept = _Keeping()
        super().__init__(
            self.kept,
            hostname="127.0.0.1",
            port=_free_port(),
            tls_context=certificates.server,
            require_starttls=True,
            auth_required=True,
            authenticator=_authenticate,
        )


def _authenticate(server: Aiosmtpd, session: Session, envelope: Envelope, mechanism: str, data):
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"bot@example.com", "пароль".encode())
    return AuthResult(success=right, handled=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestOverAiosmtpd(TransportContract):
    @pytest.fixture(autouse=True)
    async def serve(self, certificates, cafile) -> AsyncIterator[None]:
        self.controller = _Listening(certificates)
        self.cafile = cafile
        await asyncio.to_thread(self.controller.start)
        yield
        await asyncio.to_thread(self.controller.stop)

    async def make_transport(self) -> Transport:
        relay = Relay("smtp", "127.0.0.1", self.controller.port, Security.STARTTLS)
        return SmtpTransport(
            relay, user="bot@example.com", password="пароль", cafile=self.cafile, timeout=5
        )

    async def test_dots_arrive_as_they_were_written(self) -> None:
        email = replace(self.make_email(), text="\n.\n..\n. \n.x\nend", html=None)
        async with await self.make_transport() as transport:
            await transport.send(email)

        assert [encode(email)] == self.controller.kept.contents


async def test_a_relay_that_asks_for_no_login_gets_none(make_server, make_transport, smtp_email):
    async with make_server(users=None) as server, make_transport(server) as transport:
        await transport.send(smtp_email)

    assert not any(command.startswith("AUTH") for command in server.commands)
    assert server.mails[0].user is None
