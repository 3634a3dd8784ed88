"""A notifier whose provider took an order, and providers that tell what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from notifykit import Notifier, Order, Submission
from notifykit.alarms import Alarm
from notifykit.notifier import Options
from notifykit.settling import RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.testing import FakeTransport
from notifykit.webhooks import app
from webhooks.station import MAILGUN_KEY, MakeStation, SendGrid, Station


@pytest.fixture
async def make_station(clock):
    made: list[Notifier] = []

    async def make(
        *,
        name: str = "sendgrid",
        repository: Any = None,
        sales: tuple[str, ...] = ("sales@example.com",),
        hook: Any = None,
        retry: RetryPolicy | None = None,
    ) -> Station:
        fake = FakeTransport()
        fake.name = name
        alarms: list[Alarm] = []
        repository = repository or MemoryRepository(clock=clock)
        notifier = Notifier(
            fake,
            sender="bot@example.com",
            sales=list(sales),
            repository=repository,
            options=Options(
                clock=clock,
                locale="en",
                on_alarm=hook or alarms.append,
                retry=retry or RetryPolicy(jitter=0),
            ),
        )
        made.append(notifier)
        sendgrid = SendGrid()
        webhooks = app(notifier, sendgrid_key=sendgrid.key, mailgun_key=MAILGUN_KEY)
        return Station(notifier, repository, fake, sendgrid, webhooks, clock, alarms)

    yield make
    for notifier in made:
        await notifier.aclose()


@pytest.fixture
async def station(make_station: MakeStation) -> Station:
    return await make_station()


@pytest.fixture
async def sent(station: Station, order: Order) -> Submission:
    return await station.notifier.send(order)
