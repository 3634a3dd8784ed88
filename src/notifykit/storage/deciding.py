"""What people decided, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, select

from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.statements import INSERT, Time
from notifykit.storage.tables import decisions, submissions
from notifykit.submission import Action, Decision

_NAMES = [field.name for field in fields(Decision)]


class SqlDecisions(SqlConnections):
    """Keeps them in ``decisions``."""

    @unbroken
    async def note(self, decision: Decision) -> Decision:
        """Keep what a person decided."""
        return await self._write(partial(_noted, decision=decision, now=self._now()))

    @unbroken
    async def decisions(
        self,
        *,
        source: str | None = None,
        submission_id: str | None = None,
        action: Action | None = None,
        limit: int = 50,
    ) -> Sequence[Decision]:
        """List what people decided, newest first."""
        wanted = {"source": source, "submission_id": submission_id, "action": action}
        same = [decisions.c[name] == value for name, value in wanted.items() if value is not None]
        listed = select(decisions).where(*same).order_by(decisions.c.id.desc()).limit(limit)
        return await self._read(partial(_found, wanted=listed))


def _noted(connection: Connection, *, decision: Decision, now: Time) -> Decision:
    if decision.action is Action.ACKNOWLEDGED and (before := _taken(connection, decision)):
        return before[0]
    row = {name: getattr(decision, name) for name in _NAMES} | {"decided_at": now}
    insertion = INSERT[connection.dialect.name](decisions).values(row)
    connection.execute(insertion.on_conflict_do_nothing(index_elements=[decisions.c.id]))
    return _found(connection, wanted=select(decisions).where(decisions.c.id == decision.id))[0]


def _taken(connection: Connection, decision: Decision) -> list[Decision]:
    """Look who was the first, and let nobody come between; SQLite's writers queue anyway."""
    about = decision.submission_id
    one = select(submissions.c.id).where(submissions.c.id == about)
    connection.execute(one.with_for_update(key_share=True))
    same = (decisions.c.submission_id == about, decisions.c.action == Action.ACKNOWLEDGED)
    first = select(decisions).where(*same).order_by(decisions.c.id).limit(1)
    return _found(connection, wanted=first)


def _found(connection: Connection, *, wanted: Select[Any]) -> list[Decision]:
    return [Decision(**row) for row in connection.execute(wanted).mappings()]
