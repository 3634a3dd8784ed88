"""Real SMTP servers on this machine, and transports that talk to them."""

from collections.abc import Callable
from typing import Any

import pytest

from notifykit import Address, Email
from notifykit.simulators import LocalCertificates, SmtpServer, local_certificates
from notifykit.transports import Relay, Security, SmtpTransport

USERS = {"bot@example.com": "пароль 1234"}

ServerMaker = Callable[..., SmtpServer]
TransportMaker = Callable[..., SmtpTransport]


@pytest.fixture(scope="session")
def certificates() -> LocalCertificates:
    return local_certificates()


@pytest.fixture(scope="session")
def cafile(certificates: LocalCertificates, tmp_path_factory: pytest.TempPathFactory) -> str:
    return certificates.save(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_server(certificates: LocalCertificates) -> ServerMaker:
    def make(profile: Any = "smtp", security: str = "none", **options: Any) -> SmtpServer:
        tls = None if security == "none" else certificates.server
        return SmtpServer(profile, **{"security": security, "tls": tls, "users": USERS, **options})

    return make


@pytest.fixture
def make_transport(cafile: str) -> TransportMaker:
    def make(server: SmtpServer, provider: str = "smtp", **options: Any) -> SmtpTransport:
        relay = Relay(provider, server.host, server.port, Security(server.security))
        user, password = next(iter(USERS.items()))
        login = {"user": user, "password": password} if server.users else {}
        return SmtpTransport(relay, **{"cafile": cafile, "timeout": 5, **login, **options})

    return make


@pytest.fixture
def smtp_email() -> Email:
    return Email(
        sender=Address("bot@example.com", "Бот"),
        to=(Address("sales@example.com"), Address("second@example.com")),
        subject="Заказ KMT-4827",
        text="Цемент М500, 10 меш.",
    )
