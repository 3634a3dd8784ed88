from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.rendering.locales import LOCALES

RU, EN = LOCALES["ru"], LOCALES["en"]
NOON = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "ru", "en"),
    [
        ("10230", "RUB", "10 230,00 ₽", "₽10,230.00"),
        ("0", "USD", "0,00 $", "$0.00"),
        ("1234567.5", "EUR", "1 234 567,50 €", "€1,234,567.50"),
        ("1.125", "KZT", "1,125 ₸", "₸1.125"),
        ("0.000001", "UAH", "0,000001 ₴", "₴0.000001"),
        ("9.90", "CNY", "9,90 ¥", "¥9.90"),
        ("9.9000", "GBP", "9,90 £", "£9.90"),
        ("5", "BYN", "5,00 Br", "Br 5.00"),
        ("5", "CHF", "5,00 CHF", "CHF 5.00"),
        ("-5", "RUB", "-5,00 ₽", "-₽5.00"),
        ("1E+3", "RUB", "1 000,00 ₽", "₽1,000.00"),
        ("999999999999.999999", "RUB", "999 999 999 999,999999 ₽", "₽999,999,999,999.999999"),
    ],
)
def test_money_is_written_as_the_language_does(
    amount: str, currency: str, ru: str, en: str
) -> None:
    written = [locale.money(Decimal(amount), currency) for locale in (RU, EN)]

    assert [ru.replace(" ", "\u00a0"), en.replace(" ", "\u00a0")] == written


def test_a_subject_has_no_currency_sign() -> None:
    assert "5 125,00 руб.".replace(" ", "\u00a0") == RU.money_in_words(Decimal(5125), "RUB")
    assert "5 125,00 USD".replace(" ", "\u00a0") == RU.money_in_words(Decimal(5125), "USD")
    assert "5,125.00\u00a0RUB" == EN.money_in_words(Decimal(5125), "RUB")


@pytest.mark.parametrize(
    ("number", "ru", "en"),
    [
        ("10.000", "10", "10"),
        ("2.50", "2,5", "2.5"),
        ("1000", "1\u00a0000", "1,000"),
        ("1E+2", "100", "100"),
        ("100", "100", "100"),
        ("-3", "-3", "-3"),
        ("0", "0", "0"),
    ],
)
def test_a_quantity_has_no_trailing_zeros(number: str, ru: str, en: str) -> None:
    assert [ru, en] == [locale.quantity(Decimal(number)) for locale in (RU, EN)]


@given(st.decimals(0, 10**12, allow_nan=False, places=6))
def test_no_digit_is_lost_or_rounded(number: Decimal) -> None:
    for locale in (RU, EN):
        for written in (locale.plain(number), locale.amount(number), locale.quantity(number)):
            plain = written.replace(locale.group, "").replace(locale.point, ".")

            assert number == Decimal(plain)


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (1, "1 позиция", "1 item"),
        (2, "2 позиции", "2 items"),
        (5, "5 позиций", "5 items"),
        (11, "11 позиций", "11 items"),
        (12, "12 позиций", "12 items"),
        (21, "21 позиция", "21 items"),
        (22, "22 позиции", "22 items"),
        (111, "111 позиций", "111 items"),
        (2000, "2 000 позиций", "2,000 items"),
    ],
)
def test_a_word_agrees_with_its_number(count: int, ru: str, en: str) -> None:
    words = [
        RU.plural(count, ["позиция", "позиции", "позиций"]),
        EN.plural(count, ["item", "items"]),
    ]

    assert [ru.replace(" ", "\u00a0"), en.replace(" ", "\u00a0")] == words


@pytest.mark.parametrize(
    ("zone", "ru", "en"),
    [
        (
            "Europe/Moscow",
            "22\u00a0ноября 2026, 12:05\u00a0МСК",
            "22\u00a0November 2026, 12:05\u00a0MSK",
        ),
        (
            "Europe/Samara",
            "22\u00a0ноября 2026, 13:05\u00a0UTC+04",
            "22\u00a0November 2026, 13:05\u00a0UTC+04",
        ),
        ("UTC", "22\u00a0ноября 2026, 09:05\u00a0UTC", "22\u00a0November 2026, 09:05\u00a0UTC"),
    ],
)
def test_a_moment_says_its_zone(zone: str, ru: str, en: str) -> None:
    local = NOON.astimezone(ZoneInfo(zone))

    assert [ru, en] == [RU.moment(local), EN.moment(local)]
