"""Providers that are left alone for a while, in PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import bindparam

from notifykit.storage import statements
from notifykit.storage.columns import MOMENT, storable
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.direct import Prepared
from notifykit.submission import Hold


@lru_cache(maxsize=2)
def _in_force(*, told: bool) -> Prepared:
    now = bindparam("now", type_=MOMENT) if told else statements.SERVER_TIME
    wanted = statements.holds_of(cast("str", bindparam("source_")), now)
    return Prepared(lambda _: wanted)


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
        values: dict[str, Any] = {"source_": storable(source)}
        if told := isinstance(now := self._now(), datetime):
            values["now"] = now
        wanted = _in_force(told=told)
        held = await self._at_once(lambda direct: direct.run(wanted, values), reads=True)
        return [Hold(**row) for row in held]
