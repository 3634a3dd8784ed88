"""What each process has under way, in memory that is still there when the process is not."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_FIELDS = 3
_DELIVERIES, _SENDS, _AWAKE = range(_FIELDS)


@dataclass(frozen=True, slots=True)
class Busy:
    """
    What one process has under way. It writes; whoever forked it reads, also after it was killed.

    Args:
        memory: Shared by all processes.
        slot: Its place there; nobody else who lives has it.
    """

    memory: mmap.mmap
    slot: int

    @property
    def deliveries(self) -> int:
        """Submissions in its hands."""
        return self.memory[self.slot * _FIELDS + _DELIVERIES]

    @property
    def sends(self) -> int:
        """Emails that it is just handing to a provider."""
        return self.memory[self.slot * _FIELDS + _SENDS]

    @property
    def awake(self) -> bool:
        """Whether it is through with starting up."""
        return self.memory[self.slot * _FIELDS + _AWAKE] > 0

    def wake(self) -> None:
        """Say that the starting up is over."""
        self.memory[self.slot * _FIELDS + _AWAKE] = 1

    def clear(self) -> None:
        """Begin a new life."""
        for field in range(_FIELDS):
            self.memory[self.slot * _FIELDS + field] = 0

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Count a submission while it is in hand."""
        with self._counted(_DELIVERIES):
            yield

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Count an email while it is handed over."""
        with self._counted(_SENDS):
            yield

    @contextmanager
    def _counted(self, field: int) -> Iterator[None]:
        at = self.slot * _FIELDS + field
        self.memory[at] += 1
        try:
            yield
        finally:
            self.memory[at] -= 1


def gauges(count: int) -> list[Busy]:
    """Make shared memory for so many processes."""
    memory = mmap.mmap(-1, count * _FIELDS)
    return [Busy(memory, slot) for slot in range(count)]
