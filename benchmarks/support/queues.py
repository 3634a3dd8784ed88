"""Enqueue and drain, everybody in the same run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contestants import contestant, missing
from benchmarks.support import databases

MANY = 50
FIGURES = ("enqueue, 1 caller", f"enqueue, {MANY} callers", "drain", "drain, encoded")


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

    def round(self, mails: int) -> None:
        """Enqueue and drain twice: from one caller and from many."""
        before = databases.count(self.url, self.done)
        for callers, enqueued, drained in ((1, *FIGURES[::2]), (MANY, *FIGURES[1::2])):
            seconds = self._run("enqueue", count=mails, callers=callers)
            self.rates[enqueued].append(mails / seconds)
            waiting = databases.count(self.url, self.waiting)
            seconds = self._run("drain", encoded=callers == MANY)
            self.rates[drained].append(waiting / seconds)
        # One more each time, which the contestants connect with.
        self._check(before + 2 * (mails + 1))

    def _run(self, command: str, **options: Any) -> float:
        return databases.run(self.name, command, self.url, **options)

    def _check(self, wanted: int) -> None:
        done, waiting = (databases.count(self.url, query) for query in (self.done, self.waiting))
        if (done, waiting) != (wanted, 0):
            raise RuntimeError(f"{self.name}: {done} of {wanted} are recorded, {waiting} wait")


def filled(stack: ExitStack, server: Any, names: Iterable[str], rows: int) -> list[Queue]:
    """Make everybody's database with so many old rows."""
    queues = []
    for name in names:
        url = stack.enter_context(server.database())
        entry = contestant_of(name)
        databases.prepare(name, url, entry.fill, rows)
        queues.append(Queue(name, rows, url, entry.waiting, entry.done))
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
