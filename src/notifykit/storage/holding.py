"""Providers that are left alone for a while, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from notifykit.storage import statements
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.submission import Hold


class SqlHolds(SqlConnections):
    """Keeps holds in ``provider_holds``."""

    @unbroken
    async def hold(self, hold: Hold, *, lasting: timedelta) -> None:
        """Leave a provider alone for so long."""
        until = self._now() + lasting
        keeping = statements.hold_upsert(self._dialect, hold, until)
        await self._write(lambda connection: connection.execute(keeping).close())

    @unbroken
    async def release(self, source: str, provider: str) -> None:
        """Lift a hold."""
        removal = statements.hold_removal(source, provider)
        lifted = await self._write(lambda connection: connection.execute(removal).all())
        if lifted:
            self._wake(source)

    @unbroken
    async def holds(self, source: str) -> Sequence[Hold]:
        """List the holds in force."""
        wanted = statements.holds_of(source, self._now())
        held = await self._read(lambda connection: connection.execute(wanted).mappings().all())
        return [Hold(**row) for row in held]
