"""How a language writes money, numbers and dates. Everything is `Decimal`; nothing is rounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# Numbers and their units stay on one line.
NBSP = "\u00a0"

_SYMBOLS = {
    "RUB": "₽",
    "USD": "$",
    "EUR": "€",
    "KZT": "₸",
    "BYN": "Br",
    "UAH": "₴",
    "CNY": "¥",
    "GBP": "£",
}
_CENTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """
    The habits of one language.

    Attributes:
        name: ``ru`` or ``en``; also the name of the file with the texts.
        point: Between the whole and its parts.
        group: Between thousands.
        symbol_first: Whether the currency stands before the amount.
        currency_words: Currencies that have a word of their own where a sign will not do.
        months: As they stand in a date.
        zones: Abbreviations of time zones that the language writes differently.
        form: Which of a word's forms goes with a number.
    """

    name: str
    point: str
    group: str
    symbol_first: bool
    currency_words: dict[str, str]
    months: Sequence[str]
    zones: dict[str, str]
    form: Callable[[int], int]

    def money(self, amount: Decimal, currency: str) -> str:
        """Write ``10 230,00 ₽`` or ``₽10,230.00``; the code stands in for an unknown symbol."""
        symbol = _SYMBOLS.get(currency, currency)
        number = self.amount(abs(amount))
        sign = "-" if amount < 0 else ""
        if not self.symbol_first:
            return f"{sign}{number}{NBSP}{symbol}"
        return f"{sign}{symbol}{NBSP if symbol.isalpha() else ''}{number}"

    def money_in_words(self, amount: Decimal, currency: str) -> str:
        """Write ``10 230,00 руб.``: spam filters distrust a currency sign in a subject."""
        return f"{self.amount(amount)}{NBSP}{self.currency_words.get(currency, currency)}"

    def amount(self, amount: Decimal) -> str:
        """Write at least two decimals, and as many more as there are."""
        whole, _, parts = f"{amount:,f}".partition(".")
        parts = parts.rstrip("0").ljust(_CENTS, "0")
        return f"{whole.replace(',', self.group)}{self.point}{parts}"

    def quantity(self, number: Decimal) -> str:
        """Write without trailing zeros: ``10``, ``2,5``."""
        whole, _, parts = f"{number:,f}".partition(".")
        parts = parts.rstrip("0")
        return whole.replace(",", self.group) + (self.point + parts if parts else "")

    def plain(self, number: Decimal) -> str:
        """Write like `quantity` without grouping, for programs that read it."""
        return self.quantity(number).replace(self.group, "")

    def date(self, moment: datetime) -> str:
        """Write ``22 ноября 2026``."""
        return f"{moment.day}{NBSP}{self.months[moment.month - 1]} {moment.year}"

    def time(self, moment: datetime) -> str:
        """Write ``17:42 МСК``, or ``UTC+4`` where the zone has no abbreviation."""
        zone = moment.tzname() or ""
        zone = f"UTC{zone}" if zone[:1] in {"+", "-"} else self.zones.get(zone, zone)
        return f"{moment:%H:%M}{NBSP}{zone}".rstrip()

    def moment(self, moment: datetime) -> str:
        """Write the date and the time."""
        return f"{self.date(moment)}, {self.time(moment)}"

    def plural(self, count: int, forms: Sequence[str]) -> str:
        """Write ``1 позиция``, ``2 позиции``, ``5 позиций``, given the forms of the word."""
        return f"{self.quantity(Decimal(count))}{NBSP}{forms[self.form(count)]}"


def _russian_form(count: int) -> int:
    # https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html#ru
    last, teens = count % 10, count % 100 in range(11, 15)
    if last == 1 and not teens:
        return 0
    return 1 if last in range(2, 5) and not teens else 2


def _english_form(count: int) -> int:
    return 0 if count == 1 else 1


LOCALES = {
    "ru": Locale(
        name="ru",
        point=",",
        group=NBSP,
        symbol_first=False,
        currency_words={"RUB": "руб."},
        months=(
            *("января", "февраля", "марта", "апреля", "мая", "июня"),
            *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
        ),
        zones={"MSK": "МСК"},
        form=_russian_form,
    ),
    "en": Locale(
        name="en",
        point=".",
        group=",",
        symbol_first=True,
        currency_words={},
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        zones={},
        form=_english_form,
    ),
}
