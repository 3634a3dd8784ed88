"""The agent's tools: what a model may say, and what it is told."""

from __future__ import annotations

import inspect
import json
import logging
import re
from decimal import Decimal
from typing import get_args, get_type_hints

import pytest
from pydantic import TypeAdapter, create_model, validate_call

from notifykit import Notifier
from notifykit.errors import (
    OutcomeUnknownError,
    RejectedError,
    StorageError,
    UnavailableError,
)
from notifykit.notifications import MAX_LINES
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository
from notifykit.submission import Status
from notifykit.testing.fake import FakeTransport
from notifykit.tool_texts import SAY, WANTED
from notifykit.tools import CatalogueItem, NotifierTools

LINE = {"code": "00-0123", "title": "Цемент", "quantity": 10, "unit": "меш"}
CEMENT = CatalogueItem(title="Цемент М500", unit="меш", price=Decimal("512.50"), stock=Decimal(84))


async def catalogue(code: str) -> CatalogueItem | None:
    return {"00-0123": CEMENT}.get(code)


def wanted(place: str, locale: str = "ru") -> str:
    return f"{place}: {WANTED[locale][place.rpartition('.')[2]]}"


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
    assert ["lines.1.code: кода 77 нет в каталоге, уточни у клиента"] == reply["problems"]
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

    reply = await desk.tools.collect_order_info("", [{**LINE, "quantity": -1}], phone="22-333")

    assert (False, "REFUSED", None) == (reply["ok"], reply["status"], reply["reference"])
    assert [wanted("lines.0.quantity")] == reply["problems"]
    nobody = await desk.tools.collect_order_info("Иван", [LINE])
    assert [wanted("phone, email, telegram")] == nobody["problems"]
    nameless = await desk.tools.collect_order_info("нет", [LINE])
    assert [wanted("phone, email, telegram")] == nameless["problems"]
    nameless = await desk.tools.collect_order_info("нет", [LINE], phone="22-333")
    assert [wanted("customer_name")] == nameless["problems"]
    assert [] == desk.fake.sent


@pytest.mark.parametrize("lines", [None, "cement", [None], [[]], ["cement"], [{}], 5])
async def test_nonsense_is_answered_and_not_raised(lines: object) -> None:
    reply = await Desk(catalogue=catalogue).tools.collect_order_info("Иван", lines, phone="22-333")

    assert not reply["ok"]
    assert reply["problems"]


async def test_a_repeated_call_is_told_the_first_reference_and_sends_nothing() -> None:
    desk = Desk()
    first = await desk.tools.call_manager("хочет человека", phone="+7 900 000-00-00")

    again = await desk.tools.call_manager("клиент просит человека", phone="8 900 000 00 00")

    assert first["reference"] == again["reference"]
    assert "Второй раз не отправлено" in again["say"]
    assert again["say"].endswith(first["say"])
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
        (UnavailableError("421 canary", provider="fake"), "QUEUED", True, "не обещай"),
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
    assert "canary" not in json.dumps(reply)


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


async def test_a_repeated_call_promises_no_more_than_the_first_one() -> None:
    desk = Desk()
    desk.fake.fails_with.append(UnavailableError("421 canary", provider="fake"))
    await desk.tools.call_manager(phone="+7 900 000-00-00")

    again = await desk.tools.call_manager(phone="+7 900 000-00-00")

    assert (True, "QUEUED") == (again["ok"], again["status"])
    assert "Второй раз не отправлено" in again["say"]
    assert "не обещай" in again["say"]


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("status", list(Status))
def test_there_are_words_with_the_reference_for_every_status(locale: str, status: Status) -> None:
    assert "{reference}" in SAY[locale][status.value]


async def test_null_counts_as_left_out() -> None:
    desk = Desk(conversation="tg:42")
    nothing = dict.fromkeys(["phone", "email", "telegram", "customer_name"])

    order = await desk.tools.collect_order_info(
        "Иван",
        [{**LINE, "unit": None}],
        phone="+7 900 000-00-00",
        **dict.fromkeys(["email", "telegram", "delivery_address", "pickup_point", "comment"]),
    )
    call = await desk.tools.call_manager(None, None, **nothing)

    assert [True, True] == [order["ok"], call["ok"]]
    call, order = await desk.notifier.repository.recent()
    assert ("", "medium", None) == tuple(
        call.notification[name] for name in ("summary", "priority", "customer")
    )
    assert "шт" == order.notification["lines"][0]["unit"]


async def test_a_number_where_text_belongs_is_taken_as_text() -> None:
    desk = Desk()

    await desk.tools.collect_order_info("Иван", [LINE], phone=79000000000, pickup_point=5)

    (order,) = await desk.notifier.repository.recent()
    assert "79000000000" == order.notification["customer"]["phone"]
    assert {"type": "pickup", "point": "5"} == order.notification["delivery"]


