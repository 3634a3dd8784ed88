"""Invented notifications, one of each kind, to look at templates with."""

from __future__ import annotations

from notifykit.notifications import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
    Priority,
)

_SAID = {
    "ru": {
        "name": "Иван Петров",
        "address": "Тверь, ул. Ленина, 1, подъезд 2",
        "comment": "Позвоните за час до доставки.\nВъезд со двора.",
        "summary": "Клиент выбрал цемент и клей и спрашивает, можно ли привезти в субботу.",
        "lines": (
            "Цемент М500 Д0, 50 кг|меш",
            "Клей плиточный усиленный, 25 кг|меш",
            "Арматура А500 12 мм|м",
        ),
    },
    "en": {
        "name": "Ivan Petrov",
        "address": "1 Lenina street, Tver, entrance 2",
        "comment": "Call an hour before you come.\nThe gate is in the yard.",
        "summary": "The client chose cement and glue, and asks whether it can come on Saturday.",
        "lines": (
            "Cement M500 D0, 50 kg|bag",
            "Tile adhesive, reinforced, 25 kg|bag",
            "Rebar A500 12 mm|m",
        ),
    },
}
_FIGURES = (
    ("00-0123", "10", "512.50", "84"),
    ("00-0077", "24", "389.90", "12"),
    ("А-0512", "150.5", None, None),
)


def stock_sample(kind: str, locale: str) -> Notification | None:
    """Make a sample of one of our own kinds; ``None`` for any other."""
    if kind == Order.kind:
        return _order(locale)
    if kind == ManagerCall.kind:
        order = _order(locale)
        return ManagerCall(
            summary=str(_SAID[locale]["summary"]),
            priority=Priority.HIGH,
            order=order,
            customer=order.customer,
            conversation="tg:42",
        )
    return None


def _order(locale: str) -> Order:
    said = _SAID[locale]
    return Order(
        number="A-17",
        conversation="tg:42",
        customer=Contact(
            name=str(said["name"]),
            phone="+7 900 000-00-00",
            email="client@example.com",
            telegram="@client_example",
        ),
        lines=[
            OrderLine.model_validate(
                {
                    "code": code,
                    "title": text.partition("|")[0],
                    "unit": text.partition("|")[2],
                    "quantity": quantity,
                    "price": price,
                    "stock": stock,
                }
            )
            for text, (code, quantity, price, stock) in zip(said["lines"], _FIGURES, strict=True)
        ],
        delivery=DeliveryTo(address=str(said["address"])),
        comment=str(said["comment"]),
    )
