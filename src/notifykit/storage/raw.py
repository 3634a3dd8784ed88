"""Connections of a driver's own, made to understand the statements that SQLAlchemy does."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Dialect, TypeDecorator, text
from sqlalchemy.dialects.postgresql import asyncpg, psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only, greenlet_spawn

from notifykit.errors import ConfigurationError
from notifykit.storage.columns import Values

T = TypeVar("T")


class Rows(list[dict[str, Any]]):
    """What a statement gave, to be read like SQLAlchemy's results."""

    def mappings(self) -> Rows:
        """Give the rows by name."""
        return self

    def all(self) -> Rows:
        """Give all of them."""
        return self


class RawConnection(ABC):
    """
    Executes SQLAlchemy's statements on a connection that SQLAlchemy does not know.

    Args:
        connection: The driver's. Nothing of it is changed.
    """

    dialect: Dialect

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run_sync(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do some work that is written for a connection of SQLAlchemy's."""
        return await greenlet_spawn(work, self, *arguments)

    def execute(self, statement: Any, rows: Sequence[Mapping[str, Any]] = ()) -> Rows:
        """Execute a statement, with the values of at most one row to insert; for `run_sync`."""
        if rows:
            (row,) = rows
            statement = statement.values(row)
        compiled = statement.compile(
            dialect=self.dialect, compile_kwargs={"render_postcompile": True}
        )
        # Here and not in what is awaited, where a heavy email could not go to a thread.
        found = await_only(self._fetch(compiled, self._bound(compiled)))
        columns = statement.exported_columns
        return Rows(
            {
                column.key: self._loaded(column.type, value)
                for column, value in zip(columns, row, strict=True)
            }
            for row in found
        )

    def exec_driver_sql(self, statement: str) -> Rows:
        """Execute a statement of the driver's own; for `run_sync`."""
        return self.execute(text(statement))

    @abstractmethod
    def check(self) -> None:
        """
        See that there is a transaction, or that there will be one.

        Raises:
            ConfigurationError: Every statement would be a transaction of its own.
        """

    @abstractmethod
    async def _fetch(self, compiled: SQLCompiler, values: dict[str, Any]) -> Sequence[Any]: ...

    def _bound(self, compiled: SQLCompiler) -> dict[str, Any]:
        values = dict(compiled.params)
        for name in values.keys() & compiled.binds.keys():
            kind = compiled.binds[name].type.dialect_impl(self.dialect)
            if process := kind.bind_processor(self.dialect):
                values[name] = process(values[name])
        return values

    def _loaded(self, kind: Any, value: Any) -> Any:
        if isinstance(kind, Values) and isinstance(value, str):
            value = json.loads(value)
        if isinstance(kind, TypeDecorator):
            return kind.process_result_value(value, self.dialect)
        return value


class AsyncpgConnection(RawConnection):
    """A connection of asyncpg, or one that its pool has lent."""

    dialect: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has none

    def check(self) -> None:
        """See that somebody began a transaction."""
        if not self._connection.is_in_transaction():
            raise ConfigurationError(
                "no transaction has been begun: do it in `async with connection.transaction():`"
            )

    async def _fetch(self, compiled: SQLCompiler, values: dict[str, Any]) -> Sequence[Any]:
        # As text, which means the same whatever codec the host has set for JSON.
        statement = compiled.string.replace("::JSONB", "::TEXT::JSONB")
        found = await self._connection.fetch(
            statement, *(values[name] for name in compiled.positiontup or ())
        )
        return [tuple(record) for record in found]


class PsycopgConnection(RawConnection):
    """An asynchronous connection of psycopg."""

    dialect: Dialect = psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has none

    def check(self) -> None:
        """See that somebody began a transaction, or that psycopg will."""
        idle = self._connection.info.transaction_status == 0
        if idle and self._connection.autocommit:
            raise ConfigurationError(
                "no transaction has been begun: do it in `async with connection.transaction():`"
            )

    async def _fetch(self, compiled: SQLCompiler, values: dict[str, Any]) -> Sequence[Any]:
        from psycopg import AsyncCursor  # noqa: PLC0415 - an extra
        from psycopg.rows import tuple_row  # noqa: PLC0415 - an extra

        # Not the host's own kind of cursor and of rows.
        async with AsyncCursor(self._connection, row_factory=tuple_row) as cursor:
            await cursor.execute(compiled.string, values)
            return await cursor.fetchall() if cursor.description else ()
