"""What all tests share: no traffic beyond this machine, and values to send."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from notifykit import Contact, DeliveryTo, ManagerCall, Order, OrderLine, Priority
from notifykit.storage.migrate import migrate
from notifykit.storage.tables import metadata
from postgres_server import Server, running


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise RuntimeError(f"a test wants to leave this machine: {arguments[1]!r}")


sys.addaudithook(_stay_on_this_machine)


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def make_order() -> Callable[..., Order]:
    def make(**changes: Any) -> Order:
        values: dict[str, Any] = {
            "customer": Contact(name="Иван Петров", phone="+7 900 000-00-00"),
            "lines": (
                OrderLine(
                    code="00-0123",
                    title="Цемент М500",
                    unit="меш",
                    quantity="10",
                    price="512.50",
                    stock="84",
                ),
            ),
            "delivery": DeliveryTo(address="Тверь, Ленина 1"),
        }
        return Order.model_validate(values | changes)

    return make


@pytest.fixture
def order(make_order: Callable[..., Order]) -> Order:
    return make_order()


@pytest.fixture
def call() -> ManagerCall:
    return ManagerCall(
        summary="Клиент спрашивает про доставку в субботу.",
        priority=Priority.HIGH,
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def empty_postgres_url(postgres: Server) -> Iterator[str]:
    """A database of its own, without tables."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def postgres_url(_migrated: str) -> str:
    """A database with our tables, and nothing in them."""
    with psycopg.connect(_migrated, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    return _migrated
