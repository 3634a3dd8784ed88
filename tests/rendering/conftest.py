"""What the tests of rendering tell about: orders, calls, and one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from notifykit.notifications import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
    Priority,
)
from notifykit.rendering import Rendered, TemplateRenderer

CEMENT = OrderLine(
    code="00-0123",
    title="Цемент М500 Д0, мешок 50 кг",
    unit="меш",
    quantity="10",
    price="512.50",
    stock="84",
)
BRICK = OrderLine(
    code="00000007",
    title="Кирпич полнотелый М150 250×120×65 мм, красный",
    quantity="352",
    price="27.4",
    stock="120",
)
STEEL = OrderLine(code="AR-12", title="Арматура А500С Ø12 мм", unit="м", quantity="124.50")


@pytest.fixture
def order() -> Callable[..., Order]:
    """Make an order; name what is to be different."""

    def make(**fields: Any) -> Order:
        usual = {
            "number": "A-17",
            "conversation": "tg:42",
            "customer": Contact(
                name="Иван Петров",
                phone="8 (900) 000-00-00",
                email="ivan@example.com",
                telegram="@ivan_petrov",
            ),
            "lines": (CEMENT, BRICK, STEEL),
            "delivery": DeliveryTo(address="Тверь, Ленина 1"),
            "comment": "Позвоните за час.\nПропуск закажу сам.",
        }
        return Order.model_validate({**usual, **fields})

    return make


@pytest.fixture
def call() -> Callable[..., ManagerCall]:
    """Make a call for a manager; name what is to be different."""

    def make(**fields: Any) -> ManagerCall:
        usual = {
            "summary": "Нужна скидка на 10 мешков.\nБот не может ответить.",
            "priority": Priority.HIGH,
            "customer": Contact(name="Иван Петров", phone="+7 900 000-00-00"),
            "conversation": "tg:42",
        }
        return ManagerCall.model_validate({**usual, **fields})

    return make


renderer = cache(TemplateRenderer)


@pytest.fixture
def render() -> Callable[..., Rendered]:
    """Render a notification; what is named beyond it goes to the renderer."""

    def run(notification: Notification, **settings: Any) -> Rendered:
        return renderer(**settings).render(
            notification,
            reference="KMT-4827",
            created_at=datetime(2026, 11, 22, 14, 42, tzinfo=UTC),
        )

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write the user's own templates, given as pairs of name and content."""

    def write(files: dict[str, str]) -> Path:
        for name, content in files.items():
            (tmp_path / name).write_text(content, "utf-8")
        return tmp_path

    return write
