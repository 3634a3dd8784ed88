"""Slows whoever guesses passwords."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

# Five typing errors in a row are human; after that one more every half a minute.
_AT_ONCE, _EVERY = 5, 30.0
# From all addresses together, against somebody who has many.
_ALL_AT_ONCE, _ALL_EVERY = 50, 5.0
_REMEMBERED = 1_000


class Throttle:
    """
    Counts failed logins by address and altogether; what it remembers is bounded.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._all_full_at = 0.0

    def wait(self, address: str) -> float:
        """Say for how many seconds this address has to wait before it may try; usually 0."""
        now = self._clock()
        own = self._full_at.get(address, 0.0) - now - (_AT_ONCE - 1) * _EVERY
        everybody = self._all_full_at - now - (_ALL_AT_ONCE - 1) * _ALL_EVERY
        return max(0.0, own, everybody)

    def failed(self, address: str) -> None:
        """Count a failed login."""
        now = self._clock()
        self._full_at[address] = max(self._full_at.get(address, 0.0), now) + _EVERY
        self._full_at.move_to_end(address)
        self._all_full_at = max(self._all_full_at, now) + _ALL_EVERY
        while len(self._full_at) > _REMEMBERED:
            self._full_at.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        self._full_at.pop(address, None)
