"""What a doctor says to everything that a provider may answer, in both languages."""

import tomllib
from pathlib import Path

import pytest

from notifykit import Address
from notifykit.diagnosis import Reply, error_for, find
from notifykit.doctor.connection import visit
from notifykit.doctor.envelopes import envelopes
from notifykit.doctor.trial import trial
from notifykit.rendering import TemplateRenderer
from notifykit.simulators import SCENES, MailgunServer, SendGridServer, SmtpServer
from notifykit.simulators.http_scenes import HTTP_SCENES
from notifykit.testing import FakeTransport
from notifykit.transports import (
    MailgunTransport,
    Relay,
    Security,
    SendGridTransport,
    SmtpTransport,
)

BOT, SALES = Address("bot@example.com"), Address("sales@example.com")
PASSWORD = "abcdefghijklmnop"
LOGINS_COUNT = ("auth", "mail", "rcpt", "content")


@pytest.fixture(scope="session")
def renderer():
    return TemplateRenderer()


@pytest.fixture
def examined(make_notifier, renderer):
    """Everything that is asked of one provider: a check, the envelope, and a mail."""

    async def examine(transport):
        looked = await visit(transport, patience=5)
        found = list(looked.findings)
        if looked.error is None:
            found += [finding async for finding in envelopes(transport, BOT, (SALES,))]
        if "NK207" not in {finding.id for finding in found} and looked.error is None:
            found.append(
                await trial(
                    make_notifier(transport),
                    [transport.name],
                    sender=BOT,
                    sales=(SALES,),
                    renderer=renderer,
                )
            )
        await transport.aclose()
        return found

    return examine


def smtp(server: SmtpServer, provider: str) -> SmtpTransport:
    relay = Relay(provider, server.host, server.port, Security.NONE)
    user, password = next(iter(server.users.items()))
    return SmtpTransport(relay, user=user, password=password, timeout=5)


@pytest.mark.parametrize("name", SCENES)
async def test_a_refusal_by_smtp_is_told_with_its_cause_and_advice(name, examined, read):
    scene, provider = SCENES[name], name.partition(".")[0]
    provider = "smtp" if provider == "mailru" else provider
    async with SmtpServer("smtp", users={BOT.email: PASSWORD}) as server:
        server.play(scene)
        found = await examined(smtp(server, provider))

    known = find(scene.means)
    for locale in ("ru", "en"):
        told = read(found, locale)

        assert known.cause(locale) in told
        assert known.advice(locale) in told
        assert any(mark in told for mark in ("❌", "⚠️"))
    assert server.login_attempts <= 1
    assert (scene.stage in LOGINS_COUNT) == (server.login_attempts == 1)


def http(server, provider):
    if provider == "sendgrid":
        return SendGridTransport(server.key, sender=BOT, url=server.url)
    return MailgunTransport(server.key, server.domain, sender=BOT, url=server.url)


@pytest.mark.parametrize("name", HTTP_SCENES)
async def test_a_refusal_by_http_is_told_with_its_cause_and_advice(
    name, make_notifier, renderer, read
):
    provider = name.partition(".")[0]
    server = SendGridServer() if provider == "sendgrid" else MailgunServer()
    async with server:
        transport = http(server, provider)
        looked = await visit(transport)
        server.play(name)
        found = await trial(
            make_notifier(transport), [provider], sender=BOT, sales=(SALES,), renderer=renderer
        )
        await transport.aclose()

    assert None is looked.error

    known = find(HTTP_SCENES[name].means)
    for locale in ("ru", "en"):
        told = read([found], locale)

        assert known.cause(locale) in told
        assert known.advice(locale) in told


_REPLIES = Path(__file__).parents[1] / "diagnosis" / "replies.toml"
HEARD = [
    pytest.param(Reply(provider=provider, stage=stage, code=code or None, text=text), known)
    for known, replies in tomllib.loads(_REPLIES.read_text("utf-8")).items()
    for provider, stage, code, text in replies
]


@pytest.mark.parametrize(("heard", "known"), HEARD)
async def test_every_answer_of_the_table_has_a_number_a_cause_and_advice(heard, known, read):
    class Refusing(FakeTransport):
        async def check(self) -> None:
            raise error_for(heard)

    looked = await visit(Refusing())

    wrong = looked.findings[-1]
    assert wrong.number
    for locale in ("ru", "en"):
        told = read(looked.findings, locale)

        assert f"❌ {wrong.step(locale)} {find(known).cause(locale)}" in told
        assert find(known).advice(locale) in told


async def test_a_provider_that_lets_us_send_is_fine_from_the_name_to_the_mail(examined, read):
    async with SmtpServer("gmail", users={BOT.email: PASSWORD}) as server:
        found = await examined(smtp(server, "gmail"))

    assert ["fine.dns", "fine.tcp", "fine.login", "fine.recipients", "fine.mail"] == [
        finding.id for finding in found
    ]
    (mail,) = server.mails
    assert mail.parsed["Message-ID"] in read(found, "ru")
    assert "спам" in read(found, "ru").lower()
    assert (1, 1) == (server.connections, server.login_attempts)