@pytest.mark.parametrize("value", [True, ["x"], {"x": 1}, b"x", 1.5])
@pytest.mark.parametrize(
    "name", ["customer_name", "phone", "telegram", "delivery_address", "pickup_point", "comment"]
)
async def test_what_is_no_text_is_named(name: str, value: object) -> None:
    said = {"customer_name": "Иван", "phone": "+7 900 000-00-00", name: value}

    reply = await Desk().tools.collect_order_info(lines=[LINE], **said)

    assert f"{name}: нужен текст" in reply["problems"]


async def test_an_address_and_a_pickup_point_at_once_are_both_named() -> None:
    desk = Desk()

    reply = await desk.tools.collect_order_info(
        "Иван", [LINE], phone="+7 900 000-00-00", delivery_address="Тверь", pickup_point="Склад"
    )

    assert ["delivery_address, pickup_point: нужно что-то одно, уточни у клиента"] == reply[
        "problems"
    ]
    assert [] == desk.fake.sent


async def test_a_long_address_is_named_as_the_model_knows_it() -> None:
    reply = await Desk().tools.collect_order_info(
        "Иван", [LINE], phone="+7 900 000-00-00", delivery_address="я" * 1_001, pickup_point="-"
    )

    assert ["delivery_address: не длиннее 1000 знаков"] == reply["problems"]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"phone": "не указан"}, "phone, email, telegram"),
        ({"telegram": "-"}, "phone, email, telegram"),
        ({"phone": "12-34"}, "phone"),
        ({"phone": "Иван", "email": "a@example.com"}, "phone"),
        ({"email": "ivan at example.com"}, "email"),
        ({"telegram": "Иван"}, "telegram"),
    ],
)
async def test_what_reaches_nobody_is_not_taken(said: dict[str, str], place: str) -> None:
    reply = await Desk().tools.collect_order_info("Иван", [LINE], **said)

    assert [wanted(place)] == reply["problems"]


WRONG = {
    "customer_name": "я" * 129,
    "phone": "1",
    "email": "x",
    "telegram": "Иван",
    "comment": "я" * 70_000,
    "lines": [{"code": 123, "title": "", "quantity": "десять", "unit": "я" * 17}],
}


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_each_problem_names_the_argument_in_the_language_of_the_bot(locale: str) -> None:
    reply = await Desk(locale).tools.collect_order_info(**WRONG)

    flat = set(WRONG) - {"lines"}
    places = {*flat, *(f"lines.0.{name}" for name in WRONG["lines"][0])}
    assert {wanted(place, locale) for place in places} == set(reply["problems"])
    call = await Desk(locale).tools.call_manager("я" * 70_000, "urgent", phone="22-333")
    assert {wanted("summary", locale), wanted("priority", locale)} == set(call["problems"])
    nothing = await Desk(locale).tools.collect_order_info(None, None)
    assert [wanted("lines", locale)] == nothing["problems"]


def test_every_refusal_is_worded_in_both_languages() -> None:
    assert WANTED["ru"].keys() == WANTED["en"].keys()
    assert SAY["ru"].keys() == SAY["en"].keys()
    assert max(len(text) for texts in WANTED.values() for text in texts.values()) < 200


@pytest.mark.parametrize(
    "lines", [json.dumps([LINE]), [json.dumps(LINE)], LINE, json.dumps(LINE), (LINE,)]
)
async def test_lines_are_read_however_a_model_packs_them(lines: object) -> None:
    desk = Desk()

    reply = await desk.tools.collect_order_info("Иван", lines, phone="+7 900 000-00-00")

    assert reply["ok"]
    (order,) = await desk.notifier.repository.recent()
    assert ["00-0123"] == [line["code"] for line in order.notification["lines"]]


@pytest.mark.parametrize("lines", ["[" * 200_000, "[1e999]", "9" * 5_000, " " * 5_000_000])
async def test_json_that_is_meant_to_harm_is_refused(lines: str) -> None:
    reply = await Desk().tools.collect_order_info("Иван", lines, phone="+7 900 000-00-00")

    assert (False, "REFUSED") == (reply["ok"], reply["status"])
    assert SAY["ru"]["mend"] == reply["say"]


async def test_a_number_of_thousands_of_digits_is_no_phone() -> None:
    reply = await Desk().tools.collect_order_info("Иван", [LINE], phone=10**5_000)

    assert "phone: нужен текст" in reply["problems"]


