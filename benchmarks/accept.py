"""
What it costs to accept a submission, alone and among many, against one commit for each.

``python -m benchmarks.accept``. Compare the ratios, which come from one run, and not the times.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from benchmarks.support import databases
from benchmarks.support.content import SALES, SENDER, mail
from benchmarks.support.table import number, show, spread
from notifykit.ids import uuid7
from notifykit.message import Address, Email
from notifykit.rendering import Rendered
from notifykit.storage.accepting import Wanted
from notifykit.storage.migrate import migrate
from notifykit.storage.sql import SqlRepository
from notifykit.submission import Submission

ROUNDS = 21
EACH = 200  # submissions of one round
CALLERS = (1, 10, 50)

Add = Callable[[Submission], Awaitable[object]]


def submission(rendered: Rendered) -> Submission:
    """Make one of 14 KB that was never accepted before."""
    email = Email(
        sender=Address(SENDER),
        to=(Address(SALES),),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    id_ = str(uuid7())
    return Submission(
        id=id_,
        kind="order",
        reference="KMT-4827",
        recipients=email.envelope.rcpt_to,
        subject=email.subject,
        notification={"number": "A-17"},
        email=email,
        message_id=email.message_id,
        idempotency_key=id_,
        created_at=email.date,
        updated_at=email.date,
    )


async def rate(add: Add, ready: list[Submission], callers: int) -> float:
    """Give the submissions per second that so many callers get accepted."""
    waiting = [replace(one, id=(new := str(uuid7())), idempotency_key=new) for one in ready]

    async def caller() -> None:
        while waiting:
            await add(waiting.pop())

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(ready) / (time.perf_counter() - start)


async def measured(url: str, ready: list[Submission]) -> dict[tuple[str, int], list[float]]:
    """Take turns, so that whatever else the machine does meets both."""
    repository = SqlRepository(url)

    async def alone(one: Submission) -> object:
        return await repository._accept([Wanted(one)])  # noqa: SLF001 - the way around the batches

    ways: dict[str, Add] = {"alone": alone, "together": repository.add}
    found = defaultdict(list)
    for add in ways.values():
        await rate(add, ready, max(CALLERS))
    for turn in range(ROUNDS):
        for callers in CALLERS:
            for way, add in list(ways.items())[:: 1 if turn % 2 else -1]:
                found[way, callers].append(await rate(add, ready, callers))
    await repository.aclose()
    return found


def report(name: str, found: dict[tuple[str, int], list[float]]) -> None:
    """Print the medians of one database."""
    rows = []
    for callers in CALLERS:
        alone, together = sorted(found["alone", callers]), sorted(found["together", callers])
        middle = ROUNDS // 2
        turns = zip(found["together", callers], found["alone", callers], strict=True)
        ratio = sorted(many / one for many, one in turns)[middle]
        rates = (number(alone[middle]), spread(alone), number(together[middle]), spread(together))
        rows.append([str(callers), *rates, f"{ratio:.2f}"])
    head = ["callers", "one commit each", "", "group commit", "", "ratio"]
    show(f"{name}: submissions accepted per second", head, rows)


def main() -> None:
    """Print one table for each database."""
    ready = [submission(mail())] * EACH
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", asyncio.run(measured(f"sqlite:///{folder}/notifykit.db", ready)))
    with databases.postgres() as server, server.database() as url:
        asyncio.run(migrate(url))
        print(f"\n{databases.facts(url)}")
        report("PostgreSQL", asyncio.run(measured(url, ready)))


if __name__ == "__main__":
    main()
