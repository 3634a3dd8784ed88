"""How many emails a simulated provider takes in a while."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class RateLimit:
    """
    So many emails in so many seconds, counted in a window that slides.

    Args:
        emails: How many.
        seconds: Within how long.
        clock: Tells the time in Unix seconds; tests may hand over one that stands still.
    """

    emails: int
    seconds: float = 1.0
    clock: Callable[[], float] = time.time
    _admitted: deque[float] = field(default_factory=deque, repr=False)

    def admits(self) -> bool:
        """Count one more email, or say that it is too many."""
        self._forget()
        if len(self._admitted) >= self.emails:
            return False
        self._admitted.append(self.clock())
        return True

    @property
    def resets_at(self) -> float:
        """When the next email is admitted, in Unix seconds."""
        self._forget()
        if len(self._admitted) < self.emails:
            return self.clock()
        return (self._admitted[0] if self._admitted else self.clock()) + self.seconds

    def _forget(self) -> None:
        while self._admitted and self._admitted[0] <= self.clock() - self.seconds:
            self._admitted.popleft()
