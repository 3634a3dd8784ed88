"""Whether the database can be used, and will still be there tomorrow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from notifykit.doctor.container import vanishes
from notifykit.doctor.finding import Finding
from notifykit.errors import ConfigurationError, NotifykitError
from notifykit.storage.base import Condition, SubmissionRepository

# The findings, what the store says of itself, and how far our clock is ahead of its own.
Stored = tuple[list[Finding], Condition | None, timedelta | None]


async def store(repository: SubmissionRepository, mounts: str = "") -> Stored:
    """
    Look at the database; nothing in it is changed.

    Args:
        mounts: How this process's files are put together; see `container.vanishes`.

    Returns:
        The findings, what the store says of itself where it could, and how far this machine's
        clock is ahead of the store's, where that one is another's.
    """
    started = time.perf_counter()
    try:
        await repository.recent(limit=1)
    except NotifykitError as error:
        return [_trouble("NK501", error, started)], None, None
    try:
        condition = await repository.probe()
    except NotifykitError as error:
        return [_trouble("NK503", error, started)], None, None
    elsewhere = condition.lasting and condition.file is None
    ahead = datetime.now(UTC) - condition.now if elsewhere else None
    seen = {"name": condition.name}
    seconds = time.perf_counter() - started
    fine = Finding(id="fine.database", subject="database", seen=(seen,), seconds=seconds)
    return [fine, *_lasting(condition, mounts)], condition, ahead


def _trouble(id_: str, error: NotifykitError, started: float) -> Finding:
    if isinstance(error, ConfigurationError) and "notifykit migrate" in str(error):
        id_ = "NK502"
    elif "writing for too long" in str(error):
        id_ = "NK506"
    return Finding(
        id=id_,
        subject="database",
        seen=({"error": str(error)},),
        seconds=time.perf_counter() - started,
    )


def _lasting(condition: Condition, mounts: str) -> Iterator[Finding]:
    if not condition.lasting:
        yield Finding(id="NK505", subject="database", seen=({"name": condition.name},))
    file = condition.file.resolve() if condition.file else None
    if file and vanishes(file, mounts):
        seen = {"file": file, "folder": file.parent}
        yield Finding(id="NK504", subject="database", seen=(seen,))
