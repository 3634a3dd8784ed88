"""Brings a database's tables to what this version needs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, text

from notifykit.errors import ConfigurationError
from notifykit.storage.engines import opened
from notifykit.storage.failures import in_plain_words
from notifykit.storage.filling import fill
from notifykit.storage.urls import Database, database

# A table of our own, so that the host application's Alembic and ours do not meet.
VERSION_TABLE = "notifykit_alembic_version"

_MIGRATIONS = Path(__file__).with_name("migrations")
# Any number will do, as long as it is always the same and nobody else's: "notifyki" in ASCII.
_LOCK = int.from_bytes(b"notifyki", "big")


async def migrate(url: str | SecretStr) -> Sequence[str]:
    """
    Make or change the tables; nothing happens where they are as they should be.

    The tables are changed in one transaction. Hosts that do it at the same time wait for one
    another.

    Returns:
        The steps that were taken, in their order.

    Raises:
        ConfigurationError: The URL is wrong, or Alembic is not installed.
        StorageError: The database cannot be reached or does not let this user make tables.
    """
    place = database(url)
    if not place.is_sqlite and find_spec("alembic") is None:
        raise ConfigurationError("alembic is not installed: pip install 'notifykit-mail[postgres]'")
    with in_plain_words(place.name):
        return await _migrated(place)


async def _migrated(place: Database) -> Sequence[str]:
    runner = await opened(place)
    try:
        if place.is_sqlite:  # which makes its tables whenever it is opened
            return []
        taken = await runner.write(_upgrade)
        await fill(runner)
        return taken
    finally:
        await runner.aclose()


def _upgrade(connection: Connection) -> Sequence[str]:
    from alembic import command  # noqa: PLC0415 - an extra
    from alembic.config import Config  # noqa: PLC0415 - an extra
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - an extra
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - an extra

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    now = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()
    steps = ScriptDirectory.from_config(config).iterate_revisions("head", now)
    taken = [f"{step.revision} {step.doc}" for step in steps][::-1]
    command.upgrade(config, "head")
    return taken
