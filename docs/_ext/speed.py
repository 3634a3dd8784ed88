"""Makes the figures of ``python -m benchmarks.outbox`` readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from chaos import table

FIGURES = Path(__file__).parents[1] / "_data" / "outbox.json"

_OURS = "notifykit"
_SAYS = {
    "ru": {
        "none": "*Для этой копии документации измерений нет: команда их проведёт.*",
        "rows": "Старых строк",
        "drain": "Писем в секунду, доставщик ничего не делает; в скобках — во сколько раз "
        "notifykit быстрее",
        "accept": "Приём одной заявки одним отправителем, в миллисекундах",
        "driver": "драйвер, та же строка",
        "plain": "драйвер, столько же байтов в простую таблицу",
        "claim": "Взять заявку в работу, в миллисекундах",
        "where": "Измерено",
    },
    "en": {
        "none": "*This copy of the documentation has no figures: the command measures them.*",
        "rows": "Old rows",
        "drain": "Mails a second, with a transport that does nothing; in brackets how many times "
        "as fast notifykit is",
        "accept": "Accepting one submission from one caller, in milliseconds",
        "driver": "the driver, the same row",
        "plain": "the driver, as many bytes into a plain table",
        "claim": "Claiming a submission, in milliseconds",
        "where": "Measured with",
    },
}


def speed(locale: str, figures: Path = FIGURES) -> str:
    """Give the tables, or say that nothing was measured."""
    says = _SAYS[locale]
    if not figures.is_file():
        return says["none"]
    measured = json.loads(figures.read_text("utf-8"))
    parts = [
        f"{says['drain']}:",
        _drains(measured["queues"], says),
        f"{says['accept']}:",
        _accepts(measured["accepting"], says),
        f"{says['claim']}:",
        _claims(measured["claiming"], says),
        f"{says['where']}: {measured['about']}.",
    ]
    return "\n\n".join(parts)


def _drains(queues: list[Mapping[str, Any]], says: Mapping[str, str]) -> str:
    rates = {(each["name"], each["rows"]): median(each["rates"]["drain"]) for each in queues}
    rows = sorted({count for _, count in rates})
    names = dict.fromkeys(name for name, _ in rates)
    cells = [
        (name, *(_beside(rates[name, count], rates[_OURS, count], name) for count in rows))
        for name in names
    ]
    return table((says["rows"], *(f"{count:,}" for count in rows)), cells)


def _beside(rate: float, ours: float, name: str) -> str:
    return f"{rate:,.0f}" if name == _OURS else f"{rate:,.0f} ({ours / rate:.1f})"


def _accepts(stores: Mapping[str, Mapping[str, list[float]]], says: Mapping[str, str]) -> str:
    ways = {
        f"{_OURS}, SqlRepository.add, 1": _OURS,
        "driver, INSERT of the same row, 1": says["driver"],
        "driver, INSERT of the same size, 1": says["plain"],
    }
    cells = [
        (shown, *(f"{1_000 / median(rates[way]):.2f}" for rates in stores.values()))
        for way, shown in ways.items()
    ]
    return table(("", *stores), cells)


def _claims(claims: list[Mapping[str, Any]], says: Mapping[str, str]) -> str:
    head = (says["rows"], *(f"{each['rows']:,}" for each in claims))
    return table(head, [(_OURS, *(f"{median(each['seconds']) * 1_000:.2f}" for each in claims))])
