"""Statements that are made once and run by the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]
Process = Callable[[Any], Any]

_KNOWN = "notifykit_prepared"
# Of asyncpg and of PostgreSQL itself.
_OUTDATED = ("cached statement plan is invalid", "cached plan must not change")


@contextmanager
def giving(statement: str) -> Iterator[None]:
    """
    Tell of a value that no driver takes as SQLAlchemy would.

    Raises:
        StatementError: With the statement and without the value.
    """
    try:
        yield
    except Exception as error:
        text = f"a value cannot be given to the database: {type(error).__name__}"
        raise StatementError(text, statement, None, error, hide_parameters=True) from error


class Prepared:
    """
    A statement that is compiled once for each engine.

    To make, look up and bind a statement takes SQLAlchemy several times as long as the driver needs
    to run it. So whatever is done for every submission is said by these.

    Args:
        make: Gives the statement for a dialect, by its name; all that changes is a `bindparam`.
    """

    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make = make

    def compiled(self, dialect: Dialect) -> _Compiled:
        """Give it as the driver of this dialect understands it."""
        # Kept with the dialect, and gone with it: what is compiled refers to it.
        known: dict[Prepared, _Compiled] = vars(dialect).setdefault(_KNOWN, {})
        if self not in known:
            known[self] = _compiled(self._make(dialect.name), dialect)
        return known[self]


class Direct:
    """
    Runs statements on a connection's own driver.

    Args:
        connection: In a transaction that has begun, or in none: then every statement is its own,
            and durable where it says so, see `notifykit.storage.notifying.durably`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        return self._connection.dialect

    def run(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Row]:
        """
        Run a statement and give its rows by the names of their columns.

        Raises:
            DBAPIError: As a connection of SQLAlchemy would raise it.
        """
        compiled = prepared.compiled(self.dialect)
        with giving(compiled.text):
            bound = compiled.bound(values)
        return compiled.loaded(self._fetched(compiled.text, bound))

    def _fetched(self, statement: str, values: Any) -> Sequence[Any]:
        cursor: Any = None
        try:
            cursor = self._connection.connection.cursor()
            cursor.execute(statement, values)
            rows: Sequence[Any] = cursor.fetchall()
        except Exception as error:
            raise self._as_known(error, cursor, statement) from error
        except BaseException:  # cancelled, and nobody knows what it is doing now
            self._connection.invalidate()
            raise
        cursor.close()
        return rows

    def _as_known(self, error: Exception, cursor: Any, statement: str) -> BaseException:
        driver = self.dialect.loaded_dbapi
        if not isinstance(error, driver.Error):
            return error
        connection = self._connection.connection
        # What a driver has prepared is of no use any more once a table was changed.
        is_outdated = any(words in str(error) for words in _OUTDATED)
        gone = is_outdated or self.dialect.is_disconnect(error, connection, cursor)
        if gone:
            # As SQLAlchemy does: the others in the pool are no better.
            self._connection.engine.pool._invalidate(connection, error)  # noqa: SLF001 - nothing public does it without closing them
            self._connection.invalidate(error)
        return DBAPIError.instance(
            statement,
            None,
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=self.dialect,
        )


@dataclass(frozen=True, slots=True)
class _Compiled:
    """
    A statement for one driver.

    Attributes:
        order: The names of the values in the driver's order, or nothing where it goes by names.
        given: What the statement itself brings along.
        binding: What makes a value one that the driver takes.
        names: Of the columns.
        loading: What makes of the driver's value ours, by the column's place.
    """

    text: str
    order: Sequence[str] | None
    given: Mapping[str, Any]
    binding: Mapping[str, Process]
    names: Sequence[str]
    loading: Sequence[tuple[int, Process]]

    def bound(self, values: Mapping[str, Any]) -> Any:
        binding, all_values = self.binding, dict(self.given)
        for name, value in values.items():
            process = binding.get(name)
            all_values[name] = value if process is None else process(value)
        return all_values if self.order is None else tuple(all_values[name] for name in self.order)

    def loaded(self, rows: Sequence[Any]) -> list[Row]:
        found = []
        for row in rows:
            values = list(row)
            for place, process in self.loading:
                values[place] = process(values[place])
            found.append(dict(zip(self.names, values, strict=True)))
        return found


def _compiled(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    binding = {
        name: process
        for name, bind in compiled.binds.items()
        if (process := _kind(bind.type, dialect).bind_processor(dialect))
    }
    columns = list(statement.exported_columns)
    loading = [
        (place, process)
        for place, column in enumerate(columns)
        if (process := _kind(column.type, dialect).result_processor(dialect, None))
    ]
    needed = {name for name, bind in compiled.binds.items() if bind.required}
    return _Compiled(
        text=compiled.string,
        order=compiled.positiontup,
        given={
            name: binding[name](value) if name in binding else value
            for name, value in compiled.construct_params(_check=False).items()
            if name not in needed
        },
        binding=binding,
        names=[column.key for column in columns],
        loading=loading,
    )


def _kind(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)
