"""The catalogue: how it is asked, and what becomes of an answer that does not fit."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from notifykit.catalogue import AT_ONCE, CatalogueItem, looked_up
from notifykit.journal import Journal

CEMENT = CatalogueItem(title="Цемент", unit="меш", price=Decimal("512.50"), stock=Decimal(84))
SOON = timedelta(milliseconds=50)
SECRET = "postgresql://u:SECRET@h/db\nsecond line"


class Shelf:
    """A catalogue that counts how it is asked, and can be made to wait."""

    def __init__(self, answer: object = CEMENT) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.free, self.busy, self.idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.free.set()

    async def __call__(self, code: str) -> CatalogueItem | None:
        self.asked.append(code)
        self.at_once += 1
        self.busy.set()
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await asyncio.sleep(0)
            await self.free.wait()
        finally:
            self.at_once -= 1
            if not self.at_once:
                self.idle.set()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # a stranger's catalogue may give anything


async def ask(shelf: Shelf, *codes: str) -> dict[str, CatalogueItem | None]:
    return await looked_up(shelf, codes, Journal("en"), SOON)


async def test_each_code_is_asked_once_and_few_at_a_time() -> None:
    shelf = Shelf()
    codes = [f"{number % 40}" for number in range(80)]

    found = await looked_up(shelf, codes, Journal())

    assert 40 == len(found)
    assert sorted(set(codes)) == sorted(shelf.asked)
    assert AT_ONCE == shelf.most_at_once


async def test_an_unknown_code_is_told_from_one_that_was_not_answered() -> None:
    assert {"1": None} == await ask(Shelf(None), "1")
    assert {} == await ask(Shelf(OSError()), "1")


async def test_a_catalogue_that_hangs_is_waited_for_only_so_long(caplog) -> None:
    shelf = Shelf()
    shelf.free.clear()

    found = await ask(shelf, *"0123456789ab")

    assert {} == found
    (record,) = caplog.records
    assert (logging.ERROR, "catalogue", 12, 12) == (
        record.levelno,
        record.event,
        record.count,
        record.total,
    )
    await asyncio.wait_for(shelf.idle.wait(), 5)


async def test_a_cancelled_caller_leaves_nobody_asking() -> None:
    shelf = Shelf()
    shelf.free.clear()
    asking = asyncio.create_task(looked_up(shelf, ["1"], Journal()))
    await asyncio.wait_for(shelf.busy.wait(), 5)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    await asyncio.wait_for(shelf.idle.wait(), 5)
    assert ["1"] == shelf.asked


@pytest.mark.parametrize(
    "answer", [{"title": "Цемент"}, "Цемент", {}, False, OSError(SECRET), asyncio.CancelledError()]
)
async def test_a_catalogue_that_fails_is_logged_once_without_its_words(answer, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        found = await ask(Shelf(answer), "1", "2")

    assert {} == found
    (record,) = caplog.records
    assert "(2 of 2 codes), prices are on request: " in record.getMessage()
    assert 1 == len(record.getMessage().splitlines())
    assert "SECRET" not in repr(vars(record))
    assert "second line" not in repr(vars(record))


async def test_a_fault_is_logged_with_its_place(caplog) -> None:
    await ask(Shelf(OSError(SECRET)), "1")

    assert "OSError, test_catalogue.py:" in caplog.text


async def test_figures_that_cannot_be_are_on_request_and_logged_once(caplog) -> None:
    broken = CatalogueItem(title="Цемент", price=Decimal(-1), stock=Decimal("NaN"))

    found = await ask(Shelf(broken), *"12345678")

    assert {(None, None)} == {(item.price, item.stock) for item in found.values() if item}
    (record,) = caplog.records
    assert (logging.WARNING, "figures", 8) == (record.levelno, record.event, record.count)
    assert "1, 2, 3, 4, 5" == record.codes


async def test_texts_are_cut_to_what_an_order_takes() -> None:
    (item,) = (await ask(Shelf(CatalogueItem(title="я\n" * 900, unit="я" * 17)), "1")).values()

    assert item is not None
    assert (1_000, "я" * 16) == (len(item.title), item.unit)
