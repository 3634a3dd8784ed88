"""What the demo sends, and how it makes sure that it arrived."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from html import unescape

from notifykit.cli.context import Context
from notifykit.ids import new_reference
from notifykit.notifications import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
    Priority,
)
from notifykit.simulators import ReceivedMail
from notifykit.submission import Submission

USER = "bot@example.com"
SALES = "sales@example.com"
MANAGER = "manager@example.com"
_LINES = (
    ("00-0123", "10", "512.50", "84"),
    ("00-0077", "24", "389.90", "12"),
    ("А-0512", "150.5", None, None),
)


def mailbox_password() -> str:
    """Make an app password as Google shows it: four groups of four letters."""
    letters = (secrets.choice(string.ascii_lowercase) for _ in range(16))
    return " ".join("".join(next(letters) for _ in range(4)) for _ in range(4))


def order(context: Context) -> Order:
    """Make an order; each is one of its own, so that the demo can run again."""
    lines = []
    for said, (code, quantity, price, stock) in zip(
        context.say("demo.order.lines").split(";"), _LINES, strict=True
    ):
        title, _, unit = said.partition("|")
        lines.append(
            OrderLine.model_validate(
                {
                    "code": code,
                    "title": title,
                    "unit": unit,
                    "quantity": quantity,
                    "price": price,
                    "stock": stock,
                }
            )
        )
    return Order(
        conversation=f"demo:{new_reference()}",
        customer=_customer(context),
        lines=tuple(lines),
        delivery=DeliveryTo(address=context.say("demo.order.address")),
        comment=context.say("demo.order.comment"),
    )


def call(context: Context) -> ManagerCall:
    """Make a call for a manager."""
    return ManagerCall(
        conversation=f"demo:{new_reference()}",
        summary=context.say("demo.call.summary"),
        priority=Priority.HIGH,
        customer=_customer(context),
    )


def _customer(context: Context) -> Contact:
    name = context.say("demo.order.customer")
    return Contact(name=name, phone="+7 900 000-00-00", email="client@example.com")


def faults(mail: ReceivedMail, submission: Submission, told: Notification) -> Iterator[str]:
    """Compare what arrived with what was to be told; name what differs."""
    parsed = mail.parsed
    if not mail.tls:
        yield "TLS"
    if mail.user != USER:
        yield "AUTH"
    if mail.rcpt_to != submission.recipients:
        yield "RCPT TO"
    if parsed["Message-ID"] != submission.message_id:
        yield "Message-ID"
    if parsed["Subject"] != submission.subject:
        yield "Subject"
    for part in ("plain", "html"):
        body = parsed.get_body((part,))
        shown = unescape(body.get_content()) if body else ""
        yield from (f"{part}: {text}" for text in _expected(told) if text not in shown)


def _expected(told: Notification) -> list[str]:
    if isinstance(told, Order):
        lines = [text for line in told.lines for text in (line.code, line.title)]
        return [told.customer.name or "", told.comment or "", *lines]
    if isinstance(told, ManagerCall) and told.customer:
        return [told.customer.name or "", told.summary]
    return []
