"""One process of the bot: it accepts orders, or only delivers them, until it is killed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from notifykit import Contact, Notifier, Order, OrderLine, Submission, Transport
from notifykit.delivery import Delivery
from notifykit.errors import StorageError
from notifykit.notifier import Options
from notifykit.rendering import Renderer
from notifykit.settling import RetryPolicy
from notifykit.storage import SqlRepository
from notifykit.submission import Hold
from notifykit.transports import MailgunTransport, Relay, Security, SendGridTransport, SmtpTransport
from notifykit.worker import Worker
from reliability.controls import CONTROLS, Control
from reliability.durable import DurableLines, last_lines
from reliability.failpoints import Failpoints, Fate, FragileRepository, FragileTransport
from reliability.gauge import Busy

LEASE = timedelta(seconds=1)
POLL = timedelta(seconds=0.1)
SMTP_TIMEOUT = 0.2
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (0.1, 0.3, 1))
LIFETIME = timedelta(seconds=30)
RECIPIENTS = ("sales@example.com", "second@example.com")

_REPEATED = 3
_AT_ONCE = 8
_SENT_AT_ONCE = 0.2
_LONGEST_BREAK = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """
    Everything a process is born with.

    Attributes:
        url: Of the database.
        addresses: Of the providers.
        folder: Where the logs are.
        chance: What it draws from.
        fate: What becomes of it, if it is not killed before.
        accepting: It accepts orders too.
        busy: Where it says what it has under way.
        control: One of `CONTROLS`, where it is broken on purpose.
    """

    url: str = field(repr=False)
    addresses: Mapping[str, Any]
    folder: Path
    chance: str
    fate: Fate | None
    accepting: bool
    busy: Busy
    control: str | None
    renderer: Renderer

    @property
    def promises(self) -> Path:
        """The log of what callers were told."""
        return self.folder / "promises"

    @property
    def deeds(self) -> Path:
        """The log of the failpoints."""
        return self.folder / "deeds"


class CountedWorker(Worker):
    """A worker that says what it has in hand."""

    def __init__(self, delivery: Delivery, busy: Busy) -> None:
        super().__init__(delivery, poll=POLL)
        self._busy = busy

    async def deliver(
        self, submission: Submission, holds: dict[str, Hold] | None = None
    ) -> Submission:
        """Make one round."""
        with self._busy.delivering():
            return await super().deliver(submission, holds)


def live(life: Life) -> None:
    """Live; ends by itself only when asked to by SIGTERM. SIGUSR1 makes it live quietly."""
    # What the bot would log is in the database too.
    logging.disable()
    asyncio.run(_live(life))


async def _live(life: Life) -> None:
    failpoints = Failpoints(life.fate, os.open(life.deeds, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    calm, end = asyncio.Event(), asyncio.Event()

    def quieten() -> None:
        failpoints.disarm()
        calm.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_signal_handler(signal.SIGUSR1, quieten)
    async with _notifier(life, failpoints) as notifier:
        if life.accepting:
            await Caller(notifier, life).call_until(calm)
        await end.wait()


def _notifier(life: Life, failpoints: Failpoints) -> Notifier:
    control = CONTROLS[life.control] if life.control else Control(places=())
    inner = control.repository(SqlRepository(life.url))
    repository = FragileRepository(inner, failpoints, life.busy)
    transports = [
        FragileTransport(control.transport(each), failpoints, life.busy)
        for each in _transports(life)
    ]
    notifier = Notifier(
        *transports,
        sender="bot@example.com",
        sales=RECIPIENTS,
        repository=repository,
        renderer=life.renderer,
        options=Options(
            retry=RetryPolicy(delays=DELAYS, greylisting=DELAYS[-1], lifetime=LIFETIME),
            lease=LEASE,
            grace=timedelta(seconds=5),
            locale="en",
            limits=None,
        ),
    )
    notifier.worker = CountedWorker(notifier.worker.delivery, life.busy)
    return notifier


def _transports(life: Life) -> list[Transport]:
    relay = Relay("smtp", "127.0.0.1", life.addresses["smtp"], Security.NONE)
    # Nobody speaks TLS here, and to read the system's certificates takes a good part of a life.
    trusted = str(life.folder / "ca.pem")
    chain: list[Transport] = [
        SmtpTransport(relay, timeout=SMTP_TIMEOUT),
        SendGridTransport("SG.test", url=life.addresses["sendgrid"], cafile=trusted),
        MailgunTransport("key-test", "example.com", url=life.addresses["mailgun"], cafile=trusted),
    ]
    # Hosts of one bot need not agree about the order, and so every provider gets its share.
    first = Random(life.chance).choices(range(3), weights=(6, 2, 2))[0]
    return chain[first:] + chain[:first]


class Caller:
    """
    Accepts orders with known numbers and keeps what it was told.

    It often begins a little before the last number that anybody was told about, as a client does
    that is not sure; two callers at a time accept the same numbers.
    """

    def __init__(self, notifier: Notifier, life: Life) -> None:
        self._notifier = notifier
        self._draw = Random(life.chance)
        repeated = self._draw.randint(0, _REPEATED)
        told = [line["number"] for line in last_lines(life.promises)]
        self._number = max([0, *(number - repeated for number in told)])
        self._told = DurableLines(life.promises)

    async def call_until(self, calm: asyncio.Event) -> None:
        """Call until it is calm."""
        lines = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as calls:
            while not calm.is_set():
                await lines.acquire()
                self._number += 1
                call = calls.create_task(self._call(self._number))
                call.add_done_callback(lambda _: lines.release())
                await asyncio.sleep(self._draw.uniform(0, _LONGEST_BREAK))

    async def _call(self, number: int) -> None:
        while True:
            try:
                kept = await self._accepted(number)
            except StorageError:  # nothing was promised, so a caller asks again
                await asyncio.sleep(self._draw.uniform(0, _LONGEST_BREAK))
            else:
                self._told.append({"number": number, "submission": kept.id})
                return

    async def _accepted(self, number: int) -> Submission:
        order = _order(number)
        if self._draw.random() < _SENT_AT_ONCE:
            return await self._notifier.send(order)
        return await self._notifier.enqueue(order)


def _order(number: int) -> Order:
    return Order(
        number=f"A-{number}",
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
        lines=[
            OrderLine(code="00-0123", title="Цемент М500", unit="меш", quantity=10, price="512")
        ],
    )
