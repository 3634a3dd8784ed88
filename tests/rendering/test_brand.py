from __future__ import annotations

import re

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
from notifykit.rendering.sources import stock

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


def test_whatever_stands_on_the_color_is_large() -> None:
    style = (stock() / "layout.html").read_text("utf-8")
    rules = re.findall(r"\.(?:brand|heading|press) \{(.*?)\}", style)
    sizes = [int(size) for rule in rules for size in re.findall(r"font-size: (\d+)px", rule)]

    assert len(rules) == len(sizes) == 4
    assert all("bold" in rule for rule in rules if "important" not in rule)
    assert min(sizes) >= 18.66


def color_of(style: str, name: str, what: str) -> str:
    rule = re.search(rf"^\.{name} \{{(.*?)\}}", style, re.MULTILINE)
    found = rule and re.search(rf"(?<!-){what}(?:-color)?: (#[0-9a-f]{{6}})", rule[1])

    assert found, name
    return found[1]


@pytest.mark.parametrize("name", ["high", "medium", "low", "short"])
def test_marks_can_be_read(name: str) -> None:
    style = (stock() / "layout.html").read_text("utf-8")
    text, ground = color_of(style, name, "color"), color_of(style, name, "background")

    assert contrast(text, ground) >= NORMAL_TEXT
