"""Notifications that nobody made: to try templates with, and for the test mail."""

from __future__ import annotations

from notifykit.notifications import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
    Pickup,
    Priority,
)

_CUSTOMER = Contact(name="Иван Петров", phone="+7 900 000-00-00", email="ivan@example.com")

ORDER = Order(
    number="TEST-1",
    customer=_CUSTOMER,
    lines=[
        OrderLine(
            code="00-0123",
            title="Цемент М500",
            unit="меш",
            quantity="10",
            price="512.50",
            stock="84",
        ),
        OrderLine(code="00-0124", title="Доставка краном", quantity="1"),
    ],
    delivery=DeliveryTo(address="Тверь, Ленина 1"),
    comment="Проверка почты, ничего делать не нужно. A test of the mail, nothing to do.",
)
CALL = ManagerCall(
    summary="Проверка почты, ничего делать не нужно. A test of the mail, nothing to do.",
    priority=Priority.HIGH,
    customer=_CUSTOMER,
)
SAMPLES: tuple[Notification, ...] = (
    ORDER,
    Order(
        customer=Contact(name="А", email="a@example.com"),
        lines=ORDER.lines,
        delivery=Pickup(point="1"),
    ),
    CALL,
    ManagerCall(summary="?", customer=Contact(phone="+7 900 000-00-00")),
)
