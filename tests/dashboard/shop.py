"""A shop's fortnight, with everything that can happen to a mail, to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

from notifykit import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Notifier,
    Order,
    OrderLine,
    Priority,
)
from notifykit.diagnosis import Reply, diagnose
from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from notifykit.notifier import Options
from notifykit.rendering import Rendered
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import MemoryRepository
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Event, EventKind
from notifykit.testing import FakeTransport

__all__ = ["replace", "timedelta"]

NAMES = (
    *("Иван Петров", "Мария Кузнецова", "ООО «Северный дом»", "Алексей", "Ольга Владимировна"),
    *("Дмитрий С.", "ИП Гончаренко-Воскресенский", "Анна", "Сергей Ли", "Екатерина Белова"),
)
GOODS = (
    ("00-0123", "Цемент М500 Д0, мешок 50 кг", "меш", "512.50"),
    ("00-0077", "Клей плиточный усиленный, 25 кг", "меш", "389.90"),
    ("А-0512", "Арматура А500С 12 мм", "м", "64.10"),
    ("00-2201", "Утеплитель базальтовый 100 мм", "упак", "2150"),
)


class Clock:
    """Begins two weeks ago, and ends now."""

    def __init__(self, now: datetime | None = None) -> None:
        self.end = now or datetime.now(UTC)
        self.now = self.end - timedelta(days=13)

    def __call__(self) -> datetime:
        return self.now


def refusal(
    kind: type[DeliveryError], provider: str, code: int, text: str, stage: str = "auth"
) -> DeliveryError:
    known = diagnose(Reply(provider=provider, stage=stage, code=code, text=text))
    return kind(text, provider=provider, stage=stage, code=code, diagnosis=known)


def order(number: int, **changes: object) -> Order:
    code, title, unit, price = GOODS[number % len(GOODS)]
    other = GOODS[(number + 1) % len(GOODS)]
    values: dict[str, object] = {
        "number": f"A-{number}",
        "conversation": f"tg:{number}",
        "customer": Contact(
            name=NAMES[number % len(NAMES)],
            phone="+7 900 000-00-00",
            email="client@example.com" if number % 3 == 0 else None,
        ),
        "lines": (
            OrderLine(code=code, title=title, unit=unit, quantity="10", price=price, stock="84"),
            OrderLine(
                code=other[0], title=other[1], unit=other[2], quantity="24", price=other[3], stock=6
            ),
        ),
        "delivery": DeliveryTo(address="Тверь, ул. Ленина, 1"),
        "comment": "Позвоните за час" if number % 4 == 0 else None,
    }
    return Order.model_validate(values | changes)


def call(number: int, priority: Priority = Priority.HIGH) -> ManagerCall:
    return ManagerCall(
        summary="Клиент выбрал цемент и спрашивает, можно ли привезти в субботу до обеда. "
        "Просит скидку за объём.",
        priority=priority,
        conversation=f"tg:call-{number}",
        customer=Contact(name=NAMES[number % len(NAMES)], phone="+7 900 000-00-00"),
    )


class Plain:
    """Renders quickly; whoever looks at mails takes the stock templates."""

    def render(
        self, notification: Notification, *, reference: str, created_at: datetime
    ) -> Rendered:
        told = notification.model_dump_json()
        return Rendered(subject=f"{reference}", text=told, html=f"<p>{escape(told)}</p>")


def notifier(
    repository: SubmissionRepository | None = None,
    *,
    clock: Clock | None = None,
    source: str = "default",
    stock: bool = False,
) -> Notifier:
    clock = clock or Clock()
    return Notifier(
        FakeTransport("gmail"),
        FakeTransport("sendgrid"),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=repository or MemoryRepository(clock=clock),
        renderer=None if stock else Plain(),
        options=Options(
            clock=clock, source=source, limits=None, retry=RetryPolicy(on_unknown=OnUnknown.HOLD)
        ),
    )


async def fill(shop: Notifier, clock: Clock, count: int = 60) -> dict[str, str]:
    """Let a fortnight pass; the ids of what is told of in tests, by what happened to it."""
    gmail, sendgrid = shop.transports
    assert isinstance(gmail, FakeTransport)
    assert isinstance(sendgrid, FakeTransport)
    ids: dict[str, str] = {}
    step = (clock.end - clock.now) / (count + 12)
    for number in range(count):
        clock.now += step
        if number % 9 == 4:
            gmail.fails_with = [_busy()]
        sent = await shop.send(order(number))
        if number % 7 == 2 and sent.sent_at:
            await shop.repository.record(_event(sent.id, number, clock.now))
        ids.setdefault("sent", sent.id)
    clock.now += step
    gmail.fails_with = [_unknown_mailbox()]
    ids["failed"] = (await shop.send(order(900))).id
    clock.now += step
    gmail.fails_with = [_lost()]
    ids["unconfirmed"] = (await shop.send(order(901))).id
    clock.now += step
    bounced = await shop.send(order(902))
    ids["bounced"] = bounced.id
    await shop.repository.record(
        Event(
            id="bounce-1",
            submission_id=bounced.id,
            provider="sendgrid",
            kind=EventKind.BOUNCED,
            recipient="sales@example.com",
            code=550,
            text="The email account that you tried to reach does not exist.",
            occurred_at=clock.now,
        )
    )
    for number in range(3):
        clock.now += step
        priority = (Priority.HIGH, Priority.MEDIUM, Priority.HIGH)[number]
        ids["call"] = (await shop.send(call(number, priority))).id
    clock.now = clock.end - timedelta(minutes=4)
    gmail.fails_with = [_wrong_password()]
    ids["failed-over"] = (await shop.send(order(903))).id
    clock.now = clock.end - timedelta(minutes=1)
    sendgrid.fails_with = [_busy("sendgrid")]
    ids["held"] = (await shop.send(order(904))).id
    clock.now = clock.end
    return ids


def _wrong_password() -> DeliveryError:
    return refusal(
        AuthenticationError,
        "gmail",
        535,
        "5.7.8 Username and Password not accepted. For more information, go to "
        "https://support.google.com/mail/?p=BadCredentials",
    )


def _unknown_mailbox() -> DeliveryError:
    text = "5.1.1 The email account that you tried to reach does not exist."
    return refusal(RejectedError, "gmail", 550, text, "rcpt")


def _busy(provider: str = "gmail") -> DeliveryError:
    text = "4.3.2 Service temporarily unavailable, try again later"
    return refusal(UnavailableError, provider, 421, text, "connect")


def _lost() -> DeliveryError:
    return OutcomeUnknownError(
        "connection reset after the content", provider="gmail", stage="content"
    )


def _event(id_: str, number: int, at: datetime) -> Event:
    return Event(
        id=f"delivered-{number}",
        submission_id=id_,
        provider="sendgrid",
        kind=EventKind.DELIVERED,
        recipient="sales@example.com",
        occurred_at=at,
    )