async def test_an_argument_that_is_left_out_is_asked_for_and_not_raised() -> None:
    tools = Desk().tools

    assert [wanted("lines")] == (await tools.collect_order_info(customer_name="Иван"))["problems"]
    reply = await tools.collect_order_info(lines=[LINE], phone="22-333")
    assert [wanted("customer_name")] == reply["problems"]


async def test_an_argument_that_a_model_invents_is_named_and_not_raised() -> None:
    desk = Desk(conversation="tg:42")

    reply = await desk.tools.call_manager(summary="x", order="A-17", self="x")

    names = "summary, priority, customer_name, phone, email, telegram"
    assert [f"{name}: такого аргумента нет, есть {names}" for name in ("order", "self")] == reply[
        "problems"
    ]
    assert [] == desk.fake.sent


@pytest.mark.parametrize("nothing", [None, "", "n/a"])
async def test_an_invented_argument_that_says_nothing_is_no_problem(nothing: str | None) -> None:
    assert (await Desk(conversation="tg:42").tools.call_manager(order=nothing))["ok"]


async def test_an_argument_that_a_programmer_passes_twice_is_raised() -> None:
    with pytest.raises(TypeError, match="multiple values"):
        await Desk().tools.call_manager("x", summary="y")


@pytest.mark.parametrize("priority", ["HIGH", " High ", "high"])
async def test_a_priority_is_read_in_any_case(priority: str) -> None:
    desk = Desk(conversation="tg:42")

    await desk.tools.call_manager(priority=priority)

    assert "1" == desk.fake.sent[0].headers["X-Priority"]


@pytest.mark.parametrize("conversation", [42, b"tg:42", "x" * 129])
def test_a_dialogue_that_no_call_could_name_is_told_to_the_programmer(conversation: object) -> None:
    with pytest.raises(ValueError, match="conversation: text of up to 128 characters"):
        Desk(conversation=conversation)


@pytest.mark.parametrize(
    ("quantity", "kept"), [("2,5", "2.5"), ("10 меш.", "10"), (100 / 3, "33.333333")]
)
async def test_a_quantity_is_read_as_it_was_meant(quantity: object, kept: str) -> None:
    desk = Desk(catalogue=catalogue)

    await desk.tools.collect_order_info(
        "Иван", [{**LINE, "quantity": quantity}], phone="+7 900 000-00-00"
    )

    (order,) = await desk.notifier.repository.recent()
    assert kept == order.notification["lines"][0]["quantity"]


@pytest.mark.parametrize(
    ("said", "sold", "problem"),
    [
        ("т", "меш", True),
        ("меш", "т", True),
        ("м2", "м", True),
        ("мешков", "меш", False),
        ("тонн", "т", False),
        ("м²", "м2", False),
        ("т", "шт", True),
        ("т", "", False),
        (" ", "т", False),
        (None, "т", False),
    ],
)
async def test_so_much_of_another_unit_is_not_so_much_of_the_shops(said, sold, problem) -> None:
    async def shop(code: str) -> CatalogueItem:
        return CatalogueItem(title="Цемент", unit=sold)

    reply = await Desk(catalogue=shop).tools.collect_order_info(
        "Иван", [{**LINE, "unit": said}], phone="+7 900 000-00-00"
    )

    told = SAY["ru"]["unit"].format(number=0, unit=sold, said=said)
    assert ([told] if problem else []) == reply["problems"]


async def test_ten_tonnes_stay_tonnes_where_the_catalogue_knows_no_units() -> None:
    async def shop(code: str) -> CatalogueItem:
        return CatalogueItem(title="Цемент")

    desk = Desk(catalogue=shop)

    await desk.tools.collect_order_info("Иван", [{**LINE, "unit": "т"}], phone="+7 900 000-00-00")

    (order,) = await desk.notifier.repository.recent()
    assert "т" == order.notification["lines"][0]["unit"]


async def test_a_unit_behind_the_number_has_to_be_the_lines_own() -> None:
    reply = await Desk(catalogue=catalogue).tools.collect_order_info(
        "Иван", [{**LINE, "quantity": "10 т"}], phone="+7 900 000-00-00"
    )

    assert [wanted("lines.0.quantity")] == reply["problems"]


async def test_a_price_that_no_order_takes_does_not_lose_it() -> None:
    async def crooked(code: str) -> CatalogueItem:
        return CatalogueItem(
            title="Я" * 1_001, unit="я" * 17, price=Decimal(100) / 3, stock=0.1 + 0.2
        )

    desk = Desk(catalogue=crooked)

    reply = await desk.tools.collect_order_info("Иван", [LINE], phone="+7 900 000-00-00")

    assert reply["ok"]
    (order,) = await desk.notifier.repository.recent()
    assert ["33.33", "0.30"] == [order.notification["lines"][0][k] for k in ("price", "stock")]


