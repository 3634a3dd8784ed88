"""A bot of several processes on one store, in which everything can happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from machine.acts import Act, GatedRepository, Process, ScriptedTransport
from machine.truth import Truth, breaches
from notifykit import (
    Contact,
    Notification,
    Notifier,
    Order,
    OrderLine,
    Status,
    Submission,
    Transport,
)
from notifykit.errors import LeaseLostError
from notifykit.notifier import Options
from notifykit.rendering.base import Rendered
from notifykit.settling import OnUnknown, RetryPolicy
from notifykit.storage import SqlRepository
from notifykit.storage.base import Filter
from notifykit.storage.retention import erase, purge
from notifykit.submission import Event, EventKind
from notifykit.worker import Worker

LEASE = timedelta(minutes=5)
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 600))
LIFETIME = timedelta(hours=6)
RECIPIENTS = ("sales@example.com", "second@example.com")
PROVIDERS = {"gmail": False, "mailgun": True}

_PROCESSES = 3
_CALMING_ROUNDS = 40


class SteppedClock:
    """The time of the store and of all processes."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell it."""
        return self.now


class PlainRenderer:
    """Makes the shortest mail there is."""

    def render(
        self, notification: Notification, *, reference: str, created_at: datetime
    ) -> Rendered:
        """Render."""
        return Rendered(subject=f"Заказ {reference}", text=f"{notification.kind} {reference}")


@dataclass
class World:
    """
    Everything that one example plays with.

    Args:
        repository: Shared by all processes, as a database is.
        clock: Its time, and theirs.
        source: Keeps this example apart from others on the same database.
        on_unknown: The policy.
        around: Put around every transport.
    """

    repository: Any
    clock: SteppedClock
    source: str
    on_unknown: OnUnknown = OnUnknown.RESEND
    around: Callable[[Transport], Transport] = lambda transport: transport

    def __post_init__(self) -> None:
        self.truth = Truth()
        self.processes = [self._new_process() for _ in range(_PROCESSES)]

    # What can be chosen from.

    @property
    def idle(self) -> list[Process]:
        """The processes that wait for work."""
        return [process for process in self.processes if process.is_idle]

    @property
    def stopped(self) -> list[Process]:
        """The processes that stopped somewhere."""
        return [process for process in self.processes if not process.is_idle]

    @property
    def ids(self) -> list[str]:
        """The submissions that callers know of."""
        return list(self.truth.numbers)

    @property
    def is_sql(self) -> bool:
        """Whether people can be erased."""
        return isinstance(self.repository, SqlRepository)

    # What happens.

    async def accept(self, process: Process, number: int, at_once: bool, **course: Any) -> None:
        """Give an order to a process; it may be the one that was given before."""
        # No two at the same moment: which one is first must not be left to their ids.
        self.clock.now += timedelta(milliseconds=5)
        notifier = process.notifier
        take = notifier.send if at_once else notifier.enqueue
        kept = await process.do(take(_order(number)), **course)
        self._told(kept)

    async def work(self, process: Process, **course: Any) -> None:
        """Let a process deliver what is due."""
        await process.do(process.notifier.worker.run_once(), **course)

    async def go_on(self, process: Process, stops_at: str | None) -> None:
        """Let a process go on."""
        with suppress(LeaseLostError):  # a decision of a person's that came too late
            self._told(await process.go_on(stops_at))

    async def decide(self, process: Process, what: str, id_: str, **course: Any) -> None:
        """Let a person decide something about a submission."""
        if what in ("resend", "mark_sent"):
            self.truth.taken_up.add(id_)
        with suppress(LeaseLostError):
            await process.do(getattr(process.notifier, what)(id_), **course)

    async def crash(self, process: Process) -> None:
        """Kill a process, and start another one."""
        await process.die()
        self.processes[self.processes.index(process)] = self._new_process()

    def move_clock(self, by: timedelta) -> None:
        """Let time pass, or jump."""
        self.clock.now += by
        if by < timedelta(0):
            for process in self.stopped:
                process.excuse()

    async def tell(self, which: int, kind: EventKind, person: str | None, nth: int) -> None:
        """Let a provider tell something about an email that it took."""
        take = self.truth.takes[which % len(self.truth.takes)]
        event = Event(
            id=f"{take.submission} {nth}",
            submission_id=take.submission,
            provider=take.provider,
            kind=kind,
            recipient=person if person in take.recipients else None,
            occurred_at=self.clock(),
        )
        await self.repository.record(event)

    async def erase(self, number: int, also_open: bool) -> None:
        """Forget a customer."""
        await erase(self.repository, _phone(number), source=self.source, also_open=also_open)
        for submission in await self.kept():
            if submission.notification.get("number") is None:
                self.truth.erased.add(submission.id)

    async def purge(self, older_than: timedelta, rows: bool) -> None:
        """Forget what is old."""
        done = (Status.SENT, Status.FAILED)
        settled = {one.id for one in await self.kept() if one.status in done}
        await purge(self.repository, older_than=older_than, source=self.source, rows=rows)
        kept = await self.kept()
        self.truth.purged |= settled - {submission.id for submission in kept}
        self.truth.erased |= {
            submission.id for submission in kept if not submission.notification.get("number")
        }

    async def calm_down(self) -> None:
        """Let everybody do their work, until nothing is left to do by itself."""
        for process in self.stopped:
            await self.go_on(process, None)
        for _ in range(_CALMING_ROUNDS):
            for provider in PROVIDERS:
                await self.repository.release(self.source, provider)
            self.clock.now += timedelta(hours=1)
            await self.work(self.processes[0], script=[Act.TAKES])
            if all(submission.due_at is None for submission in await self.kept()):
                return
        raise AssertionError(f"it never ends: {await self.kept()}")

    async def end(self) -> None:
        """Let go of the processes."""
        for process in self.processes:
            await process.die()

    # What must hold.

    async def kept(self) -> Sequence[Submission]:
        """Give what the store says."""
        return await self.repository.recent(Filter(source=self.source), limit=1_000)

    async def breaches(self) -> list[str]:
        """Compare it with the truth."""
        return breaches(self.truth, await self.kept())

    def _told(self, answer: Any) -> None:
        if isinstance(answer, Submission) and answer.notification.get("number"):
            self.truth.numbers[answer.id] = int(answer.notification["number"])

    def _new_process(self) -> Process:
        return Process(self.repository, self.truth, self._notifier)

    def _notifier(self, process: Process, repository: GatedRepository) -> Notifier:
        scripted = [
            ScriptedTransport(name, process, is_api=is_api) for name, is_api in PROVIDERS.items()
        ]
        policy = RetryPolicy(
            delays=DELAYS, jitter=0.0, lifetime=LIFETIME, on_unknown=self.on_unknown
        )
        notifier = Notifier(
            *map(self.around, scripted),
            sender="bot@example.com",
            sales=RECIPIENTS,
            repository=repository,
            renderer=PlainRenderer(),
            options=Options(
                source=self.source, retry=policy, lease=LEASE, clock=self.clock, limits=None
            ),
        )
        # One submission at a time: else it would not be for the example to say who comes first.
        notifier.worker = Worker(notifier.worker.delivery, source=self.source, concurrency=1)
        return notifier


def _order(number: int) -> Order:
    return Order(
        number=str(number),
        customer=Contact(name="Иван Петров", phone=_phone(number)),
        lines=[OrderLine(code="00-0123", title="Цемент М500", quantity=1)],
    )


def _phone(number: int) -> str:
    return f"+7 900 000-00-0{number}"
