"""What a database's URL may begin with; known without SQLAlchemy."""

from __future__ import annotations

# Each in small letters, with the module that talks to the database.
DRIVERS = {
    "postgres": "asyncpg",
    "postgresql": "asyncpg",
    "postgres+asyncpg": "asyncpg",
    "postgresql+asyncpg": "asyncpg",
    "postgres+psycopg": "psycopg",
    "postgres+psycopg2": "psycopg",
    "postgres+psycopg_async": "psycopg",
    "postgresql+psycopg": "psycopg",
    "postgresql+psycopg2": "psycopg",
    "postgresql+psycopg_async": "psycopg",
    "sqlite": "sqlite3",
    "sqlite+aiosqlite": "sqlite3",
    "sqlite+pysqlite": "sqlite3",
}

# What to give to pip where a driver is missing.
INSTALL = {"asyncpg": "'notifykit-mail[postgres]'", "psycopg": "'psycopg[binary]' alembic"}
