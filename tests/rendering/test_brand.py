from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.errors import ConfigurationError
from notifykit.rendering.brand import (
    INK,
    LARGE_TEXT,
    NIGHT,
    NORMAL_TEXT,
    WHITE,
    Brand,
    contrast,
)

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_the_green_carries_large_white_text() -> None:
    assert WHITE == Brand().on_color
    assert 3.14 == round(contrast(WHITE, Brand().color), 2)


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert 21 == round(contrast("#000000", WHITE), 6)
    assert 1 == contrast(WHITE, WHITE)


def test_a_light_color_gets_dark_text() -> None:
    assert INK == Brand(color="#ffdd2d").on_color


@given(colors)
def test_text_on_any_color_can_be_read(color: str) -> None:
    brand = Brand(color=color)

    assert contrast(brand.on_color, color) >= LARGE_TEXT
    assert contrast(brand.link, WHITE) >= NORMAL_TEXT
    assert contrast(brand.link_dark, NIGHT) >= NORMAL_TEXT


@pytest.mark.parametrize("color", ["", "green", "#fff", "#26a65", "#26a65b;}", "26a65b"])
def test_a_color_is_six_hex_digits(color: str) -> None:
    with pytest.raises(ConfigurationError, match="NOTIFYKIT_BRAND_COLOR"):
        Brand(color=color)
