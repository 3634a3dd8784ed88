"""
How fast submissions are kept, claimed and sent, beside other queues of mails.

``python -m benchmarks.outbox``; a quarter of an hour, ``--quick`` less than a minute. The other
queues come with the dependency group ``bench``. Everybody works on the same PostgreSQL, which
commits to the disk, in a process of its own, in turns. Compare the ratios, which come from one run,
and not the rates.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestants import NAMES
from benchmarks.support import accepting, aims, databases, queues
from benchmarks.support.claiming import Claims
from benchmarks.support.table import number, restless, show, spread

CLAIM_ROWS = (1_000, 10_000, 100_000, 1_000_000)

Rates = dict[tuple[str, int], list[float]]


def main() -> None:
    """Measure, and print the tables."""
    options = _options()
    with ExitStack() as stack:
        server = stack.enter_context(databases.postgres())
        about = f"Python {platform.python_version()}; {databases.facts(server.url)}"
        print(about)
        results = {
            "about": about,
            "queues": _queues(stack, server, options),
            "accepting": _accepting(stack, server, options),
            "claiming": _claiming(stack, server, options),
        }
    results["aims"] = aims.reached(results)
    _show_aims(results["aims"])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few mails, few old rows")
    parser.add_argument("--rows", help="old rows, as 0,100000,1000000")
    parser.add_argument("--mails", type=int, help="mails of each round")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    options = parser.parse_args()
    options.mails = options.mails or (40 if options.quick else 500)
    rows = options.rows or ("0" if options.quick else "0,100000,1000000")
    options.rows = [int(count) for count in rows.split(",")]
    options.passes = queues.PASSES[-1:] if options.quick else queues.PASSES
    most = max(*options.rows, 10_000)
    options.claims = [rows for rows in CLAIM_ROWS if rows <= most]
    return options


def _queues(stack: ExitStack, server: Any, options: argparse.Namespace) -> list[Mapping[str, Any]]:
    names = queues.present(NAMES)
    entries = [
        entry for rows in options.rows for entry in queues.filled(stack, server, names, rows)
    ]
    for turn in range(options.rounds):
        for entry in entries:
            print(f"round {turn + 1}, {entry.rows:,} old rows, {entry.name}", file=sys.stderr)
            entry.round(options.mails, options.passes)
    _show_queues(entries)
    if any(restless(values) for entry in entries for values in entry.rates.values()):
        print("\nRates differ from round to round by more than a quarter: this machine was busy.")
    print("\nHow they were run (seconds are counted from when a process is ready):")
    print("  enqueue: notifykit renders the mail, the others are given the finished one")
    for name in names:
        print(f"  {name}: {queues.contestant_of(name).settings}")
    return [{"name": e.name, "rows": e.rows, "rates": dict(e.rates)} for e in entries]


def _show_queues(entries: Sequence[queues.Queue]) -> None:
    ours = {entry.rows: entry for entry in entries if entry.name == NAMES[0]}
    for figure in entries[0].rates:
        rows = []
        for entry in entries:
            rate = median(entry.rates[figure])
            ratio = median(ours[entry.rows].rates[figure]) / rate
            cells = (number(rate), spread(entry.rates[figure]), f"{ratio:.2f}")
            rows.append((entry.name, f"{entry.rows:,}", *cells))
        head = ("", "old rows", "mails/s", "spread", "notifykit / it")
        show(figure.capitalize(), head, rows)


def _accepting(stack: ExitStack, server: Any, options: argparse.Namespace) -> dict[str, Rates]:
    url = stack.enter_context(server.database())
    found = asyncio.run(_measure_accepting(url, options))
    for store, rates in found.items():
        rows = [
            (
                name,
                str(callers),
                number(median(values)),
                spread(values),
                number(1_000 / median(values)),
                f"{median(rates[accepting.PLAIN, 1]) / median(values):.2f}",
            )
            for (name, callers), values in rates.items()
        ]
        head = ("", "callers", "rows/s", "spread", "ms a row", "times one plain commit")
        show(f"Accept, {store}", head, rows)
    return {
        store: {f"{name}, {callers}": values for (name, callers), values in rates.items()}
        for store, rates in found.items()
    }


async def _measure_accepting(url: str, options: argparse.Namespace) -> dict[str, Rates]:
    plan = {"callers": (1, queues.MANY), "count": options.mails, "times": options.rounds}
    async with accepting.in_postgres(url) as ways:
        postgres = await accepting.rounds(ways, **plan)
    async with accepting.in_sqlite() as ways:
        sqlite = await accepting.rounds(ways, **plan)
    return {"PostgreSQL": postgres, "SQLite": sqlite}


def _claiming(stack: ExitStack, server: Any, options: argparse.Namespace) -> list[Any]:
    claims = [Claims(rows, stack.enter_context(server.database())) for rows in options.claims]
    fill = queues.contestant_of(NAMES[0]).fill
    for entry in claims:
        databases.prepare(NAMES[0], entry.url, fill, entry.rows)
    for _ in range(options.rounds):
        for entry in claims:
            asyncio.run(entry.round(max(20, options.mails // 5)))
    plans = [entry.plan() for entry in claims]
    first = median(claims[0].seconds)
    rows = [
        (
            f"{entry.rows:,}",
            number(median(entry.seconds) * 1_000),
            f"{median(entry.seconds) / first:.2f}",
            number(plan["ms"]),
            str(plan["blocks"]),
            plan["nodes"] + ("" if plan["by_index"] else ": NOT by the partial index"),
        )
        for entry, plan in zip(claims, plans, strict=True)
    ]
    head = ("old rows", "ms a claim", "times the first", "ms in the server", "blocks", "plan")
    show("Claim of one submission", head, rows)
    print(f"  {plans[-1]['index']}")
    return [
        {"rows": entry.rows, "seconds": entry.seconds, "plan": plan}
        for entry, plan in zip(claims, plans, strict=True)
    ]


def _show_aims(reached: Sequence[aims.Aim]) -> None:
    rows = [
        (aim.what, aim.wanted, f"{aim.found:.2f}", "yes" if aim.reached else "NO")
        for aim in reached
    ]
    show("Aims", ("", "wanted", "found", "reached"), rows)


if __name__ == "__main__":
    main()
