"""Whether a database can be used, found out without changing anything."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, false, inspect, select

from notifykit.errors import ConfigurationError
from notifykit.storage.base import Condition
from notifykit.storage.connections import SqlConnections, unbroken
from notifykit.storage.tables import holds, metadata


class SqlProbe(SqlConnections):
    """Looks at the tables, and writes nothing into them."""

    @unbroken
    async def probe(self) -> Condition:
        """Make sure that the tables are there, can be read and can be written."""
        now = await self._write(self._probed)
        name = self._database.url.database
        in_memory = name in (None, "", ":memory:") or "mode=memory" in str(name)
        is_file = self._database.is_sqlite and not in_memory
        return Condition(
            name=self._database.name,
            now=now,
            file=Path(str(name).removeprefix("file:").partition("?")[0]) if is_file else None,
            lasting=is_file or not self._database.is_sqlite,
        )

    def _probed(self, connection: Connection) -> datetime:
        if lacking := _lacking(connection):
            raise ConfigurationError(
                f"{self._database.name}: the tables are missing or of another version: run "
                f"`notifykit migrate` ({', '.join(lacking)})"
            )
        connection.execute(delete(holds).where(false()))
        now = self._now()
        return now if isinstance(now, datetime) else connection.execute(select(now)).scalar_one()


def _lacking(connection: Connection) -> list[str]:
    """Name the tables and columns that this version wants and that are not there."""
    found = {
        table: {column["name"] for column in columns}
        for (_, table), columns in inspect(connection).get_multi_columns().items()
    }
    tables = metadata.sorted_tables
    missing = [table.name for table in tables if table.name not in found]
    for table in tables:
        names = set(table.c.keys())
        missing += [f"{table.name}.{name}" for name in names - found.get(table.name, names)]
    return sorted(missing)
