"""Ends what waits for a database that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Nothing of ours takes nearly as long, unless somebody holds a lock or the network is gone.
_LONGEST = 60.0
# An answer that is under way has this long to arrive before it is not waited for any more.
_CLOSING = 30.0
# A driver that is told to stop asks the server to stop too, and may wait for its answer in turn.
_ONCE_MORE = 5.0


class Deadlines:
    """
    Gives everything that is done with a database a time to end.

    Args:
        longest: Seconds; ``None``: as long as it takes, because the driver has a limit of its own.
        closing: Seconds for which whoever closes waits for others.
        once_more: Seconds after which what was cancelled and has not ended is cancelled again.
    """

    def __init__(
        self,
        longest: float | None = _LONGEST,
        *,
        closing: float = _CLOSING,
        once_more: float = _ONCE_MORE,
    ) -> None:
        self.closing = closing
        self._once_more = once_more
        self._longest = longest
        self._running: set[tuple[asyncio.Timeout, asyncio.Timeout]] = set()
        self._is_over = False

    @asynccontextmanager
    async def within(self, *, patient: bool = False) -> AsyncIterator[None]:
        """
        Do it in time; what is ``patient`` may take longer, until `end`.

        Raises:
            TimeoutError: It took too long and was cancelled, or everything has been ended.
        """
        if self._is_over:
            raise TimeoutError
        longest = None if patient else self._longest
        later = None if longest is None else longest + self._once_more
        async with asyncio.timeout(later) as second, asyncio.timeout(longest) as first:
            both = first, second
            self._running.add(both)
            try:
                yield
            finally:
                self._running.discard(both)

    def end(self) -> None:
        """End all of it now, and whatever comes until `begin_again`."""
        self._is_over = True
        now = asyncio.get_running_loop().time()
        for first, second in self._running:
            if not first.expired():
                first.reschedule(now)
                second.reschedule(now + self._once_more)

    def begin_again(self) -> None:
        """Let things be done again."""
        self._is_over = False
