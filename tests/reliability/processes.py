"""Processes that are forked, watched, and never outlive whoever started them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Change:
    """
    What became of a process.

    Attributes:
        stopped: It was paused; otherwise it ended.
        code: Of its end; negative: the signal that ended it.
    """

    pid: int
    stopped: bool
    code: int = 0


_interruptions: list[int] = []


def interruptions() -> list[int]:
    """Give the numbers of the signals that asked us to end, so far."""
    return _interruptions


def mind_interruptions() -> None:
    """
    Note SIGTERM and SIGINT in place of ending at once.

    An exception from a handler gets lost where it comes up in the hooks around a fork.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: _interruptions.append(number))


def fork(work: Callable[[], None], errors: int) -> int:
    """
    Run something in a child process.

    This process must have one thread only. The child dies with it, even where it is killed.

    Args:
        work: Done by the child; it ends afterwards.
        errors: A file for its standard output and errors.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    # Before it is born: the first one may come before it could say so itself.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _die_with(parent)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child must never go on with its parent's work
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def changes() -> Iterator[Change]:
    """Give what became of children since the last time, without waiting."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if os.WIFSTOPPED(status):
            yield Change(pid, stopped=True)
        else:
            yield Change(pid, stopped=False, code=os.waitstatus_to_exitcode(status))


def wait(pid: int) -> int:
    """Wait for the end of one child and give its code."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; nothing happens where the process is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
