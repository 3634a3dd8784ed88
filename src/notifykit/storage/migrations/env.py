"""Run by Alembic; `notifykit.storage.migrate` hands the connection over."""

from alembic import context

from notifykit.storage.migrate import VERSION_TABLE
from notifykit.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
