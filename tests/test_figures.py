"""Numbers of catalogues and models: what they become, and what stays as it was."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit import OrderLine, figures

HUGE = pytest.param(10**5_000, id="huge")  # Python refuses to write it out

ANYTHING = st.one_of(
    st.floats(), st.integers(), st.decimals(), st.text(max_size=30), st.none(), st.booleans()
)


@pytest.mark.parametrize(
    ("given_one", "price"),
    [
        (None, None),
        (Decimal("512.50"), Decimal("512.50")),
        (Decimal("0.000001"), Decimal("0.000001")),
        (Decimal(100) / 3, Decimal("33.33")),
        (Decimal("0.005000000"), Decimal("0.01")),
        (0.1 + 0.2, Decimal("0.30")),
        (512, Decimal(512)),
        ("512.50", Decimal("512.50")),
        (0, Decimal(0)),
    ],
)
def test_a_price_becomes_one_that_an_order_takes(given_one, price) -> None:
    assert price == figures.price(given_one)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-0.01"), Decimal("1E+30")),
        *(float("nan"), -1, 0.001, HUGE, "512,50 руб", "", True, ["1"], object()),
    ],
)
def test_nonsense_is_no_price(nonsense) -> None:
    with pytest.raises(ValueError, match="no "):
        figures.price(nonsense)


def test_a_stock_may_be_less_than_nothing() -> None:
    assert Decimal(-5) == figures.stock(Decimal(-5))


@pytest.mark.parametrize(
    ("said", "unit", "quantity"),
    [
        (10, "шт", Decimal(10)),
        (0.1, "шт", Decimal("0.1")),
        (33.333333333333336, "шт", Decimal("33.333333")),
        ("33.333333333333336", "шт", Decimal("33.333333")),
        ("2,5", "кг", Decimal("2.5")),
        ("0,125", "кг", Decimal("0.125")),
        ("2,5 кг", "кг", Decimal("2.5")),
        ("10 ШТ.", "шт", Decimal(10)),
        ("5м2", "м2", Decimal(5)),
    ],
)
def test_a_quantity_is_read(said, unit: str, quantity: Decimal) -> None:
    assert quantity == figures.quantity(said, unit)


@pytest.mark.parametrize(
    "said",
    [
        *("10 т", "10 кг цемента", "много", "1,000", "1 000", "2,5,1", "10-12", "", "-2,5"),
        *(None, True, [], 1e-9, "0.0000001", 1e300, HUGE, float("nan"), float("inf")),
    ],
)
def test_what_would_be_a_guess_is_left_to_the_order_to_refuse(said) -> None:
    assert said is figures.quantity(said, "шт")


@given(ANYTHING)
def test_a_price_and_a_stock_are_always_ones_that_an_order_takes(value) -> None:
    for name, read in (("price", figures.price), ("stock", figures.stock)):
        try:
            found = read(value)
        except ValueError:
            continue
        line = OrderLine.model_validate({"code": "1", "title": "x", "quantity": 1, name: found})
        assert found == getattr(line, name)


@given(ANYTHING)
def test_a_quantity_never_becomes_nothing(value) -> None:
    found = figures.quantity(value, "шт")

    assert found is value or not found or found > 0 or value < 0
