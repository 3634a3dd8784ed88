"""What every contestant must be able to do."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypedDict

SENDER = "bot@example.com"
SALES = "sales@example.com"


class Mail(TypedDict):
    """A finished mail."""

    subject: str
    text: str
    html: str


class Contestant(ABC):
    """
    A queue of mails.

    Attributes:
        settings: How it is run here, in a few words for the reader of the table.
        fill: Statements that add ``%(count)s`` old mails, delivered long ago.
        waiting: Counts the mails that are still to be sent.
        done: Counts those that are recorded as sent.
    """

    settings: ClassVar[str]
    fill: ClassVar[tuple[str, ...]]
    waiting: ClassVar[str]
    done: ClassVar[str]

    def __init__(self, url: str, mail: Mail | None = None) -> None:
        self.url = url
        self._mail = mail

    @property
    def mail(self) -> Mail:
        """The finished mail, for those who do not render."""
        assert self._mail is not None, "no mail was given"
        return self._mail

    @abstractmethod
    def prepare(self) -> None:
        """Make the tables."""

    @abstractmethod
    def enqueue(self, *, count: int, callers: int) -> float:
        """Enqueue so many mails from so many callers at once; give the seconds."""

    @abstractmethod
    def drain(self, *, encoded: bool) -> float:
        """
        Send everything that waits, to a transport that does nothing; give the seconds.

        Args:
            encoded: The transport makes the mail's bytes, as everyone must who really sends.
        """


def with_threads(call: Callable[[], object], *, count: int, callers: int) -> float:
    """Call it so often from so many threads."""

    def several(times: int) -> None:
        for _ in range(times):
            call()

    call()  # the first one connects
    with ThreadPoolExecutor(callers) as pool:
        started = time.perf_counter()
        for done in [pool.submit(several, times) for times in _shares(count, callers)]:
            done.result()
        return time.perf_counter() - started


async def with_tasks(call: Callable[[], Awaitable[object]], *, count: int, callers: int) -> float:
    """Call it so often from so many tasks."""

    async def several(times: int) -> None:
        for _ in range(times):
            await call()

    await call()  # the first one connects
    started = time.perf_counter()
    await asyncio.gather(*(several(times) for times in _shares(count, callers)))
    return time.perf_counter() - started


def _shares(count: int, callers: int) -> list[int]:
    return [count // callers + (caller < count % callers) for caller in range(callers)]
