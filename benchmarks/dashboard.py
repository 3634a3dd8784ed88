"""
What people look through, beside ever more submissions.

``python -m benchmarks.dashboard``; half an hour, most of it for making a million submissions in
PostgreSQL and in SQLite; ``--quick`` two minutes. A million are spread over a year, and
the newest 20,000 still have their mails. Everything is asked through the
repository, as the dashboard does it: what is measured includes the driver, and the values that are
made of the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.support import databases, looking
from benchmarks.support.looking import Looks
from benchmarks.support.submissions import fill
from benchmarks.support.table import number, show
from notifykit.storage import SqlRepository
from notifykit.storage.migrate import migrate

ROWS = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 20_000)

# What a page may take in milliseconds, and how much longer beside many rows than beside few.
AIM, GROWTH = 50.0, 2.0
# What takes less than this may grow.
_NOTHING = 10.0


def main() -> None:
    """Print a table for each database."""
    options = _options()
    sizes = options.rows or (QUICK if options.quick else ROWS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(databases.postgres())
        print(databases.facts(server.url))
        found: dict[str, dict[int, Looks]] = {"PostgreSQL": {}, "SQLite": {}}
        for rows in sizes:
            with server.database() as url:
                found["PostgreSQL"][rows] = asyncio.run(_looked(url, rows, options.times))
            file = folder / f"{rows}.db"
            found["SQLite"][rows] = asyncio.run(_looked(f"sqlite:///{file}", rows, options.times))
            file.unlink()
    for name, looks in found.items():
        report(name, looks)


async def _looked(url: str, rows: int, times: int) -> Looks:
    await migrate(url)
    await asyncio.to_thread(fill, url, rows)
    repository = SqlRepository(url)
    try:
        return await looking.measured(repository, rows, times)
    finally:
        await repository.aclose()


def report(name: str, looks: Mapping[int, Looks]) -> None:
    """Print the 95th percentiles of one database, and what misses an aim."""
    sizes = sorted(looks)
    rows, missed = [], []
    for what in looks[sizes[0]]:
        times = [looks[size][what] for size in sizes]
        growth = times[-1] / times[0]
        rows.append([what, *map(number, times), f"{growth:.1f}"])
        if max(times) > AIM or (growth > GROWTH and times[-1] > _NOTHING):
            missed.append(what)
    head = ["p95 in ms, by rows", *(f"{size:,}" for size in sizes), "growth"]
    show(f"{name} (aims: {AIM:g} ms; growth {GROWTH:g}, or {_NOTHING:g} ms)", head, rows)
    print(f"missed: {', '.join(missed)}" if missed else "every aim is reached")


def _options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What people look through.")
    parser.add_argument("--quick", action="store_true", help="few rows, in two minutes")
    parser.add_argument("--rows", type=int, nargs="+", help="in place of 1000 100000 1000000")
    parser.add_argument("--times", type=int, default=40, help="how often each is done")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
