"""What PostgreSQL tells everybody who listens, on whichever host, when there may be work."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

CHANNEL = "notifykit_due"

# A payload is shorter than 8,000 bytes, and a character has up to four.
# https://www.postgresql.org/docs/current/sql-notify.html
_LONGEST = 1_000


def payload(source: str) -> str:
    """Give the words that are told for a source."""
    return source[:_LONGEST]


class waking(FunctionElement[Any]):  # noqa: N801 - a function of SQL
    """
    Wake the workers of a source; returned beside the columns of a statement.

    PostgreSQL tells it at commit, and not where the statement touches no row. SQLite tells nobody.
    """

    name = "waking"
    inherit_cache = True


@compiles(waking)
def _nothing(element: waking, compiler: SQLCompiler, **options: Any) -> str:
    return "NULL"


@compiles(waking, "postgresql")
def _notify(element: waking, compiler: SQLCompiler, **options: Any) -> str:
    source = compiler.process(element.clauses, **options)
    return f"pg_notify('{CHANNEL}', left({source}, {_LONGEST}))"
