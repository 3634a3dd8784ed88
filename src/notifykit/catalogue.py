"""The shop's catalogue, asked so that it can neither hold an order up nor lose it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from notifykit import figures
from notifykit.cleaning import clean_line
from notifykit.faults import described
from notifykit.journal import Journal

PATIENCE = timedelta(seconds=10)
AT_ONCE = 8

_MAX_TITLE = 1_000
_MAX_UNIT = 16
_NAMED = 5  # codes in a log line


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """
    What the shop knows about a code.

    Attributes:
        title, unit: In place of what the model said; an empty one leaves that as it is.
        price: For one unit; ``None``: on request. Rounded to kopecks where it has more than six
            decimal places.
        stock: ``None``: not known.
    """

    title: str
    unit: str = ""
    price: Decimal | None = None
    stock: Decimal | None = None


Catalogue = Callable[[str], Awaitable[CatalogueItem | None]]


async def looked_up(
    catalogue: Catalogue, codes: Iterable[str], journal: Journal, patience: timedelta = PATIENCE
) -> dict[str, CatalogueItem | None]:
    """
    Ask about each code once, eight at a time, for ten seconds in all.

    What the catalogue says is put right where an order would refuse it. Trouble is logged, one line
    for all codes of a kind.

    Returns:
        What is known; ``None`` for a code that is not in the catalogue, nothing for one that was
        not answered.
    """
    tasks = _asked(catalogue, codes)
    if not tasks:
        return {}
    try:
        await asyncio.wait(tasks.values(), timeout=patience.total_seconds())
    finally:
        for task in tasks.values():
            task.cancel()
    found, faults = _answers(tasks)
    if faults:
        journal.write(
            logging.ERROR, "catalogue", count=len(faults), total=len(tasks), error=faults[0]
        )
    return _put_right(found, journal)


def _asked(catalogue: Catalogue, codes: Iterable[str]) -> dict[str, asyncio.Task[Any]]:
    few = asyncio.Semaphore(AT_ONCE)

    async def ask(code: str) -> tuple[Any, ...] | None:
        async with few:
            item = await catalogue(code)
        return None if item is None else (item.title, item.unit, item.price, item.stock)

    tasks = {code: asyncio.create_task(ask(code)) for code in dict.fromkeys(codes)}
    for task in tasks.values():
        # A late error must not be shouted out by asyncio, with its text and traceback.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return tasks


def _answers(tasks: Mapping[str, asyncio.Task[Any]]) -> tuple[dict[str, Any], list[str]]:
    found, faults = {}, []
    for code, task in tasks.items():
        if not task.done() or task.cancelled():
            faults.append("TimeoutError")
        elif error := task.exception():
            faults.append(described(error))
        else:
            found[code] = task.result()
    return found, faults


def _put_right(found: Mapping[str, Any], journal: Journal) -> dict[str, CatalogueItem | None]:
    odd: list[str] = []
    items = {code: None if said is None else _item(code, said, odd) for code, said in found.items()}
    if codes := list(dict.fromkeys(odd)):
        named = ", ".join(codes[:_NAMED])
        journal.write(logging.WARNING, "figures", count=len(codes), codes=named)
    return items


def _item(code: str, said: tuple[Any, ...], odd: list[str]) -> CatalogueItem:
    title, unit, price, stock = said
    return CatalogueItem(
        title=_line(title, _MAX_TITLE),
        unit=_line(unit, _MAX_UNIT),
        price=_figure(figures.price, price, code, odd),
        stock=_figure(figures.stock, stock, code, odd),
    )


def _line(text: Any, limit: int) -> str:
    return clean_line(text)[:limit] if isinstance(text, str) else ""


def _figure(
    read: Callable[[Any], Decimal | None], value: Any, code: str, odd: list[str]
) -> Decimal | None:
    try:
        return read(value)
    except ValueError:
        odd.append(code)
        return None
