"""Enqueue and drain, everybody in the same run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contestants import contestant, missing
from benchmarks.support import databases

MANY = 50
DRAIN, ENCODED = "drain", "drain, encoded"

# Callers that enqueue, and what the two rates are called.
Pass = tuple[int, str, str]
PASSES: tuple[Pass, ...] = (
    (1, "enqueue, 1 caller", DRAIN),
    (MANY, f"enqueue, {MANY} callers", ENCODED),
)


@dataclass(frozen=True)
class Queue:
    """
    A contestant with its own database.

    Attributes:
        rates: Mails per second of each round, by what was measured.
    """

    name: str
    rows: int
    url: str
    waiting: str
    done: str
    rates: Mapping[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def round(self, mails: int, passes: Sequence[Pass]) -> None:
        """Enqueue and drain, as often as there are passes."""
        before = databases.count(self.url, self.done)
        for callers, enqueued, drained in passes:
            seconds = self._run("enqueue", count=mails, callers=callers)
            self.rates[enqueued].append(mails / seconds)
            waiting = databases.count(self.url, self.waiting)
            seconds = self._run("drain", encoded=drained == ENCODED)
            self.rates[drained].append(waiting / seconds)
        # One more each time, which the contestants connect with.
        self._check(before + len(passes) * (mails + 1))

    def _run(self, command: str, **options: Any) -> float:
        return databases.run(self.name, command, self.url, **options)

    def _check(self, wanted: int) -> None:
        done, waiting = (databases.count(self.url, query) for query in (self.done, self.waiting))
        if (done, waiting) != (wanted, 0):
            raise RuntimeError(f"{self.name}: {done} of {wanted} are recorded, {waiting} wait")


def filled(stack: ExitStack, server: Any, names: Iterable[str], rows: int) -> list[Queue]:
    """Make everybody's database with so many old rows."""
    entries = {name: contestant_of(name) for name in names}
    queues = [
        Queue(name, rows, stack.enter_context(server.database()), entry.waiting, entry.done)
        for name, entry in entries.items()
    ]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda queue: databases.prepare(
                    queue.name, queue.url, entries[queue.name].fill, rows
                ),
                queues,
            )
        )
    return queues


def contestant_of(name: str) -> Any:
    """Give a contestant's description; nothing is connected."""
    return contestant(name, "")


def present(names: Sequence[str]) -> list[str]:
    """Leave out who is not installed, and say so."""
    for name in names:
        if lacking := missing(name):
            print(f"left out: {name}, because {', '.join(lacking)} is not installed")
    return [name for name in names if not missing(name)]
