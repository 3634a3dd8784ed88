"""Says what went wrong inside, on one line and without a stranger's words."""

from __future__ import annotations

from pathlib import Path
from traceback import walk_tb

from notifykit.cleaning import clean_line
from notifykit.diagnosis.scrubbing import scrub
from notifykit.errors import NotifykitError


def described(error: BaseException) -> str:
    """
    Name an error and the place it came from, such as ``KeyError, shop.py:12``.

    The text is left out, as it may hold a password or a client's words; that of our own errors is
    kept, scrubbed and on one line.
    """
    name = ", ".join([type(error).__name__, *_place(error)])
    said = clean_line(scrub(str(error))) if isinstance(error, NotifykitError) else ""
    return f"{name}: {said}" if said else name


def _place(error: BaseException) -> list[str]:
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return frames[-1:]
