"""The agent's tools: what a model may say, and what it is told."""

from __future__ import annotations

import inspect
import json
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, validate_call

from notifykit import Notifier
from notifykit.errors import (
    OutcomeUnknownError,
    RejectedError,
    StorageError,
    UnavailableError,
)
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository
from notifykit.testing.fake import FakeTransport
from notifykit.tools import CatalogueItem, NotifierTools

LINE = {"code": "00-0123", "title": "Цемент", "quantity": 10, "unit": "меш"}
CEMENT = CatalogueItem(title="Цемент М500", unit="меш", price=Decimal("512.50"), stock=Decimal(84))


async def catalogue(code: str) -> CatalogueItem | None:
    return {"00-0123": CEMENT}.get(code)


class Desk:
    """Tools over a fake provider."""

    def __init__(self, locale: str = "ru", **wishes: object) -> None:
        self.fake = FakeTransport()
        self.notifier = Notifier(
            self.fake,
            sender="bot@example.com",
            sales=["sales@example.com"],
            repository=MemoryRepository(),
            options=Options(locale=locale),
        )
        self.tools = NotifierTools(self.notifier, **wishes)


async def test_an_order_is_passed_on_with_the_shops_prices() -> None:
    desk = Desk(catalogue=catalogue)

    reply = await desk.tools.collect_order_info("Иван Петров", [LINE], phone="+7 900 000-00-00")

    assert (True, "SENT", []) == (reply["ok"], reply["status"], reply["problems"])
    assert reply["reference"]
    assert reply["reference"] in reply["say"]
    assert "Цемент М500" in desk.fake.sent[0].text
    assert "512,50" in desk.fake.sent[0].text


async def test_a_model_cannot_invent_a_price_a_stock_or_a_recipient() -> None:
    desk = Desk(catalogue=catalogue)
    sly = {**LINE, "price": "0.01", "stock": "1000000", "to": "thief@example.com"}

    await desk.tools.collect_order_info("Иван", [sly], phone="+7 900 000-00-00")

    (submission,) = await desk.notifier.repository.recent()
    assert ["512.50", "84"] == [submission.notification["lines"][0][k] for k in ("price", "stock")]
    assert ("sales@example.com",) == submission.recipients
    forbidden = {"to", "price", "total", "recipient", "idempotency_key", "force", "attachments"}
    for tool in (desk.tools.collect_order_info, desk.tools.call_manager):
        assert set() == forbidden & set(inspect.signature(tool).parameters)


async def test_without_a_catalogue_every_price_is_on_request() -> None:
    desk = Desk()

    await desk.tools.collect_order_info("Иван", [{**LINE, "price": 1}], phone="+7 900 000-00-00")

    (submission,) = await desk.notifier.repository.recent()
    assert submission.notification["lines"][0]["price"] is None
    assert "по запросу" in desk.fake.sent[0].text


async def test_a_code_that_is_not_in_the_catalogue_is_named() -> None:
    desk = Desk(catalogue=catalogue)

    reply = await desk.tools.collect_order_info(
        "Иван", [LINE, {**LINE, "code": "77"}], phone="+7 900 000-00-00"
    )

    assert not reply["ok"]
    assert ["lines.2.code: кода 77 нет в каталоге, уточни у клиента"] == reply["problems"]
    assert [] == desk.fake.sent


async def test_a_catalogue_that_is_down_does_not_lose_the_order() -> None:
    async def broken(code: str) -> CatalogueItem | None:
        raise TimeoutError

    desk = Desk(catalogue=broken)

    reply = await desk.tools.collect_order_info("Иван", [LINE], phone="+7 900 000-00-00")

    assert reply["ok"]
    assert "по запросу" in desk.fake.sent[0].text


async def test_what_is_missing_is_said_so_that_the_model_can_ask() -> None:
    desk = Desk()

    reply = await desk.tools.collect_order_info("", [{**LINE, "quantity": -1}], phone="1")

    assert (False, "REFUSED", None) == (reply["ok"], reply["status"], reply["reference"])
    assert ["lines.0.quantity: Input should be greater than 0"] == reply["problems"]
    nobody = await desk.tools.collect_order_info("Иван", [LINE])
    assert ["customer: a phone, an email or a Telegram name is needed; ask for one"] == nobody[
        "problems"
    ]
    assert [] == desk.fake.sent


@pytest.mark.parametrize("lines", [None, "cement", [None], [[]], ["cement"], [{}], 5])
async def test_nonsense_is_answered_and_not_raised(lines: object) -> None:
    reply = await Desk(catalogue=catalogue).tools.collect_order_info("Иван", lines, phone="1")

    assert not reply["ok"]
    assert reply["problems"]


async def test_a_repeated_call_is_told_the_first_reference_and_sends_nothing() -> None:
    desk = Desk()
    first = await desk.tools.call_manager("хочет человека", phone="+7 900 000-00-00")

    again = await desk.tools.call_manager("клиент просит человека", phone="8 900 000 00 00")

    assert first["reference"] == again["reference"]
    assert "Второй раз не отправлено" in again["say"]
    assert 1 == len(desk.fake.sent)


async def test_a_call_needs_no_words_where_the_dialogue_is_known() -> None:
    desk = Desk(conversation="tg:42")

    reply = await desk.tools.call_manager(priority="high")

    assert reply["ok"]
    assert "tg:42" in desk.fake.sent[0].text
    assert "1" == desk.fake.sent[0].headers["X-Priority"]


@pytest.mark.parametrize(
    ("error", "status", "ok", "words"),
    [
        (UnavailableError("421", provider="fake"), "QUEUED", True, "не обещай"),
        (OutcomeUnknownError("reset", provider="fake"), "UNCONFIRMED", True, "не подтверждено"),
        (RejectedError("550", provider="fake"), "FAILED", False, "не удалось"),
    ],
)
async def test_the_model_is_told_no_more_than_is_true(error, status, ok, words) -> None:
    desk = Desk()
    desk.fake.fails_with.append(error)

    reply = await desk.tools.call_manager(phone="+7 900 000-00-00")

    assert (ok, status) == (reply["ok"], reply["status"])
    assert words in reply["say"]
    assert "421" not in json.dumps(reply)


@pytest.mark.parametrize(
    "error", [StorageError("postgresql://canary-7c1f"), KeyError("canary-7c1f")]
)
async def test_an_internal_fault_is_neither_raised_nor_shown(error: Exception) -> None:
    class Broken(MemoryRepository):
        async def add(self, submission, **_):
            raise error

    desk = Desk()
    tools = NotifierTools(
        Notifier(desk.fake, sender="bot@example.com", sales=["s@example.com"], repository=Broken())
    )

    reply = await tools.call_manager(phone="+7 900 000-00-00")

    assert (False, "REFUSED") == (reply["ok"], reply["status"])
    assert "canary" not in json.dumps(reply)


async def test_english_is_spoken_too() -> None:
    reply = await Desk(locale="en").tools.call_manager(phone="+7 900 000-00-00")

    assert reply["say"].startswith("Passed on to the sales team")


@pytest.mark.parametrize("name", ["collect_order_info", "call_manager"])
def test_a_framework_can_read_names_types_and_purpose(name: str) -> None:
    tool = getattr(Desk().tools, name)

    schema = TypeAdapter(validate_call(tool)).json_schema()
    parameters = schema.get("properties") or schema["properties"]
    assert inspect.iscoroutinefunction(tool)
    assert name == tool.__name__
    assert {"phone", "email", "telegram"} <= set(parameters)
    assert "Args:" in inspect.getdoc(tool)
    json.dumps(schema)
