"""Whatever happens in whatever order, the promise holds: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from machine.acts import ON_THE_WIRE, PLACES, Act
from machine.broken import ForgetsStarts, NothingUnknown, WithoutFence
from machine.world import PROVIDERS, RECIPIENTS, SteppedClock, World
from notifykit import Transport
from notifykit.settling import OnUnknown
from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.submission import EventKind

# So many times as many examples as usual, drawn anew: for a long run.
TIMES = int(os.environ.get("NOTIFYKIT_MACHINE_TIMES", "0"))
STEPS = 40
EXAMPLES = {"memory": 100, "sqlite": 20, "postgres": 20, "broken": 400}

MakeRepository = Callable[[SteppedClock], Any]

orders = st.integers(0, 2)
some = st.integers(0, 11)
# Lost answers are what is hard.
scripts = st.lists(
    st.sampled_from([*Act, Act.AWAY, *[Act.TAKES_AND_HANGS_UP, Act.HANGS_UP] * 3]),
    min_size=1,
    max_size=3,
)
stops = st.none() | st.sampled_from(PLACES) | st.sampled_from(ON_THE_WIRE)
steps = st.sampled_from([timedelta(minutes=minutes) for minutes in (0.02, 1.5, 6, 180, 2_880)])
told = st.sampled_from([kind for kind in EventKind if kind is not EventKind.REJECTED])


class Bot(RuleBasedStateMachine):
    """Several processes of one bot; see `machine.world`."""

    run: Callable[..., Any]
    make_repository: MakeRepository
    around: Callable[[Transport], Transport] = staticmethod(lambda transport: transport)
    numbers = itertools.count()

    @initialize(on_unknown=st.sampled_from(OnUnknown))
    def begin(self, on_unknown: OnUnknown) -> None:
        clock = SteppedClock()
        repository = type(self).make_repository(clock)
        source = f"bot-{next(self.numbers)}"
        self.world = World(repository, clock, source, on_unknown, self.around)
        for number in (0, 1):
            self.run(self.world.accept(self.world.processes[0], number, at_once=False))

    @precondition(lambda self: self.world.idle)
    @rule(who=some, number=orders, at_once=st.booleans(), script=scripts, stops_at=stops)
    def accept(self, who: int, number: int, at_once: bool, **course: Any) -> None:
        self.run(self.world.accept(_nth(self.world.idle, who), number, at_once, **course))

    @precondition(lambda self: self.world.idle)
    @rule(who=some, after=steps, script=scripts, stops_at=stops)
    def work(self, who: int, after: timedelta, **course: Any) -> None:
        self.world.move_clock(after)
        self.run(self.world.work(_nth(self.world.idle, who), **course))

    @precondition(lambda self: self.world.idle and self.world.ids)
    @rule(
        who=some,
        what=st.sampled_from(["deliver", "resend", "mark_sent", "cancel"]),
        which=some,
        script=scripts,
        stops_at=stops,
    )
    def decide(self, who: int, what: str, which: int, **course: Any) -> None:
        process, id_ = _nth(self.world.idle, who), _nth(self.world.ids, which)
        self.run(self.world.decide(process, what, id_, **course))

    @precondition(lambda self: self.world.stopped)
    @rule(who=some, stops_at=stops)
    def go_on(self, who: int, stops_at: str | None) -> None:
        self.run(self.world.go_on(_nth(self.world.stopped, who), stops_at))

    @precondition(lambda self: self.world.stopped)
    @rule(who=some)
    def crash(self, who: int) -> None:
        self.run(self.world.crash(_nth(self.world.stopped, who)))

    @rule(by=steps)
    def time_passes(self, by: timedelta) -> None:
        self.world.move_clock(by)

    @rule(by=steps)
    def the_clock_jumps_back(self, by: timedelta) -> None:
        self.world.move_clock(-min(by, timedelta(minutes=6)))

    @rule(provider=st.sampled_from(list(PROVIDERS)))
    def lift_the_hold(self, provider: str) -> None:
        self.run(self.world.repository.release(self.world.source, provider))

    @precondition(lambda self: self.world.truth.takes)
    @rule(
        which=some,
        kind=told,
        person=st.none() | st.sampled_from(RECIPIENTS),
        nth=st.integers(0, 3),
    )
    def a_provider_tells(self, **told: Any) -> None:
        self.run(self.world.tell(**told))

    @precondition(lambda self: self.world.is_sql)
    @rule(number=orders, also_open=st.booleans())
    def erase(self, number: int, also_open: bool) -> None:
        self.run(self.world.erase(number, also_open))

    @precondition(lambda self: self.world.is_sql)
    @rule(older_than=steps, rows=st.booleans())
    def purge(self, older_than: timedelta, rows: bool) -> None:
        self.run(self.world.purge(older_than, rows))

    @invariant()
    def the_promise_holds(self) -> None:
        if found := self.run(self.world.breaches()):
            raise AssertionError("\n".join(found))

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.run(self.world.calm_down())
            self.the_promise_holds()
        finally:
            self.run(self.world.end())


def _nth(several: list[Any], number: int) -> Any:
    return several[number % len(several)]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    logging.disable()
    with asyncio.Runner() as runner:
        yield runner
    logging.disable(logging.NOTSET)


def play(
    runner: asyncio.Runner,
    make_repository: MakeRepository,
    examples: int,
    around: Callable[[Transport], Transport] = lambda transport: transport,
) -> None:
    class Machine(Bot):
        run = staticmethod(runner.run)

    Machine.make_repository = staticmethod(make_repository)
    Machine.around = staticmethod(around)
    chosen = settings(
        max_examples=examples * max(TIMES, 1),
        stateful_step_count=STEPS,
        derandomize=not TIMES,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if TIMES else (Phase.generate,),
    )
    run_state_machine_as_test(Machine, settings=chosen)


def test_the_promise_holds_in_memory(runner: asyncio.Runner) -> None:
    play(runner, plain, EXAMPLES["memory"])


def plain(clock: SteppedClock) -> MemoryRepository:
    return MemoryRepository(clock=clock)


BROKEN: dict[str, tuple[MakeRepository, Callable[[Transport], Transport], str]] = {
    "a lost answer counts as a no": (plain, NothingUnknown, "two providers"),
    "nothing is written before the wire": (
        lambda clock: ForgetsStarts(clock=clock),
        lambda transport: transport,
        "doubled|two providers|two hands|false FAILED",
    ),
    "nobody minds the fence": (
        lambda clock: WithoutFence(clock=clock),
        lambda transport: transport,
        "two hands|stuck",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_bot_that_is_broken_on_purpose_is_caught(runner: asyncio.Runner, name: str) -> None:
    make_repository, around, found = BROKEN[name]

    with pytest.raises(AssertionError, match=found):
        play(runner, make_repository, EXAMPLES["broken"], around)


def on_sql(runner: asyncio.Runner, url: str, examples: int) -> None:
    """Play all examples on one database; each has a source and a clock of its own."""
    clock = Clocks()
    repository = SqlRepository(url, clock=clock)

    def with_clock(own: SteppedClock) -> SqlRepository:
        clock.current = own
        return repository

    try:
        play(runner, with_clock, examples)
    finally:
        runner.run(repository.aclose())


class Clocks:
    """The clock of the example that is played."""

    current = SteppedClock()

    def __call__(self) -> Any:
        return self.current()


def test_the_promise_holds_on_sqlite(runner: asyncio.Runner, tmp_path: Path) -> None:
    on_sql(runner, f"sqlite:///{tmp_path / 'notifykit.db'}", EXAMPLES["sqlite"])


def test_the_promise_holds_on_postgres(runner: asyncio.Runner, postgres_url: str) -> None:
    on_sql(runner, postgres_url, EXAMPLES["postgres"])
