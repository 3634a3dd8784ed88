"""A provider is looked at stage by stage, with one login at most."""

import asyncio
import socket
from datetime import timedelta

import pytest

from notifykit import Address, Email, Notifier
from notifykit.diagnosis import find
from notifykit.doctor import check
from notifykit.doctor.connection import visit
from notifykit.errors import ProviderHeldError, UnavailableError
from notifykit.simulators import (
    Answer,
    Close,
    Hang,
    MailgunServer,
    Say,
    SendGridServer,
    SmtpServer,
    local_certificates,
)
from notifykit.storage import MemoryRepository
from notifykit.submission import Hold
from notifykit.testing import FakeTransport
from notifykit.transports import (
    MailgunTransport,
    Relay,
    Security,
    SendGridTransport,
    SmtpTransport,
)
from notifykit.transports.relays import RELAYS

BOT, SALES = "bot@example.com", "sales@example.com"
PASSWORD = "abcdefghijklmnop"


@pytest.fixture(scope="session")
def certificates():
    return local_certificates()


@pytest.fixture(scope="session")
def cafile(certificates, tmp_path_factory):
    return certificates.save(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def reach(cafile):
    def transport(server, security, **options):
        relay = Relay("gmail", server.host, server.port, Security(security))
        login = {"user": BOT, "password": PASSWORD}
        return SmtpTransport(relay, **{"cafile": cafile, "timeout": 5, **login, **options})

    return transport


@pytest.fixture
def server(certificates):
    def make(security):
        return SmtpServer(
            "gmail", security=security, tls=certificates.server, users={BOT: PASSWORD}
        )

    return make


async def look(transport, **options):
    looked = await visit(transport, **options)
    await transport.aclose()
    return looked


def steps(looked):
    return [(finding.id, finding.entry.step) for finding in looked.findings]


@pytest.mark.parametrize("security", ["starttls", "implicit"])
async def test_every_stage_has_its_line_and_its_time(server, reach, security):
    async with server(security) as gmail:
        transport = reach(gmail, security)
        looked = await look(transport)

    assert ["dns", "tcp", "tls", "login"] == [step for _, step in steps(looked)]
    assert all(finding.seconds >= 0 for finding in looked.findings)
    assert (1, 1) == (gmail.connections, gmail.login_attempts)


async def test_a_refused_login_is_one_login_whatever_the_server_offers(server, reach):
    async with server("starttls") as gmail:
        looked = await look(reach(gmail, "starttls", password="wrong"))

    assert ["fine.dns", "fine.tcp", "fine.tls", "NK205"] == [id_ for id_, _ in steps(looked)]
    assert 1 == gmail.login_attempts


async def test_an_untrusted_certificate_is_found_at_tls_and_no_login_follows(server, reach):
    async with server("starttls") as gmail:
        looked = await look(reach(gmail, "starttls", cafile=None))

    assert ["fine.dns", "fine.tcp", "NK203"] == [id_ for id_, _ in steps(looked)]
    assert find("network.certificate-unknown-issuer") == looked.error.diagnosis
    assert 0 == gmail.login_attempts


async def test_implicit_tls_at_a_starttls_port_is_told_as_such(server, reach):
    async with server("starttls") as gmail:
        looked = await look(reach(gmail, "implicit"))

    assert ("NK203", "tls") == steps(looked)[-1]
    assert find("network.port-and-security-differ") == looked.error.diagnosis


async def test_starttls_at_an_implicit_port_is_told_as_such_within_the_patience(server, reach):
    async with server("implicit") as gmail:
        looked = await look(reach(gmail, "starttls"), patience=0.3)

    assert ["fine.dns", "fine.tcp", "NK204"] == [id_ for id_, _ in steps(looked)]
    assert find("network.no-greeting") == looked.error.diagnosis


async def test_a_login_that_is_never_answered_ends_with_the_patience(server, reach):
    async with server("starttls") as gmail:
        gmail.on("auth", Hang())
        looked = await look(reach(gmail, "starttls"), patience=0.5)

    assert ["fine.dns", "fine.tcp", "fine.tls", "NK207"] == [id_ for id_, _ in steps(looked)]
    assert 1 == gmail.login_attempts


async def test_a_server_that_hangs_up_at_once_is_no_closed_port(server, reach):
    async with server("starttls") as gmail:
        gmail.on("greeting", Close())
        looked = await look(reach(gmail, "starttls"))

    assert ["fine.dns", "fine.tcp", "NK204"] == [id_ for id_, _ in steps(looked)]
    assert find("network.lost") == looked.error.diagnosis


async def test_a_port_where_nobody_listens_is_found_at_tcp(server, reach):
    async with server("starttls") as gmail:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            gmail.port = closed.getsockname()[1]
            looked = await look(reach(gmail, "starttls"))

    assert ["fine.dns", "NK202"] == [id_ for id_, _ in steps(looked)]


async def test_a_host_without_a_name_is_found_at_dns_and_nothing_is_tried(cafile):
    relay = Relay("gmail", "no..such..host", 587, Security.STARTTLS)
    looked = await look(SmtpTransport(relay, user=BOT, password=PASSWORD, cafile=cafile))

    assert ["NK201"] == [id_ for id_, _ in steps(looked)]
    assert find("network.host-unknown") == looked.error.diagnosis
    assert "no..such..host: " in looked.findings[0].evidence("en")


async def test_a_providers_own_host_that_is_not_found_is_the_resolvers_fault(cafile, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    relay = RELAYS["gmail"]
    looked = await look(SmtpTransport(relay, user=BOT, password=PASSWORD, cafile=cafile))

    assert find("network.names-unavailable") == looked.error.diagnosis
    assert "smtp.gmail.com: " in looked.findings[0].evidence("en")


async def test_a_server_without_a_login_is_told_as_one(reach):
    async with SmtpServer("smtp") as relay:
        looked = await look(reach(relay, "none", user=None, password=None))

    assert ["fine.dns", "fine.tcp", "fine.no-login"] == [id_ for id_, _ in steps(looked)]


async def test_a_connection_that_is_kept_is_asked_without_a_second_login(server, reach):
    async with server("starttls") as gmail:
        transport = reach(gmail, "starttls")
        await visit(transport)
        looked = await look(transport)

    assert "fine.kept" == steps(looked)[-1][0]
    assert (1, 1) == (gmail.connections, gmail.login_attempts)


async def test_a_key_is_tried_without_sending(certificates, cafile):
    async with SendGridServer(tls=certificates.server) as sendgrid:
        transport = SendGridTransport(sendgrid.key, url=sendgrid.url, cafile=cafile)
        looked = await look(transport)

    assert ["fine.dns", "fine.tcp", "fine.tls", "fine.key"] == [id_ for id_, _ in steps(looked)]
    assert [] == sendgrid.taken
    assert ["/v3/scopes"] == [request.path for request in sendgrid.requests]


async def test_a_key_without_the_scope_is_held_against_the_account():
    async with SendGridServer(scopes=["stats.read"]) as sendgrid:
        looked = await look(SendGridTransport(sendgrid.key, url=sendgrid.url))

    assert "NK206" == steps(looked)[-1][0]


async def test_a_wrong_key_is_refused_at_the_login():
    async with SendGridServer() as sendgrid:
        looked = await look(SendGridTransport("SG.other", url=sendgrid.url))

    assert "NK205" == steps(looked)[-1][0]


async def test_a_sending_key_of_mailgun_is_said_to_be_one():
    async with MailgunServer(sending_only=True) as mailgun:
        transport = MailgunTransport(mailgun.key, mailgun.domain, url=mailgun.url)
        looked = await look(transport)

    assert "fine.sending-key" == steps(looked)[-1][0]
    assert [] == mailgun.taken


async def test_the_clock_of_a_provider_is_read_even_where_it_refuses():
    late = "Sun, 22 Nov 2026 00:00:00 GMT"
    async with SendGridServer() as sendgrid:
        sendgrid.next(Answer(401, "no", headers={"Date": late}))
        looked = await look(SendGridTransport(sendgrid.key, url=sendgrid.url))

    assert looked.error is not None
    assert abs(looked.ahead) > timedelta(minutes=1)


async def test_a_transport_of_ones_own_has_one_line_and_may_raise_anything():
    class Odd(FakeTransport):
        async def check(self) -> None:
            raise LookupError("hm")

    fine, odd = await look(FakeTransport()), await look(Odd())

    assert ["fine.local"] == [id_ for id_, _ in steps(fine)]
    assert ["NK207"] == [id_ for id_, _ in steps(odd)]


async def test_a_check_of_a_notifier_in_use_tells_every_provider_database_and_templates(
    server, reach
):
    async with server("starttls") as gmail:
        notifier = Notifier(reach(gmail, "starttls"), FakeTransport(), sender=BOT, sales=[SALES])
        async with notifier:
            found = await check(notifier)

    about = list(dict.fromkeys(finding.subject for finding in found))
    assert ["gmail", "fake", "database", "templates"] == about
    assert "NK505" in {finding.id for finding in found}  # memory ends with the process


async def test_a_check_that_goes_well_lifts_a_hold_for_a_refused_login():
    repository = MemoryRepository()
    hold = Hold(
        source="default",
        provider="fake",
        reason="535",
        until=repository._clock(),
        diagnosis=find("gmail.credentials-refused"),
    )
    await repository.hold(hold, lasting=timedelta(hours=1))
    notifier = Notifier(FakeTransport(), sender=BOT, sales=[SALES], repository=repository)

    await check(notifier)

    assert [] == list(await repository.holds("default"))
    await notifier.aclose()


async def test_providers_are_looked_at_all_at_once():
    together = asyncio.Barrier(2)

    class Slow(FakeTransport):
        async def check(self) -> None:
            await together.wait()
            raise ProviderHeldError("held", provider=self.name)

    one, other = Slow(), Slow()
    other.name = "other"
    notifier = Notifier(one, other, sender=Address(BOT), sales=[SALES])
    async with asyncio.timeout(5):
        found = await check(notifier)
    await notifier.aclose()

    assert 2 == [finding.id for finding in found].count("NK206")


async def test_a_rehearsal_never_logs_in_a_second_time(server, reach):
    async with server("starttls") as gmail:
        gmail.on("mail", Say("421 4.7.0 Temporary System Problem - gsmtp", close=True))
        transport = reach(gmail, "starttls")
        await visit(transport)
        refusal = await _refusal(transport)
        await transport.aclose()

    assert 421 == refusal.code
    assert 1 == gmail.login_attempts


async def _refusal(transport):
    email = Email(sender=Address(BOT), to=(Address(SALES),), subject="?", text="?")
    with pytest.raises(UnavailableError) as caught:
        await transport.rehearse(email)
    return caught.value
