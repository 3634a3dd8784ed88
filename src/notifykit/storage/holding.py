"""Providers that are left alone for a while, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from notifykit.storage import statements
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.engines import READS
from notifykit.submission import Hold


class SqlHolds(SqlConnections):
    """Keeps holds in ``provider_holds``."""

    @unbroken
    async def hold(self, hold: Hold, *, lasting: timedelta) -> None:
        """Leave a provider alone for so long."""
        until = self._now() + lasting
        async with self._begin() as connection:
            await connection.execute(statements.hold_upsert(self._dialect, hold, until))

    @unbroken
    async def release(self, source: str, provider: str) -> None:
        """Lift a hold."""
        async with self._begin() as connection:
            lifted = (await connection.execute(statements.hold_removal(source, provider))).all()
        if lifted:
            self._wake(source)

    @unbroken
    async def holds(self, source: str) -> Sequence[Hold]:
        """List the holds in force."""
        async with self._begin(READS) as connection:
            held = await connection.execute(statements.holds_of(source, self._now()))
            return [Hold(**row) for row in held.mappings()]