async def test_too_many_lines_are_refused_before_anything_is_looked_up() -> None:
    async def never(code: str) -> None:
        raise AssertionError(code)

    reply = await Desk(catalogue=never).tools.collect_order_info(
        "Иван", [LINE] * (MAX_LINES + 1), phone="+7 900 000-00-00"
    )

    assert ["lines: строк 2001, а можно не больше 2000"] == reply["problems"]


async def test_no_more_than_twenty_problems_are_told() -> None:
    lines = [{**LINE, "code": f"x{number}", "quantity": "?"} for number in range(30)]

    reply = await Desk(catalogue=catalogue).tools.collect_order_info("Иван", lines, phone="1")

    assert 20 == len(reply["problems"])


async def test_a_reply_can_be_sent_whatever_the_model_said() -> None:
    line = {**LINE, "code": "\ud800\u202e\n1"}

    reply = await Desk(catalogue=catalogue).tools.collect_order_info(
        "\udfff", [line], phone="1", email="\ud800@\udfff"
    )

    told = "".join(reply["problems"])
    assert told.encode()
    assert told.isprintable()
    assert "кода \ufffd 1 нет" in told


@pytest.mark.parametrize(
    "error",
    [
        KeyError("postgresql://u:SECRET@h/db\nsecond line"),
        StorageError("postgresql://u:SECRET@h/db\nsecond line"),
    ],
)
async def test_a_fault_is_logged_on_one_line_with_its_place_and_no_secret(error, caplog) -> None:
    class Broken(MemoryRepository):
        async def add(self, submission, **_):
            raise error

    notifier = Notifier(
        FakeTransport(), sender="b@example.com", sales=["s@example.com"], repository=Broken()
    )

    with caplog.at_level(logging.DEBUG):
        await NotifierTools(notifier).call_manager(phone="+7 900 000-00-00")

    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert ("tool", "call_manager") == (record.event, record.tool)
    assert record.getMessage().startswith("Email: сбой в инструменте call_manager: ")
    assert f"{type(error).__name__}, test_tools.py:" in record.getMessage()
    assert None is record.exc_info
    assert 1 == len(record.getMessage().splitlines())
    assert "SECRET" not in repr(vars(record))
    assert ("second line" in record.getMessage()) == isinstance(error, StorageError)


async def test_english_is_spoken_too() -> None:
    reply = await Desk(locale="en").tools.call_manager(phone="+7 900 000-00-00")

    assert reply["say"].startswith("Passed on to the sales team")


@pytest.mark.parametrize("name", ["collect_order_info", "call_manager"])
def test_annotations_are_types_and_not_their_names(name: str) -> None:
    tool = getattr(Desk().tools, name)
    parameters = inspect.signature(tool).parameters

    fields = {
        parameter.name: (
            parameter.annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for parameter in parameters.values()
    }
    schema = create_model(name, **fields).model_json_schema()

    assert "self" not in parameters
    assert {*parameters, "return"} == set(get_type_hints(tool))
    assert set(parameters) == set(schema["properties"])
    assert schema["properties"] == TypeAdapter(tool).json_schema()["properties"]


@pytest.mark.parametrize("name", ["collect_order_info", "call_manager"])
def test_every_argument_but_what_an_order_is_about_may_be_null(name: str) -> None:
    hints = get_type_hints(getattr(Desk().tools, name))
    needed = {"customer_name", "lines"} if name == "collect_order_info" else set()

    assert needed | {"return"} == {
        arg for arg, kind in hints.items() if type(None) not in get_args(kind)
    }


@pytest.mark.parametrize("name", ["collect_order_info", "call_manager"])
def test_every_argument_is_explained(name: str) -> None:
    tool = getattr(Desk().tools, name)
    explained = inspect.getdoc(tool).partition("Args:\n")[2]

    assert list(inspect.signature(tool).parameters) == re.findall(r"(?m)^    (\w+): ", explained)


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


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_an_agent_that_has_run_wild_is_told_to_stop_and_to_claim_nothing(
    locale: str,
) -> None:
    desk = Desk(locale, conversation="tg:42")
    replies = [
        await desk.tools.collect_order_info("Иван", [LINE | {"quantity": n}], phone="+79000000000")
        for n in range(1, 13)
    ]
    again = await desk.tools.collect_order_info(
        "Иван", [LINE | {"quantity": 1}], phone="+79000000000"
    )

    assert [True] * 10 + [False] * 2 == [reply["ok"] for reply in replies]
    assert (None, SAY[locale]["limited"]) == (replies[-1]["reference"], replies[-1]["say"])
    assert 10 == len(desk.fake.sent)
    assert (True, replies[0]["reference"]) == (again["ok"], again["reference"])
