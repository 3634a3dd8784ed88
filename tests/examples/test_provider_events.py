"""The backend of the example hears from simulated providers, through FastAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import httpx
import pytest

from notifykit import Order
from notifykit.simulators import MailgunServer, SendGridServer
from notifykit.simulators.events import EventPost

PATH = "/events/9f2c4e"


@pytest.fixture
async def providers() -> AsyncIterator[tuple[SendGridServer, MailgunServer]]:
    async with SendGridServer() as sendgrid, MailgunServer() as mailgun:
        yield sendgrid, mailgun


@pytest.fixture
async def example(
    load, providers, monkeypatch, tmp_path
) -> AsyncIterator[tuple[ModuleType, httpx.AsyncClient]]:
    sendgrid, mailgun = providers
    monkeypatch.chdir(tmp_path)
    for name, value in {
        **sendgrid.environ,
        **mailgun.environ,
        "MAIL_PROVIDER": "sendgrid,mailgun",
        "SENDGRID_WEBHOOK_KEY": sendgrid.webhook_key,
        "MAILGUN_WEBHOOK_KEY": mailgun.webhook_key,
        "EVENTS_PATH": PATH,
    }.items():
        monkeypatch.setenv(name, value)
    module = load("provider_events.py")
    transport = httpx.ASGITransport(module.backend)
    async with (
        module.backend.router.lifespan_context(module.backend),
        httpx.AsyncClient(transport=transport, base_url="http://backend") as client,
    ):
        yield module, client


async def tell(client: httpx.AsyncClient, provider: str, post: EventPost) -> Any:
    reply = await client.post(f"{PATH}/{provider}", content=post.body, headers=dict(post.headers))
    return reply.status_code, reply.json()


async def test_an_order_is_known_to_have_arrived_or_bounced(
    example, providers, order: Order
) -> None:
    module, client = example
    sendgrid, mailgun = providers
    sent = await module.notifier.send(order)
    code, counts = await tell(client, "sendgrid", sendgrid.events("processed", "delivered"))
    arrived = (await client.get(f"/orders/{sent.id}")).json()
    event = {"event": "failed", "severity": "permanent", "recipient": sent.recipients[0]}
    bounce = mailgun.signed({**event, "user-variables": {"submission_id": sent.id}})
    await tell(client, "mailgun", bounce)
    bounced = (await client.get(f"/orders/{sent.id}")).json()

    assert (200, 2) == (code, counts["kept"])
    assert {"status": "SENT", "delivery": "delivered"} == arrived
    assert {"status": "SENT", "delivery": "bounced"} == bounced


async def test_strangers_are_refused(example) -> None:
    _, client = example
    codes = [
        (await client.post(f"{PATH}/{provider}", content=b"{}")).status_code
        for provider in ("sendgrid", "mailgun", "gmail")
    ]

    assert [403, 403, 404] == codes
