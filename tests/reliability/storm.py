"""The storm: processes of a bot that accept and deliver, and are killed, paused and cut off."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from notifykit import Contact, Order, OrderLine
from notifykit.delivery import utc_now
from notifykit.rendering import TemplateRenderer
from notifykit.storage.migrate import migrate
from reliability import processes, providers
from reliability.checker import Evidence
from reliability.controls import CONTROLS, Control
from reliability.databases import ATTEMPTS, SUBMISSIONS, Database, waiting
from reliability.durable import accepts, promises
from reliability.failpoints import PLACES, Fate
from reliability.node import LEASE, Life, live

_CALLERS = 2
_WORKERS = 3
_TICK = 0.01
_SHARE_WITH_FATE = 0.8
_LONGEST_LIFE = 4.0
_CALM_AFTER_KILLS = 60.0
# As asked to; SIGTERM where it came before the process was ready for it.
_ENDS = (0, -signal.SIGKILL, -signal.SIGTERM)
_MOST_CRASHES = 10
_IMPORTED_LATER = (
    "aiosqlite",
    "asyncpg",
    "httpx",
    "notifykit.storage.sql",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is to happen.

    Attributes:
        seed: Everything that can be drawn is drawn from it.
        kills: After so many it becomes calm; for a control, after so many kills and pauses.
        control: One of `CONTROLS`, to be broken on purpose.
    """

    seed: int
    kills: int
    control: str | None = None


@dataclass(slots=True)
class Losses:
    """
    What was done to the processes.

    Attributes:
        kills, pauses: How many processes.
        cuts: How often sessions were cut, or writing was barred.
        crashes: Processes that ended without having been asked to; there should be none.
        calm: Whether everything was finished in the end.
        seconds: From the first process to the calm.
    """

    kills: int = 0
    pauses: int = 0
    cuts: int = 0
    crashes: int = 0
    calm: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class _Node:
    ends_at: float
    wakes_at: float | None = None


