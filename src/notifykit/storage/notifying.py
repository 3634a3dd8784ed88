"""What PostgreSQL tells everybody who listens, on whichever host, when there may be work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Label
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from notifykit.storage.columns import storable

CHANNEL = "notifykit_due"

# A payload is shorter than 8,000 bytes, and a character has up to four.
# https://www.postgresql.org/docs/current/sql-notify.html
_LONGEST = 1_000


def payload(source: str) -> str:
    """Give the words that are told for a source, as it is kept."""
    told: str = storable(source)
    return told[:_LONGEST]


def waking(source: ColumnElement[str]) -> Label[Any]:
    """
    Wake the workers of a source; to be returned beside the columns of a statement.

    PostgreSQL tells it at commit, and not where the statement touches no row. SQLite tells nobody.
    """
    return _Waking(source).label("waking")


def durably() -> Label[Any]:
    """
    Let the transaction be durable when it is committed; to be returned beside columns.

    Whatever the database, the user or the one who had the connection before has set:
    https://www.postgresql.org/docs/current/wal-async-commit.html. SQLite knows nothing else.
    """
    return _Durably().label("durably")


class _Waking(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Waking)
def _nothing(element: _Waking, compiler: SQLCompiler, **options: Any) -> str:
    return "NULL"


@compiles(_Waking, "postgresql")
def _notify(element: _Waking, compiler: SQLCompiler, **options: Any) -> str:
    source = compiler.process(element.clauses, **options)
    return f"pg_notify('{CHANNEL}', left({source}, {_LONGEST}))"


class _Durably(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Durably)
def _as_ever(element: _Durably, compiler: SQLCompiler, **options: Any) -> str:
    return "NULL"


@compiles(_Durably, "postgresql")
def _at_commit(element: _Durably, compiler: SQLCompiler, **options: Any) -> str:
    return "set_config('synchronous_commit', 'on', true)"
