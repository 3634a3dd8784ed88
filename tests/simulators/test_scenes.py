"""What a provider says in a scene leads to the diagnosis that the scene stands for."""

import pytest

from notifykit import Address, Email
from notifykit.diagnosis import find
from notifykit.errors import DeliveryError
from notifykit.simulators import (
    HTTP_SCENES,
    PROFILES,
    SCENES,
    MailgunServer,
    SendGridServer,
    SmtpServer,
)
from notifykit.transports import (
    MailgunTransport,
    Relay,
    Security,
    SendGridTransport,
    SmtpTransport,
)

USER, PASSWORD = "bot@example.com", "secret"
EMAIL = Email(
    sender=Address("bot@example.com"), to=[Address("sales@example.com")], subject="x", text="x"
)
STAGES = {"greeting": "connect"}


@pytest.mark.parametrize("scene", SCENES)
async def test_it_is_diagnosed_by_smtp(scene: str) -> None:
    provider = PROFILES[scene.partition(".")[0]].provider
    async with SmtpServer(provider, users={USER: PASSWORD}) as server:
        server.play(scene)
        relay = Relay(provider, server.host, server.port, Security.NONE)
        async with SmtpTransport(relay, user=USER, password=PASSWORD, timeout=5) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(EMAIL)

    found = SCENES[scene]
    assert found.means == caught.value.diagnosis.id
    assert STAGES.get(found.stage, found.stage) == caught.value.stage
    assert [] == server.mails


@pytest.mark.parametrize("scene", [name for name in HTTP_SCENES if name.startswith("sendgrid")])
async def test_it_is_diagnosed_at_sendgrid(scene: str) -> None:
    async with SendGridServer() as server:
        server.play(scene)
        async with SendGridTransport("SG.test", url=server.url) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(EMAIL)

    assert HTTP_SCENES[scene].means == caught.value.diagnosis.id
    assert [] == server.taken


@pytest.mark.parametrize("scene", [name for name in HTTP_SCENES if name.startswith("mailgun")])
async def test_it_is_diagnosed_at_mailgun(scene: str) -> None:
    async with MailgunServer() as server:
        server.play(scene)
        async with MailgunTransport("key-test", "example.com", url=server.url) as transport:
            with pytest.raises(DeliveryError) as caught:
                await transport.send(EMAIL)

    assert HTTP_SCENES[scene].means == caught.value.diagnosis.id


def test_every_scene_belongs_to_a_provider_and_names_a_diagnosis_that_there_is() -> None:
    for name, scene in {**SCENES, **HTTP_SCENES}.items():
        assert name.partition(".")[0] in PROFILES
        assert find(scene.means) is not None, name


def test_every_profile_refuses_a_wrong_password_in_words_of_its_own() -> None:
    words = {profile.refused_login for profile in PROFILES.values()}

    assert len(PROFILES) == len(words)
