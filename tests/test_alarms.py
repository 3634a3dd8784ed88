"""An order that waits for too long is told to somebody."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from notifykit import Notifier, Order
from notifykit.alarms import Alarm, Watch
from notifykit.errors import ProviderHeldError, UnavailableError
from notifykit.notifier import Options
from notifykit.settling import RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.testing.fake import FakeTransport


class Station:
    """A notifier whose provider is away, and a watch over it."""

    def __init__(self, clock, hook=None) -> None:
        self.fake = FakeTransport()
        self.fake.fails_with = [UnavailableError("421 busy", provider="fake") for _ in range(9)]
        self.notifier = Notifier(
            self.fake,
            sender="bot@example.com",
            sales=["sales@example.com"],
            repository=MemoryRepository(clock=clock),
            options=Options(clock=clock, retry=RetryPolicy(jitter=0)),
        )
        self.watch = Watch(self.notifier.worker.delivery, "default", hook=hook)


async def test_it_is_raised_after_two_and_after_fifteen_minutes_once_each(
    order: Order, clock, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Alarm] = []
    station = Station(clock, told.append)
    await station.notifier.send(order)

    for minute in range(20):
        clock.advance(minutes=1)
        alarms = await station.watch.look()
        assert bool(alarms) == (minute in {2, 15})

    assert [timedelta(minutes=2), timedelta(minutes=15)] == [alarm.after for alarm in told]
    critical = [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL]
    assert 2 == len(critical)
    assert all("421 busy" in line and line.startswith("Email не принят") for line in critical)


async def test_what_was_sent_in_time_raises_none(order: Order, clock) -> None:
    station = Station(clock)
    station.fake.fails_with.clear()
    await station.notifier.send(order)
    clock.advance(hours=1)

    assert [] == await station.watch.look()


async def test_a_coroutine_is_told_too_and_a_broken_one_stops_nothing(
    make_order, clock, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    async def hook(alarm: Alarm) -> None:
        told.append(alarm.submission.reference)
        raise ZeroDivisionError

    station = Station(clock, hook)
    await station.notifier.send(make_order())
    await station.notifier.send(make_order(number="2"))
    clock.advance(minutes=3)

    assert 2 == len(await station.watch.look())
    assert 2 == len(told)
    assert "сбой в обработчике тревог: ZeroDivisionError" in caplog.text


async def test_what_no_longer_waits_is_forgotten(order: Order, clock) -> None:
    station = Station(clock)
    await station.notifier.send(order)
    clock.advance(minutes=3)
    await station.watch.look()
    station.fake.fails_with.clear()
    await station.notifier.worker.run_once()

    assert [] == await station.watch.look()
    assert {} == station.watch._told


async def test_an_open_notifier_watches_by_itself(order: Order, clock) -> None:
    told = asyncio.Queue[Alarm]()
    station = Station(clock)
    station.fake.fails_with = [ProviderHeldError("550 quota", provider="fake")]
    await station.notifier.send(order)
    clock.advance(minutes=3)
    heir = Notifier(
        station.fake,
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=station.notifier.repository,
        options=Options(clock=clock, on_alarm=told.put),
    )

    async with heir, asyncio.timeout(10):
        alarm = await told.get()

    assert "550 quota" == alarm.submission.last_error
