"""
Numbers as others give them: a catalogue's prices and stocks, a model's quantities.

They become what an order takes, as long as that is no guess.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from notifykit.cleaning import clean_line

_BEYOND = 10**12
_FINEST = 6  # decimal places that an order keeps
_USUAL = 2

_QUANTITY = re.compile(r"(?P<number>[0-9]{1,18}(?:[.,][0-9]+)?) ?(?P<unit>\D.{0,15})?")
# "1,000" is a thousand to some and one to others; "0,125" is the same to everybody.
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_LONGEST = 64


def price(value: Any) -> Decimal | None:
    """
    Make a price out of what a catalogue says; ``None`` is on request.

    Kopecks, rounded half up; a `Decimal` of up to six places is kept as it is.

    Raises:
        ValueError: It is no number, negative, too large, or would be rounded to nothing.
    """
    found = stock(value)
    if found is not None and (found < 0 or (found == 0) != (_said(value) == 0)):
        raise ValueError("no price")
    return found


def stock(value: Any) -> Decimal | None:
    """Do what `price` does for what is in stock, which may be less than nothing."""
    if value is None:
        return None
    number = _said(value)
    if not number.is_finite() or abs(number) >= _BEYOND:
        raise ValueError("no number of this world")
    places = _FINEST if isinstance(value, Decimal) else _USUAL
    return number if _places(number) <= places else _rounded(number, _USUAL)


def quantity(value: Any, unit: str) -> Any:
    """
    Make a quantity out of what a model says: six decimal places, a comma for a point.

    The unit may stand behind the number if it is the line's own. Whatever else it is comes back
    unchanged, for the order to refuse.
    """
    number = _number(value, unit)
    if number is None or not number.is_finite() or abs(number) >= _BEYOND:
        return value
    if _places(number) <= _FINEST:
        return number
    return _rounded(number, _FINEST) or value


def _said(value: Any) -> Decimal:
    known = isinstance(value, int | float | Decimal | str)
    try:
        return Decimal(str(value)) if known else Decimal("NaN")
    except (InvalidOperation, ValueError):  # the latter for an integer of thousands of digits
        return Decimal("NaN")


def _number(value: Any, unit: str) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    said = _QUANTITY.fullmatch(clean_line(value))
    if not said or _THOUSANDS.fullmatch(said["number"]) or not _is_unit(said["unit"] or "", unit):
        return None
    return Decimal(said["number"].replace(",", "."))


def _is_unit(said: str, unit: str) -> bool:
    return said.rstrip(".").casefold() in ("", unit.rstrip(".").casefold())


def _places(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