@dataclass
class Storm:
    """
    One run over one database.

    Args:
        plan: What is to happen.
        database: Empty; `prepare` makes the tables.
        folder: For logs; the caller removes it.
    """

    plan: Plan
    database: Database
    folder: Path
    losses: Losses = field(default_factory=Losses)
    _nodes: dict[int, _Node] = field(default_factory=dict)
    _callers: set[int] = field(default_factory=set)
    _born: int = 0
    _calm: bool = False

    def __post_init__(self) -> None:
        self._draw = Random(f"{self.plan.seed} storm")
        self._renderer = _warm_renderer()
        self._errors = os.open(self.errors, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._next_cut = self._next_lift = 0.0

    @property
    def errors(self) -> Path:
        """What the processes had to say."""
        return self.folder / "errors"

    def run(self) -> None:
        """Let it storm, then wait for the calm."""
        self._prepare()
        started = time.monotonic()
        with self._providers() as (server, addresses):
            try:
                while self._strikes < self.plan.kills:
                    self._step(addresses)
                self._calm = True
                self._wait_for_calm(server, addresses)
            finally:
                self.losses.seconds = time.monotonic() - started
                self._end_all()

    def evidence(self) -> Evidence:
        """Collect what the checker reads."""
        return Evidence(
            submissions=self.database.rows(SUBMISSIONS),
            attempts=self.database.rows(ATTEMPTS),
            accepts=accepts(self.folder / "accepts"),
            promises=promises(self.folder / "promises"),
        )

    def deeds(self) -> Counter[str]:
        """Count what happened at failpoints, by deed and place."""
        path = self.folder / "deeds"
        return Counter(path.read_text().splitlines() if path.exists() else ())

    # The scenery.

    def _prepare(self) -> None:
        # In a child: this process must stay free of threads and of connections to SQLite.
        url = self.database.url
        made = processes.fork(lambda: _run(migrate(url)), self._errors)
        if processes.wait(made):
            raise RuntimeError(f"the tables could not be made: {self.errors.read_text()}")
        self.database.remember(fenced=self._control.fenced)

    @property
    def _strikes(self) -> int:
        # A control may be weak where it is paused, and then pauses are what it gets.
        return self.losses.kills + (self.losses.pauses if self.plan.control else 0)

    @property
    def _control(self) -> Control:
        return CONTROLS[self.plan.control] if self.plan.control else Control(places=PLACES)

    @contextmanager
    def _providers(self) -> Iterator[tuple[int, dict[str, Any]]]:
        reading, writing = os.pipe()
        log, faults = self.folder / "accepts", self._control.faults
        work = partial(providers.serve, log, self.plan.seed, faults, writing)
        pid = processes.fork(work, self._errors)
        os.close(writing)
        try:
            with os.fdopen(reading) as ready:
                line = ready.readline()
            if not line:
                raise RuntimeError(f"the providers did not start: {self.errors.read_text()}")
            yield pid, json.loads(line)
        finally:
            processes.send(pid, signal.SIGKILL)
            processes.wait(pid)

    # One moment of the storm.

    def _step(self, addresses: dict[str, Any]) -> None:
        if signals := processes.interruptions():
            sys.exit(128 + signals[0])
        self._notice()
        self._wake_the_paused()
        self._populate(addresses)
        if not self._calm:
            self._strike()
        if time.monotonic() > self._next_lift:
            self._next_lift = time.monotonic() + 0.5
            self.database.lift_holds()
        time.sleep(_TICK)

    def _notice(self) -> None:
        for change in processes.changes():
            node = self._nodes.get(change.pid)
            if node is None:
                raise RuntimeError(f"the providers ended: {self.errors.read_text()}")
            if change.stopped:
                self.losses.pauses += 1
                longer = LEASE.total_seconds() * self._draw.uniform(1.1, 2.2)
                node.wakes_at = time.monotonic() + longer
                continue
            del self._nodes[change.pid]
            self._callers.discard(change.pid)
            self.losses.kills += change.code == -signal.SIGKILL
            self.losses.crashes += change.code not in _ENDS
            if self.losses.crashes > _MOST_CRASHES:
                raise RuntimeError(
                    f"processes end by themselves: {self.errors.read_text()[-4000:]}"
                )

    def _wake_the_paused(self) -> None:
        now = time.monotonic()
        for pid, node in self._nodes.items():
            if node.wakes_at is not None and now > node.wakes_at:
                node.wakes_at = None
                processes.send(pid, signal.SIGCONT)

    def _populate(self, addresses: dict[str, Any]) -> None:
        while len(self._nodes) < _CALLERS + _WORKERS:
            accepting = not self._calm and len(self._callers) < _CALLERS
            pid = processes.fork(partial(live, self._life(addresses, accepting)), self._errors)
            self._nodes[pid] = _Node(time.monotonic() + self._draw.uniform(0.2, _LONGEST_LIFE))
            if accepting:
                self._callers.add(pid)

    def _life(self, addresses: dict[str, Any], accepting: bool) -> Life:
        self._born += 1
        chance = f"{self.plan.seed} {self._born}"
        draw = Random(chance)
        doomed = not self._calm and draw.random() < _SHARE_WITH_FATE
        control = self._control
        fate = Fate.drawn(draw, control.places, control.pauses) if doomed else None
        return Life(
            url=self.database.url,
            addresses=addresses,
            folder=self.folder,
            chance=chance,
            fate=fate,
            accepting=accepting,
            control=self.plan.control,
            renderer=self._renderer,
        )

    def _strike(self) -> None:
        now = time.monotonic()
        for pid, node in self._nodes.items():
            if now > node.ends_at and node.wakes_at is None:
                paused = self._draw.random() < self._control.pauses
                node.ends_at = now + self._draw.uniform(0.2, _LONGEST_LIFE)
                processes.send(pid, signal.SIGSTOP if paused else signal.SIGKILL)
        if now > self._next_cut:
            self._next_cut = now + self._draw.uniform(0.2, 1.5)
            self.database.disturb(self._draw)
            self.losses.cuts += 1

    # The calm.

    def _wait_for_calm(self, server: int, addresses: dict[str, Any]) -> None:
        until = time.monotonic() + _CALM_AFTER_KILLS
        while time.monotonic() < until and not self.losses.calm:
            for pid in (server, *self._nodes):
                processes.send(pid, signal.SIGUSR1)
            self._step(addresses)
            awake = all(node.wakes_at is None for node in self._nodes.values())
            self.losses.calm = awake and not waiting(self.database)

    def _end_all(self) -> None:
        """Ask all to end, so that what is under way is seen; kill those that do not."""
        until = time.monotonic() + 10
        while self._nodes and time.monotonic() < until and self.losses.calm:
            for pid in self._nodes:
                processes.send(pid, signal.SIGTERM)
            self._notice()
            time.sleep(_TICK)
        for pid in self._nodes:
            processes.send(pid, signal.SIGKILL)
            processes.wait(pid)


def _run(work: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(work)


def _warm_renderer() -> TemplateRenderer:
    """Compile the templates, and import everything, once for all processes to come."""
    for module in _IMPORTED_LATER:
        import_module(module)
    renderer = TemplateRenderer()
    order = Order(
        number="A-0",
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
        lines=[OrderLine(code="00-0123", title="Цемент М500", quantity=1)],
    )
    renderer.render(order, reference="KMT-4827", created_at=utc_now())
    return renderer
