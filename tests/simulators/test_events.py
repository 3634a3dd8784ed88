"""Simulated providers tell what became of what they took, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn

from notifykit import Notifier, Order
from notifykit.simulators import MailgunServer, SendGridServer
from notifykit.storage import MemoryRepository
from notifykit.submission import EventKind
from notifykit.transports import MailgunTransport, SendGridTransport
from notifykit.webhooks import app


@asynccontextmanager
async def listening(application: Callable) -> AsyncIterator[str]:
    """Serve an application on this machine as people do."""
    config = uvicorn.Config(application, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    serving = asyncio.create_task(server.main_loop())
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
        await server.shutdown()


@pytest.fixture
def repository() -> MemoryRepository:
    return MemoryRepository()


def notifier(transport, repository) -> Notifier:
    people = {"sender": "bot@example.com", "sales": ["sales@example.com", "second@example.com"]}
    return Notifier(transport, repository=repository, **people)


async def test_sendgrids_events_reach_the_submission(order: Order, repository) -> None:
    async with SendGridServer() as server:
        transport = SendGridTransport("SG.test", url=server.url)
        async with notifier(transport, repository) as bot:
            sent = await bot.send(order)
            webhooks = app(bot, sendgrid_key=server.webhook_key)
            async with listening(webhooks) as url:
                post = server.events("processed", "delivered", response="250 OK")
                codes = [await post.to(f"{url}/hooks/sendgrid") for _ in range(2)]
                refused = await server.events("bounce").to(f"{url}/mailgun")
        events = await repository.events(sent.id)

    assert ([200, 200], 503) == (codes, refused)
    assert 4 == len(events)
    assert {"sales@example.com", "second@example.com"} == {event.recipient for event in events}
    assert {EventKind.ACCEPTED, EventKind.DELIVERED} == {event.kind for event in events}


async def test_mailguns_events_reach_the_submission(order: Order, repository) -> None:
    async with MailgunServer() as server:
        transport = MailgunTransport("key-test", "example.com", url=server.url)
        async with notifier(transport, repository) as bot:
            sent = await bot.send(order)
            webhooks = app(bot, mailgun_key=server.webhook_key)
            async with listening(webhooks) as url:
                posts = server.events(
                    "failed", severity="permanent", **{"delivery-status": {"code": 550}}
                )
                codes = [await post.to(f"{url}/mailgun") for post in posts]
        events = await repository.events(sent.id)

    assert [200, 200] == codes
    assert [(EventKind.BOUNCED, 550)] * 2 == [(event.kind, event.code) for event in events]


async def test_events_may_be_about_an_earlier_email_and_an_earlier_time(
    order: Order, call, repository
) -> None:
    async with SendGridServer() as server:
        transport = SendGridTransport("SG.test", url=server.url)
        async with notifier(transport, repository) as bot:
            first = await bot.send(order)
            await bot.send(call)
            webhooks = app(bot, sendgrid_key=server.webhook_key)
            async with listening(webhooks) as url:
                old = await server.events("open", at=1_600_000_000).to(f"{url}/sendgrid")
                new = await server.events("open", about=server.taken[0]).to(f"{url}/sendgrid")
        found = await repository.get(first.id)

    assert (403, 200, "delivered") == (old, new, found and found.delivery)
