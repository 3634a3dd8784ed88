"""Gathers concurrent calls, so that many share what would otherwise be paid for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A batch that hangs, because somebody else holds a row, does not keep the next one waiting longer.
_PATIENCE = 0.2


@dataclass(eq=False, slots=True)
class _Call(Generic[Item, Result]):
    item: Item
    future: asyncio.Future[Result]
    task: asyncio.Task[Sequence[Result | Exception]] | None = None
    companions: Sequence[_Call[Item, Result]] = field(default=(), repr=False)


class Batches(Generic[Item, Result]):
    """
    Runs calls together: while one batch is under way, further calls gather and go in the next.

    Nothing is delayed on purpose, and a call that comes alone runs alone. Whoever gives up waiting
    leaves before the batch has begun; later the batch goes on for the others, and is cancelled
    only where nobody waits for it any more.

    Args:
        run: Does one batch, whole or not at all, and gives one result or error for each item.
        divisible: Whether an error of a whole batch may be the fault of one item. Then each is
            tried again by itself, and only the culprit fails.
        weight: Of an item.
        most: Items of one batch.
        heaviest: Weight of one batch; an item heavier than that goes alone.

    Attributes:
        awaited: The results that somebody waits for.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        divisible: Callable[[BaseException], bool] = lambda _: True,
        weight: Callable[[Item], int] = lambda _: 0,
        most: int = 100,
        heaviest: int = 0,
    ) -> None:
        self._run = run
        self._divisible = divisible
        self._weight = weight
        self._most = most
        self._heaviest = heaviest
        self._waiting: list[_Call[Item, Result]] = []
        self.awaited: set[asyncio.Future[Result]] = set()
        self._under_way: asyncio.Task[Sequence[Result | Exception]] | None = None

    async def call(self, item: Item) -> Result:
        """Do it with whatever else is to be done; raise what is wrong with this one alone."""
        call = _Call[Item, Result](item, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self.awaited.add(call.future)
        if self._under_way is None:
            self._begin_next()
        try:
            return await call.future
        except asyncio.CancelledError:
            await self._give_up(call)
            raise
        finally:
            self.awaited.discard(call.future)

    def _begin_next(self) -> None:
        self._under_way = task = self._begin([])
        timer = asyncio.get_running_loop().call_later(_PATIENCE, self._go_on, task)
        task.add_done_callback(lambda _: timer.cancel())
        task.add_done_callback(self._go_on)

    def _go_on(self, ended: asyncio.Task[Sequence[Result | Exception]]) -> None:
        if self._under_way is ended:
            self._under_way = None
            if self._waiting:
                self._begin_next()

    def _next(self) -> list[_Call[Item, Result]]:
        weight, count = 0, 0
        for call in self._waiting[: self._most]:
            weight += self._weight(call.item)
            if count and weight > self._heaviest:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    def _begin(
        self, calls: list[_Call[Item, Result]]
    ) -> asyncio.Task[Sequence[Result | Exception]]:
        task = asyncio.create_task(self._results(calls))
        _board(task, calls)
        task.add_done_callback(partial(self._finish, calls))
        return task

    async def _results(self, calls: list[_Call[Item, Result]]) -> Sequence[Result | Exception]:
        if not calls:
            # Not earlier: who was served by the batch before may be back by now.
            calls += self._next()
            _board(asyncio.current_task(), calls)
        return await self._run([call.item for call in calls]) if calls else ()

    def _finish(
        self,
        calls: Sequence[_Call[Item, Result]],
        task: asyncio.Task[Sequence[Result | Exception]],
    ) -> None:
        awaited = [call for call in calls if not call.future.done()]
        if task.cancelled():
            for call in awaited:
                call.future.cancel()
        elif (error := task.exception()) is None:
            _tell(zip(calls, task.result(), strict=True))
        elif len(calls) > 1 and self._divisible(error):
            for call in awaited:
                self._begin([call])
        else:
            for call in awaited:
                call.future.set_exception(error)

    async def _give_up(self, call: _Call[Item, Result]) -> None:
        if call.task is None:
            self._waiting.remove(call)
        elif all(companion.future.done() for companion in call.companions):
            call.task.cancel()
            await asyncio.wait({call.task})


def _board(
    task: asyncio.Task[Sequence[Result | Exception]] | None,
    calls: Sequence[_Call[Item, Result]],
) -> None:
    for call in calls:
        call.task, call.companions = task, calls


def _tell(
    results: Iterable[tuple[_Call[Item, Result], Result | Exception]],
) -> None:
    for call, result in results:
        if call.future.done():  # who asked has given up
            continue
        if isinstance(result, Exception):
            call.future.set_exception(result)
        else:
            call.future.set_result(result)
