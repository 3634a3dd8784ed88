"""Gives words to the submissions of versions that kept none."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, bindparam, select, update

from notifykit.storage.running import Runner
from notifykit.storage.tables import UNREAD, submissions
from notifykit.words import words_of

# Of one transaction: it holds its row locks, and SQLite's only pen, for some milliseconds.
_BATCH = 500


async def fill(runner: Runner) -> None:
    """
    Let what was kept by an older version be found too, in short transactions.

    One that is broken off is taken up by the next call, which is when the tables are seen to again.
    """
    last: str | None = ""
    while last is not None:
        last = await runner.write(partial(_filled, after=last))


def _filled(connection: Connection, *, after: str) -> str | None:
    unread = (
        select(submissions.c.id, submissions.c.reference, submissions.c.notification)
        .where(UNREAD, submissions.c.id > after)
        .order_by(submissions.c.id)
        .limit(_BATCH)
        .with_for_update()
    )
    rows = connection.execute(unread).all()
    if not rows:
        return None
    connection.execute(
        update(submissions)
        .where(submissions.c.id == bindparam("id_"))
        .values(search=bindparam("words")),
        [{"id_": id_, "words": words_of(reference, told)} for id_, reference, told in rows],
    )
    return str(rows[-1].id)
