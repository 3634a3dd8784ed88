"""What a person who was forgotten could leave beside their rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Integer, column, select, text, update

from notifykit.storage.direct import Direct, Prepared
from notifykit.storage.persons import Person
from notifykit.storage.tables import holds

if TYPE_CHECKING:
    from notifykit.storage.sql import SqlRepository

# While SQLite waits for whoever reads, nobody can write.
_PATIENCE = 1


async def empty_log(repository: SqlRepository) -> None:
    """
    Put SQLite's write-ahead log away, where pages stand as they were before.

    The log keeps them for as long as any process has the file open, and longer
    (https://www.sqlite.org/wal.html, "Checkpointing"). Where somebody reads for longer than a
    second it stays as it is, until the next call or until the last process closes the file.
    """
    if repository._dialect == "sqlite":  # noqa: SLF001 - forgetting is a part of the repository
        await repository._at_once(_emptied)  # noqa: SLF001 - as above


def blank_holds(connection: Connection, *, person: Person, source: str | None) -> None:
    """Take the words out of holds that name somebody; the holds stay."""
    of_source = [holds.c.source == source] if source is not None else []
    for hold in connection.execute(select(holds).where(*of_source)).mappings().all():
        if person.is_in(hold["reason"]):
            this = (holds.c.source == hold["source"], holds.c.provider == hold["provider"])
            connection.execute(update(holds).where(*this).values(reason=""))


def _emptied(direct: Direct) -> None:
    (before,) = direct.run(_pragma("busy_timeout", "timeout"), {})
    direct.run(_pragma(f"busy_timeout = {1_000 * _PATIENCE}", "timeout"), {})
    try:
        direct.run(_pragma("wal_checkpoint(TRUNCATE)", "busy", "log", "checkpointed"), {})
    finally:
        direct.run(_pragma(f"busy_timeout = {before['timeout']}", "timeout"), {})


@lru_cache
def _pragma(words: str, *columns: str) -> Prepared:
    given = (column(name, Integer) for name in columns)
    statement = text(f"PRAGMA {words}").columns(*given)
    return Prepared(lambda _: statement)
