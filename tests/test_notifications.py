"""What an order and a call for a manager take, refuse and compute."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from notifykit import Contact, ManagerCall, Notification, Order, OrderLine, Priority
from notifykit.contacts import dialled
from notifykit.notifications import MAX_LINES, MAX_TEXT

LINE = {"code": "00-0123", "title": "Цемент М500", "quantity": "10", "price": "512.50"}
CUSTOMER = {"name": "Иван Петров", "phone": "+7 900 000-00-00"}


def order(**values: object) -> Order:
    return Order.model_validate({"customer": CUSTOMER, "lines": [LINE], **values})


def problems(**values: object) -> str:
    with pytest.raises(ValidationError) as caught:
        order(**values)
    return str(caught.value)


def test_totals_are_computed_from_decimals() -> None:
    lines = [LINE, {**LINE, "quantity": "0.333", "price": "0.10"}, {**LINE, "price": None}]

    made = order(lines=lines)

    assert [Decimal("5125.00"), Decimal("0.03"), None] == [line.sum for line in made.lines]
    assert Decimal("5125.03") == made.total
    assert 1 == made.unpriced


def test_half_a_kopeck_is_rounded_up() -> None:
    assert Decimal("0.03") == OrderLine(code="1", title="x", quantity="0.5", price="0.05").sum


@pytest.mark.parametrize("field", ["total", "sum", "discount"])
def test_a_total_cannot_be_passed_in(field: str) -> None:
    assert "Extra inputs are not permitted" in problems(**{field: "1"})
    assert "Extra inputs are not permitted" in problems(lines=[{**LINE, field: "1"}])


def test_a_code_keeps_its_leading_zeros_and_is_never_a_number() -> None:
    assert "000123" == order(lines=[{**LINE, "code": "000123"}]).lines[0].code
    assert "valid string" in problems(lines=[{**LINE, "code": 123}])


@pytest.mark.parametrize(
    "customer",
    [
        {"name": "Иван"},
        {"phone": "22-333"},
        {},
        {"name": " ", "phone": "22-333"},
        {"name": "нет", "phone": "22-333"},
        {"name": "Иван", "phone": "не указан", "telegram": "-", "email": "n/a"},
    ],
)
def test_an_order_needs_a_name_and_a_way_to_reach_the_customer(customer: dict[str, str]) -> None:
    assert "ask" in problems(customer=customer)


@pytest.mark.parametrize(
    "way",
    [{"phone": "22-333"}, {"email": "a@example.com"}, {"telegram": "@ivan"}],
)
def test_any_one_way_is_enough(way: dict[str, str]) -> None:
    assert order(customer={"name": "Иван", **way}).customer.reachable


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "NaN"},
        {"quantity": "Infinity"},
        {"quantity": "много"},
        {"price": "-0.01"},
        {"price": "Infinity"},
        {"title": ""},
        {"code": " "},
        {"quantity": "1e30"},
    ],
)
def test_a_line_refuses_what_cannot_be(line: dict[str, str]) -> None:
    assert "lines.0" in problems(lines=[{**LINE, **line}])


def test_there_is_at_least_one_line_and_at_most_two_thousand() -> None:
    assert "at least 1" in problems(lines=[])
    assert MAX_LINES == len(order(lines=[LINE] * MAX_LINES).lines)
    assert "at most 2000" in problems(lines=[LINE] * (MAX_LINES + 1))


def test_a_line_of_millions_of_characters_is_refused_at_once() -> None:
    assert "at most 1000" in problems(lines=[{**LINE, "title": "\u202e" * 5_000_000}])


def test_a_long_text_has_an_end() -> None:
    assert MAX_TEXT == len(order(comment="я" * MAX_TEXT).comment or "")
    assert "at most 65536" in problems(comment="я" * (MAX_TEXT + 1))


def test_errors_do_not_repeat_the_value() -> None:
    assert "canary" not in problems(comment=["canary-7c1f"], currency="canary-7c1f")


@pytest.mark.parametrize("currency", ["rub", "РУБ", "RU", ""])
def test_a_currency_is_three_capitals(currency: str) -> None:
    assert "currency" in problems(currency=currency)


def test_blank_fields_of_a_model_are_left_out() -> None:
    made = order(comment=" ", number="", customer={**CUSTOMER, "email": "", "telegram": " "})

    assert (None, None) == (made.comment, made.number)
    assert (None, None) == (made.customer.email, made.customer.telegram)


def test_one_line_fields_cannot_become_two() -> None:
    made = order(
        number="A\r\nBcc: x@example.com",
        customer={**CUSTOMER, "name": "Иван\u2028Петров\x00\u202e"},
        comment="первая\r\nвторая\x07",
    )

    assert "A Bcc: x@example.com" == made.number
    assert "Иван Петров" == made.customer.name
    assert "первая\nвторая" == made.comment


@given(st.text())
def test_no_text_brings_control_or_bidi_characters_into_a_name(text: str) -> None:
    try:
        name = Contact(name=text).name or ""
    except ValidationError:
        return
    assert name.isprintable() or not any(ord(char) < 32 or char in "\u202e\u2066" for char in name)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+7 900 000-00-00", "+79000000000"),
        ("8 (900) 000-00-00", "+79000000000"),
        ("89000000000", "+79000000000"),
        ("7 900 000 00 00", "+79000000000"),
        ("900 000-00-00", "+79000000000"),
        ("8\u00a0900\u2011000\u201100\u201100", "+79000000000"),
        ("+7\u2212900\u2212000\u221200\u221200", "+79000000000"),
        ("+49 30 901820", "+4930901820"),
        ("8 (495) 000-00-00 доб. 12", "+74950000000"),
        ("+375 29 123-45-67", "+375291234567"),
        ("80291234567", None),
        ("7 (000) 000-00-00", None),
        ("000-00-00", None),
        ("22-333, звоните вечером", None),
        ("+7 90000", None),
        ("+7 900 000-00-00 или +7 900 000-00-01", None),
        ("8 900 000 00 00 javascript:alert(1)", None),
    ],
)
def test_a_phone_is_dialled_where_it_can_be_made_out(typed: str, number: str | None) -> None:
    assert number == dialled(typed)
    assert typed.replace("\u00a0", " ") == Contact(phone=typed).phone


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("+7 900 000-00-00", "tel:+79000000000"),
        ("8 (495) 000-00-00 доб. 12", "tel:+74950000000;ext=12"),
        ("8 (495) 000-00-00 (вн. 12)", "tel:+74950000000;ext=12"),
        ("8 (495) 000-00-00, добавочный 0012", "tel:+74950000000;ext=0012"),
        ("+74950000000,12", "tel:+74950000000;ext=12"),
        ("+74950000000;ext=12", "tel:+74950000000;ext=12"),
        ("+74950000000 #12", "tel:+74950000000;ext=12"),
        ("+74950000000, звоните до 12", "tel:+74950000000"),
        ("+74950000000; звоните до 12", "tel:+74950000000"),
        ("+74950000000 доб. 12 или 13", "tel:+74950000000"),
        ("22-333 доб. 12", None),
        (None, None),
    ],
)
def test_a_link_dials_the_extension_too(typed: str | None, link: str | None) -> None:
    assert link == Contact(phone=typed).tel_url


@pytest.mark.parametrize(
    "typed", ["1", "звоните вечером", "+7 900", "12-34", "\u00b9\u00b2\u00b3\u2074\u2075"]
)
def test_a_phone_has_five_digits_or_more(typed: str) -> None:
    with pytest.raises(
        ValidationError, match="phone number has at least 5 digits; ask for it"
    ) as no:
        Contact(phone=typed)

    assert ("phone",) == no.value.errors()[0]["loc"]


@pytest.mark.parametrize("typed", ["Иван", "@", "есть", "javascript:alert(1)", "t.me/"])
def test_a_telegram_is_a_name_a_link_or_an_id(typed: str) -> None:
    with pytest.raises(
        ValidationError, match=r"@name, a t\.me link or a numeric id is needed"
    ) as e:
        Contact(telegram=typed)

    assert ("telegram",) == e.value.errors()[0]["loc"]


@pytest.mark.parametrize("typed", ["ivan_petrov", "tg:42", "tg://user?id=42", "Telegram: @ivan_p"])
def test_a_telegram_is_kept_as_typed(typed: str) -> None:
    assert typed == Contact(telegram=typed).telegram


@pytest.mark.parametrize("field", ["name", "phone", "email", "telegram"])
@pytest.mark.parametrize("typed", ["-", "—", "нет", "Не указан.", "none", "None", "N/A", "<null>"])
def test_a_text_that_says_nothing_is_left_out(field: str, typed: str) -> None:
    assert Contact() == Contact.model_validate({field: typed})


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("@ivan_petrov", "https://t.me/ivan_petrov"),
        ("ivan_petrov", "https://t.me/ivan_petrov"),
        ("https://t.me/ivan_petrov", "https://t.me/ivan_petrov"),
        ("HTTPS://T.me/ivan_petrov", "https://t.me/ivan_petrov"),
        ("t.me/ivan_petrov/", "https://t.me/ivan_petrov"),
        ("123456789", "tg://user?id=123456789"),
        ("@ivan javascript:alert(1)", None),
        ("@ivan/../x", None),
        ("+7 900 000-00-00", None),
    ],
)
def test_a_telegram_name_becomes_a_link_where_it_is_one(typed: str, url: str | None) -> None:
    assert url == Contact(telegram=typed).telegram_url


def test_a_call_needs_somebody_to_call_and_nothing_else() -> None:
    assert "" == ManagerCall(conversation="tg:42").summary
    assert ManagerCall(customer=Contact(phone="22-333")).contact
    assert "Иван Петров" == getattr(ManagerCall(order=order()).contact, "name", None)
    with pytest.raises(ValidationError, match="ask for one"):
        ManagerCall(summary="позовите человека")


def test_only_a_high_priority_is_marked_for_mail_programs() -> None:
    def headers(priority: Priority) -> dict[str, str]:
        return dict(ManagerCall(conversation="tg:42", priority=priority).headers)

    assert [{}, {}] == [headers(Priority.LOW), headers(Priority.MEDIUM)]
    assert {"X-Priority": "1", "Importance": "high"} == headers(Priority.HIGH)


def test_an_order_survives_the_way_through_json() -> None:
    made = order(comment="первая\nвторая", delivery={"type": "pickup", "point": "Склад"})

    assert made == Order.model_validate_json(made.model_dump_json())


def test_a_kind_takes_its_name_from_its_class() -> None:
    class RefundDue(Notification):
        amount: Decimal

    assert "refund_due" == RefundDue.kind


def test_the_texts_of_a_kind_of_ones_own_are_harmless() -> None:
    class Note(Notification):
        text: str
        further: str | None = None

    note = Note(text="один\r\nдва \ud83d\x00\u202e", further="\ud83d")

    assert ("один\nдва \ufffd", "\ufffd") == (note.text, note.further)
    assert note == Note.model_validate_json(note.model_dump_json())


def test_a_kind_cannot_be_named_after_a_path() -> None:
    with pytest.raises(TypeError, match="use a-z"):

        class Sly(Notification):
            kind = "../../etc/passwd"


def test_stock_and_the_order_of_lines_do_not_make_another_order() -> None:
    one = order(lines=[{**LINE, "stock": "84"}, {**LINE, "code": "2"}])
    two = order(lines=[{**LINE, "code": "2"}, {**LINE, "stock": "83", "quantity": "10.0"}])

    assert one.identity() == two.identity()


@pytest.mark.parametrize("line", [{"quantity": "11"}, {"code": "00-0124"}, {"code": "—"}])
def test_another_line_makes_another_order(line: dict[str, str]) -> None:
    assert order().identity() != order(lines=[{**LINE, **line}]).identity()


@pytest.mark.parametrize("line", [{"price": None}, {"title": "Цемент М-500"}, {"unit": "мешок"}])
def test_what_a_model_words_anew_or_the_shop_changes_is_the_same_order(line) -> None:
    assert order().identity() == order(lines=[{**LINE, **line}]).identity()


def test_letter_case_and_spelling_do_not_make_another_order() -> None:
    one = order(customer={**CUSTOMER, "name": "Артём Андреев"}, lines=[{**LINE, "code": "AB-1"}])
    two = order(
        customer={"name": "артем Андреев".replace("й", "и\u0306"), "phone": "8 900 0000000"},
        lines=[{**LINE, "code": "ab-1"}],
    )

    assert one.identity() == two.identity()


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("меш", "т", False),
        ("м2", "м3", False),
        ("кг", "т", False),
        ("т", "Тонн.", True),
        ("м²", "кв. м", True),
        ("уп", "упак.", True),
    ],
)
def test_ten_bags_and_ten_tonnes_are_two_orders(one: str, two: str, same: bool) -> None:
    first, second = (order(lines=[{**LINE, "unit": unit}]).identity() for unit in (one, two))

    assert same == (first == second)


def test_a_line_without_a_measure_has_the_identity_that_it_always_had() -> None:
    assert [["00-0123", "", "1E+1"]] == order(lines=[{**LINE, "quantity": "10"}]).identity()[
        "lines"
    ]


def test_codes_that_stand_for_many_things_are_told_apart_by_the_title() -> None:
    one, two = ({**LINE, "code": "—", "title": title} for title in ("Доставка", "Подъём"))

    assert order(lines=[one]).identity() != order(lines=[two]).identity()


def test_an_order_with_a_number_is_itself_in_every_dialogue_and_for_ever() -> None:
    one, two = (order(number="A-17", conversation=c) for c in ("tg:42", "wa:7"))

    assert one.identity() == two.identity()
    assert one.repeats_within() is None
    assert timedelta(days=1) == order().repeats_within()


def test_two_extensions_are_two_customers() -> None:
    one, two = (
        order(customer={**CUSTOMER, "phone": f"+7 495 000-00-00 доб. {n}"}) for n in (101, 202)
    )

    assert one.identity() != two.identity()
