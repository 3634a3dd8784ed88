"""What the figures are to be, and whether they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, NamedTuple

from benchmarks.support.accepting import OURS, PLAIN
from benchmarks.support.queues import DRAIN, ENCODED

_DRAIN = {"django-post_office": 1.5, "procrastinate": 10.0, "django-mailer": 15.0}


class Aim(NamedTuple):
    """One figure, and how it was found to be."""

    what: str
    wanted: str
    found: float
    reached: bool


def reached(results: Mapping[str, Any]) -> list[Aim]:
    """Compare; whoever was left out is left out here too."""
    return [*_drains(results["queues"]), *_accepts(results["accepting"]), *_claims(results)]


def _drains(queues: list[Mapping[str, Any]]) -> Iterator[Aim]:
    for figure in (DRAIN, ENCODED):
        rates = {
            (e["name"], e["rows"]): median(e["rates"][figure])
            for e in queues
            if figure in e["rates"]
        }
        for name, wanted in _DRAIN.items():
            ratios = [
                rates["notifykit", rows] / rate
                for (other, rows), rate in rates.items()
                if other == name
            ]
            if ratios:
                yield _at_least(f"{figure}, notifykit / {name}, worst", wanted, min(ratios))


def _accepts(stores: Mapping[str, Any]) -> Iterator[Aim]:
    for store, rates in stores.items():
        plain, one, many = (
            median(rates[name]) for name in (f"{PLAIN}, 1", f"{OURS}, 1", f"{OURS}, 50")
        )
        what = f"accept, {store}"
        yield _at_most(f"{what}, 1 caller, time / one plain commit", 1.6, plain / one)
        yield _at_least(f"{what}, 50 callers, rate / ours with one commit each", 5.0, many / one)
        yield _at_least(f"{what}, 50 callers, rate / one plain commit each", 5.0, many / plain)


def _claims(results: Mapping[str, Any]) -> Iterator[Aim]:
    claims = results["claiming"]
    medians = [median(entry["seconds"]) for entry in claims]
    rows = f"{claims[0]['rows']:,} to {claims[-1]['rows']:,}"
    yield _at_most(f"claim, slowest / fastest, {rows} rows", 1.5, max(medians) / min(medians))
    by_index = float(all(entry["plan"]["by_index"] for entry in claims))
    yield _at_least("claim, plans by the partial index", 1.0, by_index)


def _at_least(what: str, wanted: float, found: float) -> Aim:
    return Aim(what, f">= {wanted:g}", found, found >= wanted)


def _at_most(what: str, wanted: float, found: float) -> Aim:
    return Aim(what, f"<= {wanted:g}", found, found <= wanted)
