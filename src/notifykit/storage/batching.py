"""Gathers concurrent calls, so that many share what would otherwise be paid for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A batch that hangs, because somebody else holds a row, does not keep the next one waiting longer.
_PATIENCE = 0.2


@dataclass(eq=False, slots=True)
class _Call(Generic[Item, Result]):
    item: Item
    weight: int
    future: asyncio.Future[Result]


class Batches(Generic[Item, Result]):
    """
    Runs calls together: while one batch is under way, further calls gather and go in the next.

    Nothing is delayed on purpose, and a call that comes alone runs alone. Whoever gives up waiting
    leaves before the batch has begun; from then on the batch goes on without them to its end, for
    cut off in the middle a transaction could keep its locks.

    Args:
        run: Does one batch, whole or not at all, and gives one result or error for each item.
        divisible: Whether an error of a whole batch may be the fault of one item. Then each is
            tried again by itself, and only the culprit fails.
        weight: Of an item.
        most: Items of one batch.
        heaviest: Weight of one batch; an item heavier than that goes alone.

    Attributes:
        under_way: The batches that have not ended.
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
        self._newest: asyncio.Task[None] | None = None
        self.under_way: set[asyncio.Task[None]] = set()

    async def call(self, item: Item) -> Result:
        """Do it with whatever else is to be done; raise what is wrong with this one alone."""
        # Weighed here, where an item that cannot be is its own caller's matter.
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        call = _Call(item, self._weight(item), future)
        self._waiting.append(call)
        if self._newest is None:
            self._begin_next()
        try:
            return await call.future
        except asyncio.CancelledError:
            if call in self._waiting:
                self._waiting.remove(call)
            raise

    def _begin_next(self) -> None:
        self._newest = task = self._begin(self._next_batch())
        timer = asyncio.get_running_loop().call_later(_PATIENCE, self._go_on, task)
        task.add_done_callback(lambda _: timer.cancel())
        task.add_done_callback(self._go_on)

    def _begin(self, batch: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(batch)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return task

    def _go_on(self, ended: asyncio.Task[None]) -> None:
        if self._newest is ended:
            self._newest = None
            if self._waiting:
                self._begin_next()

    async def _next_batch(self) -> None:
        # Not earlier: who was served by the batch before may be back by now.
        if calls := self._next():
            await self._do(calls)

    def _next(self) -> list[_Call[Item, Result]]:
        weight, count = 0, 0
        for call in self._waiting[: self._most]:
            weight += call.weight
            if count and weight > self._heaviest:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _do(self, calls: Sequence[_Call[Item, Result]]) -> None:
        try:
            results = await self._run([call.item for call in calls])
        except Exception as error:  # noqa: BLE001 - every one is told to those it concerns
            self._failed(calls, error)
        except BaseException:
            for call in calls:
                call.future.cancel()
            raise
        else:
            for call, result in zip(calls, results, strict=True):
                _tell(call.future, result)

    def _failed(self, calls: Sequence[_Call[Item, Result]], error: Exception) -> None:
        awaited = [call for call in calls if not call.future.done()]
        if len(calls) > 1 and self._divisible(error):
            for call in awaited:
                self._begin(self._do([call]))
        else:
            for call in awaited:
                call.future.set_exception(error)


def _tell(future: asyncio.Future[Result], result: Result | Exception) -> None:
    if future.done():  # who asked has given up
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
