"""What an order and a call for a manager take, refuse and compute."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from notifykit import Contact, ManagerCall, Notification, Order, OrderLine, Priority
from notifykit.notifications import MAX_LINES, MAX_TEXT, dialled

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
    "customer", [{"name": "Иван"}, {"phone": "1"}, {}, {"name": " ", "phone": "1"}]
)
def test_an_order_needs_a_name_and_a_way_to_reach_the_customer(customer: dict[str, str]) -> None:
    assert "ask" in problems(customer=customer)


@pytest.mark.parametrize("way", [{"phone": "1"}, {"email": "a@example.com"}, {"telegram": "@ivan"}])
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
        ("+49 30 901820", "+4930901820"),
        ("8 (495) 000-00-00 доб. 12", "+74950000000"),
        ("000-00-00", None),
        ("звоните вечером", None),
        ("+7 900", None),
        ("+7 900 000-00-00 или +7 900 000-00-01", None),
        ("8 900 000 00 00 javascript:alert(1)", None),
    ],
)
def test_a_phone_is_dialled_where_it_can_be_made_out(typed: str, number: str | None) -> None:
    assert number == dialled(typed)
    assert typed.replace("\u00a0", " ") == Contact(phone=typed).phone


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("@ivan_petrov", "https://t.me/ivan_petrov"),
        ("ivan_petrov", "https://t.me/ivan_petrov"),
        ("https://t.me/ivan_petrov", "https://t.me/ivan_petrov"),
        ("123456789", "tg://user?id=123456789"),
        ("javascript:alert(1)", None),
        ("@ivan/../x", None),
    ],
)
def test_a_telegram_name_becomes_a_link_where_it_is_one(typed: str, url: str | None) -> None:
    assert url == Contact(telegram=typed).telegram_url


def test_a_call_needs_somebody_to_call_and_nothing_else() -> None:
    assert "" == ManagerCall(conversation="tg:42").summary
    assert ManagerCall(customer=Contact(phone="1")).contact
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


def test_a_kind_cannot_be_named_after_a_path() -> None:
    with pytest.raises(TypeError, match="use a-z"):

        class Sly(Notification):
            kind = "../../etc/passwd"


def test_stock_and_the_order_of_lines_do_not_make_another_order() -> None:
    one = order(lines=[{**LINE, "stock": "84"}, {**LINE, "code": "2"}])
    two = order(lines=[{**LINE, "code": "2"}, {**LINE, "stock": "83", "quantity": "10.0"}])

    assert one.identity() == two.identity()


@pytest.mark.parametrize(
    "line", [{"quantity": "11"}, {"code": "00-0124"}, {"price": "1"}, {"title": "Цемент М400"}]
)
def test_another_line_makes_another_order(line: dict[str, str]) -> None:
    assert order().identity() != order(lines=[{**LINE, **line}]).identity()
