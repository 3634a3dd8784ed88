"""The order mail that everybody keeps and sends: 1.5 KB of text and 12 KB of Cyrillic HTML."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.contestants import base
from notifykit import Contact, DeliveryTo, Order, OrderLine
from notifykit.rendering import Rendered, TemplateRenderer

SENDER, SALES = base.SENDER, base.SALES


def order() -> Order:
    """Make an order of five lines."""
    return Order(
        number="A-17",
        conversation="tg:42",
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
        lines=tuple(
            OrderLine(
                code=f"00-012{number}",
                title="Цемент М500 Д0, мешок 50 кг, Новороссийск",
                unit="меш",
                quantity="10",
                price="512.50",
                stock="84",
            )
            for number in range(5)
        ),
        delivery=DeliveryTo(address="Тверь, Ленина 1"),
    )


def mail() -> Rendered:
    """Render it, for those who are given finished mails."""
    made = datetime(2026, 11, 22, tzinfo=UTC)
    return TemplateRenderer().render(order(), reference="KMT-4827", created_at=made)
