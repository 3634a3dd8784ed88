"""Servers as context managers: in the event loop of an async test, or in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

# Who gets the mails of an application that was given a server's `environ`.
SENDER = "bot@example.com"
SALES = "sales@example.com"
MANAGER = "manager@example.com"


class News:
    """Wakes up whoever waits for something to come true, in whatever thread or event loop."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def tell(self) -> None:
        """Say that something has changed."""
        with self._changed:
            self._changed.notify_all()
            waiting = tuple(self._waiting)
        for loop, event in waiting:
            with suppress(RuntimeError):  # that loop is closed: nobody waits any more
                loop.call_soon_threadsafe(event.set)

    def wait(self, ready: Callable[[], object], seconds: float) -> None:
        """Block this thread until something came true. Raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(ready, seconds):
                raise TimeoutError(f"it did not come true within {seconds} s")

    async def until(self, ready: Callable[[], object], seconds: float) -> None:
        """Wait in this event loop until something came true. Raises `TimeoutError`."""
        place = (asyncio.get_running_loop(), asyncio.Event())
        with self._changed:
            self._waiting.add(place)
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await place[1].wait()
                    place[1].clear()
        finally:
            with self._changed:
                self._waiting.remove(place)


class LocalServer(ABC):
    """
    A server on this machine for as long as a ``with`` or an ``async with`` lasts.

    With ``async with`` it runs in the event loop of the test. With ``with`` it runs in a thread of
    its own, so that code without an event loop, code with another one and other processes reach it.
    Either way it listens on the loopback interface, on a port that was free.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._news = News()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables for `Notifier.from_env` that lead to this server, while it runs."""
        return {}

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    def tell(self) -> None:
        """Wake up whoever waits for something."""
        self._news.tell()

    def wait(self, ready: Callable[[], object], seconds: float = 10) -> None:
        """Block until something came true, beside ``with``. Raises `TimeoutError` otherwise."""
        self._news.wait(ready, seconds)

    async def until(self, ready: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something came true. Raises `TimeoutError` when it does not in time."""
        await self._news.until(ready, seconds)

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 10) -> T:
        """
        Run one of the server's own coroutines from code without an event loop, beside ``with``.

        ::

            server.run(server.hang_up())
        """
        return asyncio.run_coroutine_threadsafe(work, self._running()).result(seconds)

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop that the server runs in, wherever the caller is."""
        if self._loop is asyncio.get_running_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._running()))

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError(f"{type(self).__name__} is not running: use it with `with`")
        return self._loop

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()
        self._loop = None

    def __enter__(self) -> Self:
        started: Future[Callable[[], object]] = Future()
        name = type(self).__name__
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._stay(started)), name=name, daemon=True
        )
        self._thread.start()
        self._leave = started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        self._thread.join()

    async def _stay(self, started: Future[Callable[[], object]]) -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        try:
            await self.__aenter__()
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            started.set_exception(error)
            return
        started.set_result(lambda: loop.call_soon_threadsafe(over.set))
        await over.wait()
        await self.__aexit__(None, None, None)
