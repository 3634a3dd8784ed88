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
from pathlib import Path
from random import Random
from typing import Any

from notifykit.simulators import local_certificates
from notifykit.storage.migrate import migrate
from reliability import processes, providers
from reliability.checker import Evidence
from reliability.controls import CONTROLS, Control
from reliability.databases import ATTEMPTS, SUBMISSIONS, Database, waiting
from reliability.durable import accepts, promises
from reliability.failpoints import ACCEPTING, DELIVERING, PLACES, Fate
from reliability.gauge import Busy, gauges
from reliability.node import LEASE, Life, live
from reliability.plan import Losses, Plan
from reliability.warm import warm_renderer

_CALLERS = 2
_TICK = 0.01
_SHARE_WITH_FATE, _SHARE_AT_ACCEPTING = 0.8, 0.4
# Counted from the moment when it is through with starting up; some are killed before.
_LONGEST_LIFE, _LONGEST_CALLERS_LIFE, _LONGEST_START = 1.5, 4.0, 3.0
# So long from one power cut to the next; it takes so many processes at once.
_UNTIL_POWER_CUT, _DARK = (3.0, 9.0), (3, 6)
_CALM_AFTER_KILLS = 60.0
_TOLD_EVERY = 30.0
# As asked to; SIGTERM where it came before the process was ready for it.
_ENDS = (0, -signal.SIGKILL, -signal.SIGTERM)
_MOST_CRASHES = 10


@dataclass(slots=True)
class _Node:
    ends_at: float
    busy: Busy
    awake: bool = False
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
        self._renderer = warm_renderer()
        self._errors = os.open(self.errors, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._next_cut = self._next_lift = 0.0
        self._next_power_cut = time.monotonic() + self._draw.uniform(*_UNTIL_POWER_CUT)
        self._next_told = time.monotonic() + _TOLD_EVERY
        self._free = gauges(_CALLERS + self.plan.workers)

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
                while self._strikes < self.plan.kills and not self._interrupted():
                    self._step(addresses)
                    self._tell_progress(started)
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
        local_certificates().save(self.folder)
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
            if change.code == -signal.SIGKILL:
                self.losses.killed(node.busy)
            self._free.append(node.busy)
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
        while len(self._nodes) < _CALLERS + self.plan.workers:
            accepting = not self._calm and len(self._callers) < _CALLERS
            busy = self._free.pop()
            busy.clear()
            life = self._life(addresses, accepting, busy)
            pid = processes.fork(partial(live, life), self._errors)
            self._nodes[pid] = _Node(time.monotonic() + self._draw.uniform(0, _LONGEST_START), busy)
            if accepting:
                self._callers.add(pid)

    def _end_of_a_life(self, pid: int) -> float:
        longest = _LONGEST_CALLERS_LIFE if pid in self._callers else _LONGEST_LIFE
        return time.monotonic() + self._draw.uniform(0, longest)

    def _life(self, addresses: dict[str, Any], accepting: bool, busy: Busy) -> Life:
        self._born += 1
        chance = f"{self.plan.seed} {self._born}"
        draw = Random(chance)
        doomed = not self._calm and draw.random() < _SHARE_WITH_FATE
        control = self._control
        wanted = ACCEPTING if accepting and draw.random() < _SHARE_AT_ACCEPTING else DELIVERING
        places = tuple(place for place in control.places if place in wanted) or control.places
        fate = Fate.drawn(draw, places, control.pauses) if doomed else None
        return Life(
            url=self.database.url,
            addresses=addresses,
            folder=self.folder,
            chance=chance,
            fate=fate,
            accepting=accepting,
            busy=busy,
            control=self.plan.control,
            renderer=self._renderer,
        )

    def _strike(self) -> None:
        now = time.monotonic()
        for pid, node in self._nodes.items():
            if node.busy.awake and not node.awake:
                node.awake = True
                node.ends_at = self._end_of_a_life(pid)
            if now > node.ends_at and node.wakes_at is None:
                paused = self._draw.random() < self._control.pauses
                node.ends_at = self._end_of_a_life(pid)
                processes.send(pid, signal.SIGSTOP if paused else signal.SIGKILL)
        if now > self._next_power_cut and not self.plan.control:
            self._cut_power(now)
        if now > self._next_cut:
            self._next_cut = now + self._draw.uniform(0.2, 1.5)
            self.database.disturb(self._draw)
            self.losses.cuts += 1

    def _cut_power(self, now: float) -> None:
        """Kill several at once, the paused ones too, as where a host goes down."""
        self._next_power_cut = now + self._draw.uniform(*_UNTIL_POWER_CUT)
        self.losses.power_cuts += 1
        pids = sorted(self._nodes)
        for pid in self._draw.sample(pids, min(self._draw.randint(*_DARK), len(pids))):
            processes.send(pid, signal.SIGKILL)

    def _tell_progress(self, started: float) -> None:
        now = time.monotonic()
        if now < self._next_told:
            return
        self._next_told = now + _TOLD_EVERY
        rate = self._strikes / (now - started)
        minutes = (self.plan.kills - self._strikes) / rate / 60 if rate else float("inf")
        sys.stderr.write(
            f"{type(self.database).__name__}: {self._strikes:,} of {self.plan.kills:,} killed,"
            f" {rate:.1f}/s, {waiting(self.database):,} submissions open,"
            f" about {minutes:.0f} min to go\n"
        )
        sys.stderr.flush()

    def _interrupted(self) -> bool:
        self.losses.interrupted = bool(processes.interruptions())
        return self.losses.interrupted

    # The calm.

    def _wait_for_calm(self, server: int, addresses: dict[str, Any]) -> None:
        until = time.monotonic() + _CALM_AFTER_KILLS
        while time.monotonic() < until and not self.losses.calm and not self._interrupted():
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
