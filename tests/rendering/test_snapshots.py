"""
Every stock template, both languages, edge cases: what people get to see does not change unseen.

``NOTIFYKIT_UPDATE_SNAPSHOTS=1`` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from notifykit.notifications import Contact, ManagerCall, Order, OrderLine, Pickup, Priority
from notifykit.rendering import Brand, Rendered

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("NOTIFYKIT_UPDATE_SNAPSHOTS") == "1"


def same_as_before(name: str, rendered: Rendered) -> None:
    assert rendered.html is not None
    parts = {"subject.txt": rendered.subject + "\n", "txt": rendered.text, "html": rendered.html}
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        for suffix, content in parts.items():
            (SNAPSHOTS / f"{name}.{suffix}").write_text(content, "utf-8")
    before = {suffix: (SNAPSHOTS / f"{name}.{suffix}").read_text("utf-8") for suffix in parts}

    assert before == parts


@pytest.fixture(params=["ru", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_order(
    order: Callable[..., Order], render: Callable[..., Rendered], locale: str
) -> None:
    same_as_before(f"order.{locale}", render(order(), locale=locale))


def test_an_order_with_as_little_as_possible(
    order: Callable[..., Order], render: Callable[..., Rendered], locale: str
) -> None:
    bare = Order(
        customer=Contact(name="Мария", phone="вечером 2-22-33"),
        lines=(OrderLine(code="0", title="Доставка", quantity="1"),),
    )

    same_as_before(f"order_bare.{locale}", render(bare, locale=locale))


def test_an_order_of_a_brand_in_another_currency_and_zone(
    order: Callable[..., Order], render: Callable[..., Rendered], locale: str
) -> None:
    brand = Brand("Жёлтый склад", "#ffdd2d")
    abroad = order(currency="KZT", delivery=Pickup(point="Алматы, склад 2"))

    same_as_before(
        f"order_brand.{locale}",
        render(abroad, locale=locale, brand=brand, timezone="Asia/Almaty"),
    )


@pytest.mark.parametrize("priority", list(Priority))
def test_a_call_for_a_manager(
    call: Callable[..., ManagerCall],
    render: Callable[..., Rendered],
    locale: str,
    priority: Priority,
) -> None:
    same_as_before(f"call_{priority}.{locale}", render(call(priority=priority), locale=locale))


def test_a_call_with_an_order_and_without_a_summary(
    call: Callable[..., ManagerCall],
    order: Callable[..., Order],
    render: Callable[..., Rendered],
    locale: str,
) -> None:
    same_as_before(
        f"call_order.{locale}",
        render(call(summary="", customer=None, order=order()), locale=locale),
    )


def test_a_call_with_nothing_but_the_dialogue(
    call: Callable[..., ManagerCall], render: Callable[..., Rendered], locale: str
) -> None:
    same_as_before(f"call_bare.{locale}", render(call(customer=None, summary=""), locale=locale))
